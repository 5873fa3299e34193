import type { DataKey } from "../../core/opened-session.js";
import { type SessionCipher, sessionCipher } from "./encryption.js";
import { readHandshake, type SessionHandshake } from "./handshake.js";
import { type Link, type LinkOptions, oneLine, openLink, SessionEnded } from "./link.js";
import { type ChannelMessage, decodeMessage, FLAG, flagPayload, isFlag, jsonOf, MESSAGE, PAYLOAD } from "./message.js";
import { type StreamEnd, streamEnd } from "./stream-end.js";

/** What the session requires is not supported. A new session would require it again. */
export class SessionUnsupported extends Error {}

export interface ChannelOptions extends Omit<LinkOptions, "onConnected" | "onMessage" | "onEnd"> {
  /** Called with the bytes of the session, in order. */
  onBytes(bytes: Buffer): void;
  /** Called when the agent could not connect to the port. */
  onPortError(): void;
  /** Called repeatedly while the channel is silent (`isSilent`). */
  onSilent(): void;
  /** Returns a data key of a KMS key, for a session that is to be encrypted. An error ends the channel. */
  dataKey(keyId: string): Promise<DataKey>;
}

/** The data channel of one session, over any number of websockets. */
export interface DataChannel {
  /** Resolves when the agent is ready for data. Rejects with the error that ends the channel. */
  readonly ready: Promise<SessionHandshake>;
  /** Resolves when the channel has ended: with the reason, or with undefined after `close`. */
  readonly ended: Promise<Error | undefined>;
  /** Sends bytes in order, and calls `done` when they are on their way. While a mebibyte is unacknowledged, they wait. */
  write(bytes: Buffer, done: (error?: Error) => void): void;
  /** Resolves when all that was written is acknowledged, with false when it is not within `ms` milliseconds or the channel has ended. */
  acknowledged(ms: number, signal: AbortSignal): Promise<boolean>;
  /** Stops and continues to read. While it is stopped, the agent's data stays at the service. */
  setReading(on: boolean): void;
  /**
   * Returns whether, over a connection that is open, nothing was acknowledged for 20 s although something waits for it, or the service says
   * for this time that the agent cannot be reached.
   */
  isSilent(): boolean;
  /** Ends the channel without the agent, which does not know the session any more. */
  fail(error: SessionEnded): void;
  /** Asks the agent to end the session, and closes the channel. */
  close(): void;
}

/** Milliseconds: between searches for messages to send again, and without any acknowledgement until connection or session are given up. */
const TICK = 100;
const PROBE_EVERY = 20;
const SILENT_CONNECTION = 10_000;
const SUSPICIOUS = 20_000;
const SILENT_AGENT = 120_000;

/** Changing state of a channel. */
interface ChannelState {
  readonly end: StreamEnd;
  readonly link: Link;
  handshake: SessionHandshake | undefined;
  /** Undefined for a session that is not encrypted. */
  cipher: SessionCipher | undefined;
  phase: "opening" | "open" | "ended";
  reading: boolean;
  /** Since when the service says that the agent cannot be reached. */
  pausedAt: number | undefined;
  /** When the connection was last given up because nothing was acknowledged, in milliseconds since the epoch. */
  resetAt: number;
}

/**
 * Opens the data channel of a session: handshake, acknowledgements, retransmission, and another connection whenever one is lost. Nothing
 * that was written is lost or doubled by that.
 */
export function openDataChannel(options: ChannelOptions): DataChannel {
  const { clock } = options;
  const over = new AbortController();
  const ready = deferred<SessionHandshake>();
  const ended = deferred<Error | undefined>();
  let isClosed = false;
  ready.promise.catch(() => undefined);
  const link: Link = openLink({
    ...options,
    onConnected: () => state.end.connected(),
    onMessage: (bytes) => takeMessage(state, decodeMessage(bytes), { ...options, onReady: ready.resolve }),
    onEnd: (error) => {
      state.phase = "ended";
      over.abort();
      state.end.fail(error);
      ready.reject(error);
      ended.resolve(isClosed ? undefined : error);
    },
  });
  const state: ChannelState = {
    end: streamEnd({
      sends: MESSAGE.input,
      clock,
      send: link.send,
      waiting: link.waiting,
      seal: (bytes) => state.cipher?.seal(bytes) ?? bytes,
    }),
    link,
    handshake: undefined,
    cipher: undefined,
    phase: "opening",
    reading: true,
    pausedAt: undefined,
    resetAt: clock.now(),
  };
  void watch(state, options, over.signal);
  return {
    ready: ready.promise,
    ended: ended.promise,
    write(bytes, done) {
      if (state.phase === "ended") done(new SessionEnded("The session has ended"));
      else state.end.write(bytes, done);
    },
    async acknowledged(ms, signal) {
      for (const until = clock.now() + ms; clock.now() < until && state.phase === "open"; ) {
        if (state.end.isIdle()) return true;
        await clock.sleep(PROBE_EVERY, signal);
      }
      return false;
    },
    setReading(on) {
      state.reading = on;
      link.setReading(on);
    },
    isSilent: () => silenceOf(state, clock.now()) > SUSPICIOUS,
    fail: link.end,
    close() {
      isClosed = true;
      if (state.phase === "open") state.end.transmit(PAYLOAD.flag, flagPayload(FLAG.terminateSession));
      link.end(new SessionEnded("The session was closed"));
    },
  };
}

/** Returns a promise and the functions that settle it. */
function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

type Listeners = Pick<ChannelOptions, "session" | "debug" | "onBytes" | "onPortError" | "dataKey"> & {
  readonly onReady: (handshake: SessionHandshake) => void;
};

function takeMessage(state: ChannelState, message: ChannelMessage, to: Listeners): void {
  const { end, link } = state;
  if (message.type === MESSAGE.acknowledge || message.type === MESSAGE.output) {
    for (const each of end.take(message)) takePayload(state, each, to);
  } else if (message.type === MESSAGE.closed) {
    const reason = oneLine(jsonOf(message.payload).Output);
    link.end(new SessionEnded(`Session Manager closed the session${reason ? `: "${reason}"` : ""}`));
  } else if (message.type === MESSAGE.pause || message.type === MESSAGE.start) {
    end.setPaused(message.type === MESSAGE.pause);
  }
}

function takePayload(state: ChannelState, message: ChannelMessage, to: Listeners): void {
  const { payload, payloadType } = message;
  if (payloadType === PAYLOAD.output) {
    const bytes = state.cipher ? decrypted(state, payload) : payload;
    if (bytes) to.onBytes(bytes);
  } else if (payloadType === PAYLOAD.handshakeRequest && state.phase === "opening" && !state.handshake) {
    state.handshake = readHandshake(message);
    void respond(state, state.handshake, to);
  } else if (payloadType === PAYLOAD.encryptionChallenge && state.cipher) {
    const challenge = decrypted(state, Buffer.from(String(jsonOf(payload).Challenge), "base64"));
    const response = challenge && { Challenge: state.cipher.seal(challenge).toString("base64") };
    if (response) state.end.transmit(PAYLOAD.challengeResponse, Buffer.from(JSON.stringify(response)));
  } else if (payloadType === PAYLOAD.handshakeComplete && state.handshake && state.phase === "opening") {
    state.phase = "open";
    const said = oneLine(jsonOf(payload).CustomerMessage);
    to.debug(() => `Session ${to.session.id}: open, agent ${state.handshake?.agentVersion}${said ? `: ${said}` : ""}`);
    to.onReady(state.handshake);
    state.end.open();
  } else if (isFlag(payloadType, payload, FLAG.connectToPortError)) to.onPortError();
}

function silenceOf({ link, end, reading, pausedAt }: ChannelState, now: number): number {
  if (link.waiting() === undefined || !reading) return 0;
  return pausedAt === undefined ? end.silence() : now - pausedAt;
}

/** Responds to the agent's request, which waits for 15 s. A session that is to be encrypted needs a data key first. */
async function respond(state: ChannelState, handshake: SessionHandshake, to: Listeners): Promise<void> {
  const { keyId, refusal } = handshake;
  const send = (payload: Buffer) => state.phase === "opening" && state.end.transmit(PAYLOAD.handshakeResponse, payload);
  try {
    const key = keyId === undefined || refusal !== undefined ? undefined : await to.dataKey(keyId);
    state.cipher = key && sessionCipher(key.plaintext, "client");
    send(handshake.response(key));
    if (refusal !== undefined) state.link.end(new SessionUnsupported(refusal));
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    send(handshake.response({ failure: reason.message }));
    state.link.end(reason);
  }
}

/** Returns what the agent encrypted. Ends the session if that is not what arrived: bytes would be missing. */
function decrypted({ cipher, link }: ChannelState, bytes: Buffer): Buffer | undefined {
  try {
    return cipher?.open(bytes);
  } catch (error) {
    link.end(new SessionEnded("Data of the session could not be decrypted", { cause: error }));
    return undefined;
  }
}

/** Sends again what is overdue. Gives up a connection, later the session, over which nothing is acknowledged. */
async function watch(
  state: ChannelState,
  { clock, onSilent }: Pick<ChannelOptions, "clock" | "onSilent">,
  signal: AbortSignal,
): Promise<void> {
  const { end, link } = state;
  while (!signal.aborted) {
    await clock.sleep(TICK, signal).catch(() => undefined);
    if (signal.aborted) return;
    const now = clock.now();
    link.tick(now);
    end.tick();
    if (link.waiting() === undefined || !state.reading) continue;
    state.pausedAt = end.isPaused() ? (state.pausedAt ?? now) : undefined;
    const silence = silenceOf(state, now);
    if (silence > SUSPICIOUS) onSilent();
    if (silence > SILENT_AGENT) link.end(new SessionEnded("The SSM agent does not respond"));
    else if (state.pausedAt === undefined && Math.min(silence, now - state.resetAt) > SILENT_CONNECTION) {
      state.resetAt = now;
      link.reset("nothing is acknowledged");
    }
  }
}
