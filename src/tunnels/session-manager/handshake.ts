import { type ChannelMessage, jsonOf } from "./message.js";

/** The version of AWS's plugin whose protocol this is. From 1.1.70 on agents multiplex, from 1.2.332 on without keep-alive frames. */
export const CLIENT_VERSION = "1.2.764.0";

/** The agent's request, and the response to it. */
export interface SessionHandshake {
  readonly agentVersion: string;
  /** Properties of the session that the document set: `portNumber`, `type`, … */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Payload of the response. */
  readonly response: Buffer;
  /** Why the session cannot be used; undefined if it can. */
  readonly refusal: string | undefined;
}

/**
 * Reads the agent's handshake request. A session that is to be encrypted with a KMS key, and one that is not a port session, are refused
 * in the response, with a reason.
 */
export function answerHandshake(request: ChannelMessage): SessionHandshake {
  const fields = jsonOf(request.payload);
  const requested = Array.isArray(fields.RequestedClientActions) ? fields.RequestedClientActions : [];
  let properties: Readonly<Record<string, unknown>> = {};
  let refusal: string | undefined;
  const refuse = (type: string, reason: string) => {
    refusal ??= reason;
    return { ActionType: type, ActionStatus: UNSUPPORTED, ActionResult: null, Error: reason };
  };
  const processed = requested.map((value: unknown) => {
    const action = fieldsOf(value);
    const type = String(action.ActionType);
    const parameters = fieldsOf(action.ActionParameters);
    if (type === "KMSEncryption") {
      return refuse(
        type,
        `Session Manager's preferences require encryption with the KMS key "${String(parameters.KMSKeyId)}"`,
      );
    }
    if (type !== "SessionType") return refuse(type, `The SSM agent requires "${type}"`);
    if (parameters.SessionType !== "Port")
      return refuse(type, `The session has the type "${String(parameters.SessionType)}"`);
    properties = fieldsOf(parameters.Properties);
    return { ActionType: type, ActionStatus: SUCCESS, ActionResult: null, Error: "" };
  });
  const response = {
    ClientVersion: CLIENT_VERSION,
    ProcessedClientActions: processed,
    Errors: refusal ? [refusal] : [],
  };
  return {
    agentVersion: String(fields.AgentVersion ?? ""),
    properties,
    response: Buffer.from(JSON.stringify(response)),
    refusal,
  };
}

/** Status of a processed action. */
const SUCCESS = 1;
const UNSUPPORTED = 3;

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** Last version of the agent that does not multiplex. */
const LAST_BASIC_AGENT = "3.0.196.0";

/**
 * Returns whether the bytes of the session are smux frames: the document has the type `LocalPortForwarding`, and the agent is later than
 * 3.0.196.0. Otherwise they are the bytes of one connection. The agent decides alike by the client's version.
 */
export function isMultiplexed({ agentVersion, properties }: SessionHandshake): boolean {
  return properties.type === "LocalPortForwarding" && isLater(agentVersion, LAST_BASIC_AGENT);
}

/** Returns whether an agent multiplexes for a client of this version. */
export function isMultiplexedBy(clientVersion: string): boolean {
  return isLater(clientVersion, "1.1.69.0");
}

function isLater(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(".").map((part) => Number.parseInt(part, 10) || 0));
  for (let at = 0; at < 4; at += 1) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
