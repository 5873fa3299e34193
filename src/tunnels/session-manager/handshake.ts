import { type ChannelMessage, jsonOf } from "./message.js";

/** The version of AWS's plugin whose protocol this is. From 1.1.70 on agents multiplex, from 1.2.332 on without keep-alive frames. */
export const CLIENT_VERSION = "1.2.764.0";

/** The agent's request. */
export interface SessionHandshake {
  readonly agentVersion: string;
  /** Properties of the session that the document set: `portNumber`, `type`, … */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The KMS key that the preferences of Session Manager require; undefined for a session that is not encrypted. */
  readonly keyId: string | undefined;
  /** Why the session cannot be used; undefined if it can. */
  readonly refusal: string | undefined;
  /** Returns the payload of the response, with the data key that KMS encrypted, or why there is none. */
  response(dataKey: DataKeyResult | undefined): Buffer;
}

/** A data key that KMS encrypted, in base64, or why there is none. */
export type DataKeyResult = { readonly ciphertext: string } | { readonly failure: string };

/** Reads the agent's handshake request. A session that is not a port session is refused in the response, with a reason. */
export function readHandshake(request: ChannelMessage): SessionHandshake {
  const fields = jsonOf(request.payload);
  const requested: readonly unknown[] = Array.isArray(fields.RequestedClientActions)
    ? fields.RequestedClientActions
    : [];
  const actions = requested.map(readAction);
  const refusals = actions.flatMap(({ refusal }) => refusal ?? []);
  return {
    agentVersion: String(fields.AgentVersion ?? ""),
    properties: actions.find(({ properties }) => properties)?.properties ?? {},
    keyId: actions.find(({ keyId }) => keyId !== undefined)?.keyId,
    refusal: refusals[0],
    response(dataKey) {
      const failures = dataKey && "failure" in dataKey ? [dataKey.failure] : [];
      return Buffer.from(
        JSON.stringify({
          ClientVersion: CLIENT_VERSION,
          ProcessedClientActions: actions.map((action) => processed(action, dataKey)),
          Errors: [...refusals.slice(0, 1), ...failures],
        }),
      );
    },
  };
}

/** An action that the agent requests. */
interface RequestedAction {
  readonly type: string;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  readonly keyId?: string | undefined;
  readonly refusal?: string | undefined;
}

function readAction(value: unknown): RequestedAction {
  const action = fieldsOf(value);
  const type = String(action.ActionType);
  const parameters = fieldsOf(action.ActionParameters);
  if (type === "KMSEncryption") return { type, keyId: String(parameters.KMSKeyId) };
  if (type !== "SessionType") return { type, refusal: `The SSM agent requires "${type}"` };
  if (parameters.SessionType !== "Port")
    return { type, refusal: `The session has the type "${String(parameters.SessionType)}"` };
  return { type, properties: fieldsOf(parameters.Properties) };
}

function processed({ type: ActionType, keyId, refusal }: RequestedAction, dataKey: DataKeyResult | undefined) {
  if (refusal !== undefined) return { ActionType, ActionStatus: UNSUPPORTED, ActionResult: null, Error: refusal };
  if (keyId === undefined) return { ActionType, ActionStatus: SUCCESS, ActionResult: null, Error: "" };
  if (dataKey && "ciphertext" in dataKey) {
    return { ActionType, ActionStatus: SUCCESS, ActionResult: { KMSCipherTextKey: dataKey.ciphertext }, Error: "" };
  }
  return { ActionType, ActionStatus: FAILED, ActionResult: null, Error: dataKey?.failure ?? "no data key" };
}

/** Status of a processed action. */
const SUCCESS = 1;
const FAILED = 2;
const UNSUPPORTED = 3;

/** Returns the fields of an object; none of another value. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** Last version of the agent that does not multiplex. */
const LAST_BASIC_AGENT = "3.0.196.0";

/**
 * Returns whether the bytes of the session are smux frames: the document has the type `LocalPortForwarding`, and the agent is later than
 * 3.0.196.0. Otherwise they are the bytes of one connection. The agent decides alike by the client's version.
 */
export function isMultiplexed({
  agentVersion,
  properties,
}: Pick<SessionHandshake, "agentVersion" | "properties">): boolean {
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
