import type { IncomingMessage } from "node:http";
import { createConnection } from "node:net";
import type { Duplex } from "node:stream";
import { systemClock } from "../../../../core/clock.js";
import { jsonOf } from "../../../../tunnels/session-manager/message.js";
import { acceptWebSocket, type MessageSocket } from "../../../../tunnels/websocket.js";
import type { Cloud, Region } from "../../cloud.js";
import { instanceState } from "../../ec2/states.js";
import type { PortSession } from "../model.js";
import { sessionAgent } from "./agent.js";
import { DATA_CHANNEL_PATH, endSession } from "./sessions.js";

/** Close code for a wrong first message or token. */
const POLICY_VIOLATION = 1008;

/**
 * Serves the upgrade of a request to a websocket: the data channel of a session. Another path, an unknown session, and a request that is
 * not signed end the connection with a status.
 */
export function serveDataChannel(cloud: Cloud, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const id = pathname.startsWith(DATA_CHANNEL_PATH) ? pathname.slice(DATA_CHANNEL_PATH.length) : undefined;
  const found = id === undefined ? undefined : findSession(cloud, id);
  const isSigned = /\/ssmmessages\/aws4_request/.test(request.headers.authorization ?? "");
  if (found === undefined || found.session.endedAt !== undefined || !isSigned) {
    const status = isSigned ? "404 Not Found" : "403 Forbidden";
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    return;
  }
  acceptWebSocket({ request, socket, head }, (accepted) => {
    accepted.onGreeting((text) => {
      if (jsonOf(Buffer.from(text)).TokenValue === found.session.token) attach(found, accepted);
      else accepted.close(POLICY_VIOLATION);
    });
  });
}

interface Found {
  readonly cloud: Cloud;
  readonly region: Region;
  readonly session: PortSession;
}

function findSession(main: Cloud, id: string): Found | undefined {
  for (const cloud of [main, ...main.others.values()]) {
    for (const region of cloud.regions.values()) {
      const session = region.portSessions.get(id);
      if (session) return { cloud, region, session };
    }
  }
  return undefined;
}

function attach({ cloud, region, session }: Found, socket: MessageSocket): void {
  const instance = () => region.instances.get(session.target);
  const rebootedAt = instance()?.rebootedAt;
  const isUp = () => {
    const found = instance();
    return found !== undefined && instanceState(cloud, found) === "running" && found.rebootedAt === rebootedAt;
  };
  session.agent ??= sessionAgent({
    sessionId: session.id,
    properties: session.properties,
    clock: systemClock,
    isUp,
    dial: (port) => dial(instance()?.address, port),
    onEnd: () => endSession(session, cloud.time.now(), ""),
  });
  session.agent.attach(socket);
}

function dial(address: string | undefined, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    if (address === undefined) return reject(new Error("the instance has no sandbox"));
    const socket = createConnection({ host: address, port, noDelay: true });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}
