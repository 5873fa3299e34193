import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Clock } from "../../../../core/clock.js";
import { messageOf } from "../../../../core/errors.js";
import { type SessionCipher, sessionCipher } from "../../../../tunnels/session-manager/encryption.js";
import { fieldsOf, isMultiplexedBy } from "../../../../tunnels/session-manager/handshake.js";
import {
  type ChannelMessage,
  decodeMessage,
  FLAG,
  flagPayload,
  isFlag,
  jsonOf,
  MESSAGE,
  PAYLOAD,
  serviceMessage,
} from "../../../../tunnels/session-manager/message.js";
import { multiplex } from "../../../../tunnels/session-manager/smux.js";
import { type StreamEnd, streamEnd } from "../../../../tunnels/session-manager/stream-end.js";
import type { MessageSocket } from "../../../../tunnels/websocket.js";
import { AGENT_VERSION, type PortAgent } from "../model.js";

export interface AgentOptions {
  readonly sessionId: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Connects to a port of the instance. */
  dial(port: number): Promise<Duplex>;
  /** Returns whether the instance is up. Without it, the session falls silent. */
  isUp(): boolean;
  /** Called when the session has ended. */
  onEnd(): void;
  /** Encrypts the session with a KMS key; undefined for none. */
  readonly encryption: AgentEncryption | undefined;
}

/** What the preferences of Session Manager and the role of the instance say about encryption. */
export interface AgentEncryption {
  readonly keyId: string;
  /** Returns the data key of a ciphertext in base64; undefined if KMS does not decrypt it. */
  decrypt(ciphertext: string): Uint8Array | undefined;
}

/** Milliseconds between searches for messages to send again, and for the client's response to the handshake. */
const TICK = 100;
const HANDSHAKE_LIMIT = 15_000;

interface AgentState {
  readonly end: StreamEnd;
  socket: MessageSocket | undefined;
  phase: "new" | "greeted" | "challenged" | "open" | "ended";
  /** Undefined until there is a data key. */
  cipher: SessionCipher | undefined;
  /** What the client has to decrypt and encrypt. */
  readonly challenge: Buffer;
  clientVersion: string;
  take: (bytes: Buffer) => void;
}

/**
 * Returns the agent of a session as amazon-ssm-agent behaves: it asks for the handshake, acknowledges what it has worked on, sends again
 * what is not acknowledged, and forwards to the port, by smux streams or as one connection.
 */
export function sessionAgent(options: AgentOptions): PortAgent {
  const { clock } = options;
  const over = new AbortController();
  const finish = (output: string): void => {
    if (over.signal.aborted) return;
    state.phase = "ended";
    over.abort();
    state.socket?.send(serviceMessage(MESSAGE.closed, closedPayload(options.sessionId, output), clock.now()));
    state.socket?.close(1000);
    state.end.fail(new Error("the session has ended"));
    options.onEnd();
  };
  const state: AgentState = {
    end: streamEnd({
      sends: MESSAGE.output,
      clock,
      send: (bytes) => options.isUp() && state.socket?.send(bytes),
      waiting: () => (options.isUp() ? state.socket?.bufferedAmount() : undefined),
      seal: (bytes) => state.cipher?.seal(bytes) ?? bytes,
    }),
    cipher: undefined,
    challenge: randomBytes(64),
    clientVersion: "",
    socket: undefined,
    phase: "new",
    take: () => undefined,
  };
  const onMessage = (bytes: Buffer): void => {
    if (!options.isUp()) return;
    const message = decodeMessage(bytes);
    if (message.type !== MESSAGE.acknowledge && message.type !== MESSAGE.input) return;
    for (const each of state.end.take(message)) takeInput(state, each, { ...options, finish });
  };
  void work(state, options, { finish, signal: over.signal });
  return {
    attach(socket) {
      state.socket?.close(1000);
      state.socket = socket;
      socket.onMessage((bytes) => {
        try {
          onMessage(bytes);
        } catch (error) {
          finish(messageOf(error));
        }
      });
      socket.send(serviceMessage(MESSAGE.start, Buffer.alloc(0), clock.now()));
      state.end.connected();
      if (state.phase !== "new") return;
      state.phase = "greeted";
      state.end.transmit(PAYLOAD.handshakeRequest, handshakeRequest(options));
    },
    end: finish,
  };
}

type Steps = AgentOptions & { readonly finish: (output: string) => void };

function takeInput(state: AgentState, message: ChannelMessage, options: Steps): void {
  const { payload, payloadType } = message;
  if (payloadType === PAYLOAD.handshakeResponse && state.phase === "greeted") {
    const response = jsonOf(payload);
    const failed = failedAction(response);
    if (failed !== undefined) {
      options.finish(failed);
      return;
    }
    state.clientVersion = String(response.ClientVersion ?? "");
    if (options.encryption) challenge(state, options, response);
    else complete(state, options);
  } else if (payloadType === PAYLOAD.challengeResponse && state.phase === "challenged") {
    const solved = state.cipher?.open(Buffer.from(String(jsonOf(payload).Challenge), "base64"));
    if (solved?.equals(state.challenge)) complete(state, options);
    else options.finish("The encryption challenge failed");
  } else if (isFlag(payloadType, payload, FLAG.terminateSession)) options.finish("");
  // What comes before the handshake is complete is acknowledged, and lost.
  else if (payloadType === PAYLOAD.output && state.phase === "open") state.take(state.cipher?.open(payload) ?? payload);
}

/** Takes the data key, and has the client show that it has the same one. */
function challenge(state: AgentState, options: Steps, response: Readonly<Record<string, unknown>>): void {
  const dataKey = options.encryption?.decrypt(encryptedKey(response));
  if (dataKey === undefined) {
    options.finish("The data key of the session could not be decrypted");
    return;
  }
  state.cipher = sessionCipher(dataKey, "agent");
  state.phase = "challenged";
  const Challenge = state.cipher.seal(state.challenge).toString("base64");
  state.end.transmit(PAYLOAD.encryptionChallenge, Buffer.from(JSON.stringify({ Challenge })));
}

/** Ends the handshake: from then on, data is forwarded. */
function complete(state: AgentState, options: Steps): void {
  startForwarding(state, options, state.clientVersion);
  state.phase = "open";
  state.end.transmit(
    PAYLOAD.handshakeComplete,
    Buffer.from('{"HandshakeTimeToComplete":1000000,"CustomerMessage":""}'),
  );
  state.end.open();
}

/** Returns the data key that the client got of KMS, encrypted, in base64. */
function encryptedKey({ ProcessedClientActions: actions }: Readonly<Record<string, unknown>>): string {
  const results = (Array.isArray(actions) ? actions : []).map((each: unknown) => fieldsOf(fieldsOf(each).ActionResult));
  return String(results.find(({ KMSCipherTextKey: key }) => key !== undefined)?.KMSCipherTextKey ?? "");
}

/** Returns what an action of the handshake failed with; undefined if none did. */
function failedAction(response: Readonly<Record<string, unknown>>): string | undefined {
  const actions: readonly unknown[] = Array.isArray(response.ProcessedClientActions)
    ? response.ProcessedClientActions
    : [];
  for (const each of actions) {
    const {
      ActionType,
      ActionStatus,
      Error: text,
    } = { ActionType: "", ActionStatus: 0, Error: "", ...(each as object) };
    if (ActionStatus !== 1) return `${ActionType} failed on client with status ${ActionStatus} error: ${text}`;
  }
  return undefined;
}

function startForwarding(state: AgentState, options: Steps, clientVersion: string): void {
  const port = Number(options.properties.portNumber);
  const carrier = {
    write: state.end.write,
    setReading: (on: boolean) => state.socket?.setReading(on),
  };
  if (options.properties.type === "LocalPortForwarding" && isMultiplexedBy(clientVersion)) {
    const mux = multiplex(carrier, (stream) => {
      options.dial(port).then(
        (connection) => splice(stream, connection),
        () => {
          state.end.transmit(PAYLOAD.flag, flagPayload(FLAG.connectToPortError));
          stream.destroy();
        },
      );
    });
    state.take = mux.take;
    return;
  }
  const connection = options.dial(port);
  connection.then(
    (socket) => {
      socket.on("data", (bytes: Buffer) => {
        socket.pause();
        state.end.write(bytes, () => socket.resume());
      });
      socket.once("close", () => options.finish(""));
    },
    (error: unknown) => options.finish(`Unable to connect to specified port: ${messageOf(error)}`),
  );
  state.take = (bytes) => {
    connection.then(
      (socket) => socket.write(bytes),
      () => undefined,
    );
  };
}

/** A stream has no half-close: when either side ends, both do. */
function splice(stream: Duplex, connection: Duplex): void {
  stream.pipe(connection).pipe(stream);
  stream.on("error", () => connection.destroy());
  stream.once("close", () => connection.destroy());
  connection.on("error", () => stream.destroy());
}

async function work(
  state: AgentState,
  { clock, isUp }: AgentOptions,
  { finish, signal }: { readonly finish: (output: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const began = clock.now();
  let silent = false;
  while (!signal.aborted) {
    await clock.sleep(TICK, signal).catch(() => undefined);
    if (signal.aborted) return;
    if (!isUp() && !silent) {
      // The instance is gone. Only the service, which cannot reach the agent, can say so to the client.
      silent = true;
      state.socket?.send(serviceMessage(MESSAGE.pause, Buffer.alloc(0), clock.now()));
    }
    if (silent && isUp()) {
      silent = false;
      state.socket?.send(serviceMessage(MESSAGE.start, Buffer.alloc(0), clock.now()));
    }
    if (silent) continue;
    state.end.tick();
    if (state.phase === "greeted" && clock.now() - began > HANDSHAKE_LIMIT) {
      finish("Handshake timed out. Please ensure that you have the latest version of the session manager plugin.");
    }
  }
}

function handshakeRequest({ properties, encryption }: AgentOptions): Buffer {
  const session = { ActionType: "SessionType", ActionParameters: { SessionType: "Port", Properties: properties } };
  const kms = encryption && { ActionType: "KMSEncryption", ActionParameters: { KMSKeyId: encryption.keyId } };
  const actions = [session, ...(kms ? [kms] : [])];
  return Buffer.from(JSON.stringify({ AgentVersion: AGENT_VERSION, RequestedClientActions: actions }));
}

function closedPayload(sessionId: string, output: string): Buffer {
  return Buffer.from(
    JSON.stringify({ MessageType: MESSAGE.closed, SessionId: sessionId, Output: output, SchemaVersion: 1 }),
  );
}
