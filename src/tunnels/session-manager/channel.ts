import { randomUUID } from "node:crypto";
import { type Incoming, incoming, type Outgoing, outgoing } from "./flow.js";
import { answerHandshake, type Handshake } from "./handshake.js";
import { type Link, type LinkOptions, oneLine, openLink, SessionEnded } from "./link.js";
import {
  acknowledgedSequence,
  acknowledgeMessage,
  type ChannelMessage,
  decodeMessage,
  encodeMessage,
  FLAG,
  jsonOf,
  MESSAGE,
  PAYLOAD,
  SYN,
} from "./message.js";

/** What the session requires is not supported. A new session would require it again. */
export class SessionUnsupported extends Error {}

export interface ChannelOptions extends Omit<LinkOptions, "onConnected" | "onMessage" | "onEnd"> {
  /** Called with the bytes of the session, in order. */
  onBytes(bytes: Buffer): void;
  /** Called when the agent could not connect to the port. */
  onPortError(): void;
}

/** The data channel of one session, over any number of websockets. */
export interface DataChannel {
  /** Resolves when the agent is ready for data. Rejects with the error that ends the channel. */
  readonly ready: Promise<Handshake>;
  /** Resolves with the reason when the channel has ended. */
  readonly ended: Promise<Error>;
  isOpen(): boolean;
  /** Sends bytes in order, and calls `done` when they are on their way. While a mebibyte is unacknowledged, they wait. */
  write(bytes: Buffer, done: (error?: Error) => void): void;
  /** Stops and continues to read. While it is stopped, the agent's data stays at the service. */
  setReading(on: boolean): void;
  /** Asks the agent to end the session, and closes the channel. */
  close(): void;
}

/** Bytes of one message's payload, as AWS's plugin has it: old agents accept no more. */
const CHUNK = 1024;

/** Bytes that may be unacknowledged, and that may wait in the websocket. The protocol has no window. */
const MOST_IN_FLIGHT = 1024 * 1024;

/** Milliseconds: between searches for messages to send again, and without any acknowledgement until connection or session are given up. */
const TICK = 100;
const SILENT_CONNECTION = 30_000;
const SILENT_AGENT = 120_000;

/** Changing state of a channel. Times in milliseconds since the epoch. */
interface ChannelState {
  readonly out: Outgoing;
  readonly input: Incoming;
  /** Bytes that are not sent yet. */
  readonly queue: { bytes: Buffer; readonly done: (error?: Error) => void }[];
  link: Link;
  handshake: Handshake | undefined;
  phase: "opening" | "open" | "ended";
  /** The service says that the other end cannot be reached. */
  paused: boolean;
  reading: boolean;
  /** When the agent was last heard of, or the wait for it began. */
  lastSign: number;
  /** When the connection was last given up because nothing was acknowledged. */
  resetAt: number;
}

/**
 * Opens the data channel of a session: handshake, acknowledgements, retransmission, and going on over a new connection whenever one is
 * lost. Nothing that was written is lost or doubled by that.
 */
export function openDataChannel(options: ChannelOptions): DataChannel {
  const { clock } = options;
  let resolveReady: (handshake: Handshake) => void = () => undefined;
  let rejectReady: (error: Error) => void = () => undefined;
  const ready = new Promise<Handshake>((resolve, reject) => {
    resolveReady = resolve;
    rejectReady = reject;
  });
  ready.catch(() => undefined);
  const over = new AbortController();
  let state: ChannelState;
  const ended = new Promise<Error>((resolve) => {
    const link = openLink({
      ...options,
      onConnected: () => resend(state, clock.now()),
      onMessage: (bytes) =>
        takeMessage(state, decodeMessage(bytes), { ...options, now: clock.now(), onReady: resolveReady }),
      onEnd: (error) => {
        state.phase = "ended";
        over.abort();
        for (const { done } of state.queue.splice(0)) done(error);
        rejectReady(error);
        resolve(error);
      },
    });
    state = firstState(link, clock.now());
  });
  const watch = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await clock.sleep(TICK, over.signal).catch(() => undefined);
      if (!over.signal.aborted) tick(state, clock.now());
    }
  };
  void watch();
  return {
    ready,
    ended,
    isOpen: () => state.phase !== "ended",
    write(bytes, done) {
      if (state.phase === "ended") return done(new SessionEnded("The session has ended"));
      state.queue.push({ bytes, done });
      pump(state, clock.now());
    },
    setReading(on) {
      state.reading = on;
      state.lastSign = clock.now();
      state.link.setReading(on);
    },
    close() {
      if (state.phase === "open") transmit(state, PAYLOAD.flag, flagPayload(FLAG.terminateSession), clock.now());
      state.link.end(new SessionEnded("The session was closed"));
    },
  };
}

function firstState(link: Link, now: number): ChannelState {
  return {
    out: outgoing(),
    input: incoming(),
    queue: [],
    link,
    handshake: undefined,
    phase: "opening",
    paused: false,
    reading: true,
    lastSign: now,
    resetAt: now,
  };
}

/** Numbers, keeps and sends a stream message in one step, so that the numbers are sent in order. */
function transmit(state: ChannelState, payloadType: number, payload: Buffer, now: number): void {
  const sequence = state.out.next();
  const flags = sequence === 0 ? SYN : 0;
  const bytes = encodeMessage({ type: MESSAGE.input, sequence, flags, payloadType, id: randomUUID(), payload }, now);
  state.out.sent(sequence, bytes, now);
  state.link.send(bytes);
}

/** Sends what waits, as long as little is unacknowledged. */
function pump(state: ChannelState, now: number): void {
  const { queue, link, out } = state;
  for (let next = queue[0]; next; next = queue[0]) {
    if (state.phase !== "open" || state.paused || out.inFlight() >= MOST_IN_FLIGHT) return;
    if ((link.waiting() ?? MOST_IN_FLIGHT) >= MOST_IN_FLIGHT) return;
    transmit(state, PAYLOAD.output, next.bytes.subarray(0, CHUNK), now);
    next.bytes = next.bytes.subarray(CHUNK);
    if (next.bytes.length > 0) continue;
    queue.shift();
    next.done();
  }
}

/** Sends over a new connection what was not acknowledged over the last one. */
function resend(state: ChannelState, now: number): void {
  state.paused = false;
  for (const bytes of state.out.all(now)) state.link.send(bytes);
  pump(state, now);
}

type Listeners = Pick<ChannelOptions, "session" | "debug" | "onBytes" | "onPortError"> & {
  readonly now: number;
  readonly onReady: (handshake: Handshake) => void;
};

function takeMessage(state: ChannelState, message: ChannelMessage, to: Listeners): void {
  const { link, out } = state;
  if (message.type === MESSAGE.acknowledge) {
    state.lastSign = to.now;
    const sequence = acknowledgedSequence(message);
    if (sequence !== undefined && out.acknowledged(sequence, to.now)) pump(state, to.now);
  } else if (message.type === MESSAGE.output) {
    state.lastSign = to.now;
    const { ready, acknowledge } = state.input.take(message);
    // First, because what a message leads to may end the channel.
    if (acknowledge) link.send(encodeMessage(acknowledgeMessage(message, randomUUID()), to.now));
    for (const each of ready) takePayload(state, each, to);
  } else if (message.type === MESSAGE.closed) {
    const reason = oneLine(jsonOf(message.payload).Output);
    link.end(new SessionEnded(`Session Manager closed the session${reason ? `: "${reason}"` : ""}`));
  } else if (message.type === MESSAGE.pause) state.paused = true;
  else if (message.type === MESSAGE.start) {
    state.paused = false;
    state.lastSign = to.now;
    pump(state, to.now);
  }
}

function takePayload(state: ChannelState, message: ChannelMessage, to: Listeners): void {
  const { payload, payloadType } = message;
  if (payloadType === PAYLOAD.output) to.onBytes(payload);
  else if (payloadType === PAYLOAD.handshakeRequest) {
    const handshake = answerHandshake(message);
    state.handshake = handshake;
    transmit(state, PAYLOAD.handshakeResponse, handshake.response, to.now);
    if (handshake.refusal !== undefined) state.link.end(new SessionUnsupported(handshake.refusal));
  } else if (payloadType === PAYLOAD.handshakeComplete && state.handshake && state.phase === "opening") {
    state.phase = "open";
    const said = oneLine(jsonOf(payload).CustomerMessage);
    to.debug(() => `Session ${to.session.id}: open, agent ${state.handshake?.agentVersion}${said ? `: ${said}` : ""}`);
    to.onReady(state.handshake);
    pump(state, to.now);
  } else if (
    payloadType === PAYLOAD.flag &&
    payload.length >= 4 &&
    payload.readUInt32BE(0) === FLAG.connectToPortError
  ) {
    to.onPortError();
  }
}

/** Sends again what is overdue. Gives up a connection, later the session, over which nothing is acknowledged. */
function tick(state: ChannelState, now: number): void {
  const { link, out } = state;
  link.tick(now);
  if (link.waiting() === undefined) return;
  const overdue = state.paused ? undefined : out.overdue(now);
  if (overdue) link.send(overdue);
  const since = Math.max(out.waitingSince() ?? now, state.lastSign);
  if (!state.reading || (out.waitingSince() === undefined && !state.paused)) state.lastSign = now;
  else if (now - since > SILENT_AGENT) link.end(new SessionEnded("The SSM agent does not respond"));
  else if (!state.paused && now - Math.max(since, state.resetAt) > SILENT_CONNECTION) {
    state.resetAt = now;
    link.reset("nothing is acknowledged");
  }
  pump(state, now);
}

function flagPayload(flag: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(flag);
  return payload;
}
