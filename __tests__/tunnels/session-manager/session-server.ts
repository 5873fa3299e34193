import { createServer, type Server } from "node:http";
import { type AddressInfo, createConnection, createServer as createTcpServer, type Socket } from "node:net";
import { systemClock } from "../../../src/core/clock.js";
import type { OpenedSession } from "../../../src/core/opened-session.js";
import type { PortAgent } from "../../../src/local/endpoint/ssm/model.js";
import { sessionAgent } from "../../../src/local/endpoint/ssm/sessions/agent.js";
import type { SessionAccess } from "../../../src/tunnels/session-manager/access.js";
import { acceptWebSocket, dialWebSocket, type MessageSocket } from "../../../src/tunnels/websocket.js";

/** What goes wrong on the way between client and agent. */
export interface Trouble {
  /** Returns whether a message of a direction is lost; `nth` counts its messages from 1. */
  loses?(way: "up" | "down", nth: number): boolean;
  /** Sends this message of the agent, counted from 1, only together with the next one. */
  holds?: number;
  /** Breaks the connection after each of this many messages of the client. */
  dropEvery?: number;
  /** Encrypts the session with this data key. */
  dataKey?: Buffer;
  /** Changes the messages of the agent. */
  damages?(bytes: Buffer): Buffer;
}

export interface SessionServer {
  readonly access: SessionAccess;
  readonly dial: (url: URL, signal: AbortSignal) => ReturnType<typeof dialWebSocket>;
  /** Sessions that were started, and resumed. */
  readonly counts: { started: number; resumed: number };
  /** Makes all sessions silent, as an instance that is gone. */
  fallSilent(): void;
  /** Makes the sessions so far silent, as an instance that restarts: the next session finds its new agent. */
  restart(): void;
  /** Lets the silent sessions of a restart speak again, as after a disturbance of the network. */
  recover(): void;
  /** Ends the sessions, as an administrator does. */
  endSessions(output: string): void;
  /** Breaks the connections. */
  drop(): void;
  close(): Promise<void>;
}

/** Starts a server of data channels, whose agent forwards to a TCP port of this host. */
export async function startSessionServer(
  port: number,
  { loses = () => false, dropEvery, holds, dataKey, damages = (bytes) => bytes }: Trouble = {},
  properties: Readonly<Record<string, string>> = { type: "LocalPortForwarding" },
): Promise<SessionServer> {
  const agents = new Map<string, PortAgent>();
  const ended = new Set<string>();
  const sockets = new Set<Socket>();
  const gone = new Set<string>();
  const counts = { started: 0, resumed: 0 };
  let up = true;
  const passed = { up: 0, down: 0 };
  const held: Buffer[] = [];
  const agentOf = (id: string): PortAgent => {
    const agent =
      agents.get(id) ??
      sessionAgent({
        sessionId: id,
        properties: { portNumber: String(port), ...properties },
        clock: systemClock,
        isUp: () => up && !gone.has(id),
        dial: (to) =>
          new Promise((resolve, reject) => {
            const socket = createConnection(to, "127.0.0.1", () => resolve(socket));
            socket.once("error", reject);
          }),
        onEnd: () => ended.add(id),
        encryption: dataKey && {
          keyId: "alias/sessions",
          decrypt: (ciphertext) => (ciphertext === `sealed ${id}` ? dataKey : undefined),
        },
      });
    agents.set(id, agent);
    return agent;
  };
  const server: Server = createServer().on("upgrade", (request, socket, head) => {
    sockets.add(socket as Socket);
    acceptWebSocket({ request, socket, head }, (accepted) => {
      accepted.onGreeting(() => agentOf((request.url ?? "").slice(1)).attach(troubled(accepted)));
    });
  });
  const troubled = (socket: MessageSocket): MessageSocket => ({
    ...socket,
    send: (sent) => {
      const bytes = damages(sent);
      passed.down += 1;
      if (passed.down === holds) held.push(bytes);
      else if (!loses("down", passed.down)) for (const each of [...held.splice(0), bytes]) socket.send(each);
    },
    onMessage: (listener) =>
      socket.onMessage((bytes) => {
        passed.up += 1;
        if (dropEvery !== undefined && passed.up % dropEvery === 0) drop();
        else if (!loses("up", passed.up)) listener(bytes);
      }),
  });
  const drop = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: own } = server.address() as AddressInfo;
  const opened = (id: string): OpenedSession => ({ id, token: "token", url: `ws://127.0.0.1:${own}/${id}` });
  return {
    counts,
    access: {
      async start() {
        counts.started += 1;
        return opened(`session-${counts.started}`);
      },
      async resume(id) {
        counts.resumed += 1;
        return ended.has(id) ? undefined : opened(id);
      },
      dataKey: async ({ sessionId }) => ({ plaintext: dataKey ?? Buffer.alloc(0), ciphertext: `sealed ${sessionId}` }),
      sign: async () => ({}),
    },
    dial: (url, signal) => dialWebSocket(url, { headers: {}, timeout: 5000, agent: undefined, signal }),
    fallSilent: () => {
      up = false;
    },
    restart: () => {
      for (const id of agents.keys()) gone.add(id);
    },
    recover: () => gone.clear(),
    endSessions: (output) => {
      for (const agent of agents.values()) agent.end(output);
    },
    drop,
    async close() {
      for (const agent of agents.values()) agent.end("");
      drop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Starts a TCP server that sends back what it gets. */
export const startEcho = () => startTcp((socket) => void socket.pipe(socket));

/** Starts a TCP server that speaks first, as an SSH server does. */
export const startGreeter = (text: string) => startTcp((socket) => void socket.write(text));

async function startTcp(
  onConnection: (socket: Socket) => void,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
