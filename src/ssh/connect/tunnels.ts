import { createConnection, createServer, type Server, type Socket } from "node:net";
import { BakeError, messageOf } from "../../core/errors.js";
import { splice } from "../splice.js";
import type { Connection } from "./connection.js";

/** A port forward that is open until the build ends: from `bindPort` to `host:hostPort` at the other end. */
export interface Tunnel {
  readonly bindPort: number;
  readonly host: string;
  readonly hostPort: number;
}

/** Parses `bindport:host:hostport` (Packer §4.1). An IPv6 host is in brackets. Returns undefined for other text. */
export function parseTunnel(text: string): Tunnel | undefined {
  const match = /^(\d{1,5}):(\[[^\]]+\]|[^:[\]]+):(\d{1,5})$/.exec(text.trim());
  if (!match) return undefined;
  const [bindPort, hostPort] = [Number(match[1]), Number(match[3])];
  if (bindPort > 65_535 || hostPort > 65_535) return undefined;
  return { bindPort, host: (match[2] ?? "").replace(/^\[|\]$/g, ""), hostPort };
}

/**
 * Listens on the runner and forwards to the machine's network. `current` returns the connection to use, so that the tunnel works after a
 * reconnect. Throws a `BakeError` when the port cannot be bound.
 */
export async function openLocalTunnel(tunnel: Tunnel, current: () => Connection): Promise<{ close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    try {
      current().client.forwardOut("127.0.0.1", 0, tunnel.host, tunnel.hostPort, (error, stream) => {
        if (error) socket.destroy();
        else splice(stream, socket);
      });
    } catch {
      socket.destroy();
    }
  });
  await listen(server, tunnel);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listen(server: Server, tunnel: Tunnel): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(failed("ssh_local_tunnels", tunnel, cause)));
    server.listen(tunnel.bindPort, "127.0.0.1", resolve);
  });
}

/** Listens on the machine and forwards to the runner's network. Called once for each connection. */
export async function openRemoteTunnels(tunnels: readonly Tunnel[], connection: Connection): Promise<void> {
  if (tunnels.length === 0) return;
  connection.client.on("tcp connection", (details, accept, reject) => {
    const tunnel = tunnels.find((each) => each.bindPort === details.destPort);
    if (!tunnel) return reject();
    const socket = createConnection({ host: tunnel.host, port: tunnel.hostPort, allowHalfOpen: true });
    socket.once("connect", () => splice(accept(), socket));
    socket.once("error", () => reject());
  });
  for (const tunnel of tunnels) await bind(tunnel, connection);
}

function bind(tunnel: Tunnel, { client }: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    client.forwardIn("127.0.0.1", tunnel.bindPort, (cause) => {
      if (cause) reject(failed("ssh_remote_tunnels", tunnel, cause));
      else resolve();
    });
  });
}

function failed(option: string, tunnel: Tunnel, cause: unknown): BakeError {
  return new BakeError(
    `Could not open the tunnel ${tunnel.bindPort}:${tunnel.host}:${tunnel.hostPort} of "${option}": ${messageOf(cause)}`,
    { code: "ssh-tunnel", hint: "Choose a port that is not in use at the listening end.", cause },
  );
}
