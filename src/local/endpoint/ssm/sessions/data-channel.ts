import { createConnection } from "node:net";
import type { Duplex } from "node:stream";
import { systemClock } from "../../../../core/clock.js";
import { jsonOf } from "../../../../tunnels/session-manager/message.js";
import { acceptWebSocket, type MessageSocket, type UpgradeRequest } from "../../../../tunnels/websocket.js";
import type { Cloud, Region } from "../../cloud.js";
import { instanceState } from "../../ec2/states.js";
import { decryptDataKey } from "../../kms/data-keys.js";
import { refusal } from "../../wire/errors.js";
import type { Trouble } from "../../wire/tunnel-faults.js";
import type { PortSession } from "../model.js";
import { type AgentEncryption, sessionAgent } from "./agent.js";
import { DATA_CHANNEL_PATH, endSession, newToken } from "./sessions.js";

/** Close code for a wrong first message or token. */
const POLICY_VIOLATION = 1008;

/**
 * Serves the upgrade of a request to a websocket: the data channel of a session. Throws a ServiceError for an unknown session, and for a
 * request that is not signed.
 */
export function serveDataChannel(cloud: Cloud, upgrade: UpgradeRequest, trouble: Trouble): void {
  const { headers, url } = upgrade.request;
  if (!/\/ssmmessages\/aws4_request/.test(headers.authorization ?? "")) {
    throw refusal("AccessDeniedException", "The request is not signed.", 403);
  }
  const { pathname } = new URL(url ?? "/", "http://localhost");
  const id = pathname.startsWith(DATA_CHANNEL_PATH) ? pathname.slice(DATA_CHANNEL_PATH.length) : undefined;
  const found = id === undefined ? undefined : findSession(cloud, id);
  if (found === undefined || found.session.endedAt !== undefined) {
    throw refusal("BadRequestException", "The session has ended.");
  }
  const { session } = found;
  if (trouble.hasExpired) session.token = newToken();
  acceptWebSocket(upgrade, (accepted) => {
    accepted.onGreeting((text) => {
      if (jsonOf(Buffer.from(text)).TokenValue !== session.token) accepted.close(POLICY_VIOLATION);
      else
        attach(
          found,
          trouble.apply(accepted, (output) => endSession(session, found.cloud.time.now(), output)),
        );
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
    encryption: region.sessionKey === undefined ? undefined : encryptionOf(region, session, region.sessionKey),
  });
  session.agent.attach(socket);
}

function encryptionOf(region: Region, session: PortSession, keyId: string): AgentEncryption {
  const context = { "aws:ssm:SessionId": session.id, "aws:ssm:TargetId": session.target };
  return { keyId, decrypt: (ciphertext) => decryptDataKey(region, ciphertext, context) };
}

function dial(address: string | undefined, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    if (address === undefined) return reject(new Error("the instance has no sandbox"));
    const socket = createConnection({ host: address, port, noDelay: true });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}
