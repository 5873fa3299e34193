import { randomUUID } from "node:crypto";
import type { Clock } from "../../core/clock.js";
import { incoming, outgoing } from "./flow.js";
import {
  acknowledgedSequence,
  acknowledgeMessage,
  type ChannelMessage,
  encodeMessage,
  MESSAGE,
  PAYLOAD,
  SYN,
} from "./message.js";

/** Bytes of one message's payload, as AWS's plugin and agent have it: old agents accept no more. */
const CHUNK = 1024;

/** Bytes that may be unacknowledged, and that may wait in the websocket. The protocol has no window. */
const MOST_IN_FLIGHT = 1024 * 1024;

/**
 * Messages that are sent again at first over a new connection, before any is acknowledged; each acknowledgement allows one more. All at
 * once could break the connection again before one of them is acknowledged, and so on for ever.
 */
const FIRST_AGAIN = 16;

export interface StreamEndOptions {
  /** Type of the messages that this end sends. The other type is the one that it receives. */
  readonly sends: typeof MESSAGE.input | typeof MESSAGE.output;
  readonly clock: Clock;
  /** Sends bytes if there is a connection. */
  send(bytes: Buffer): void;
  /** Returns the bytes that wait in the connection; undefined while there is none. */
  waiting(): number | undefined;
  /** Returns the payload of a piece of data: the same, or encrypted. */
  seal(bytes: Buffer): Buffer;
}

/** One end of a data channel's two numbered streams, client or agent. */
export interface StreamEnd {
  /** Sends a numbered message at once. */
  transmit(payloadType: number, payload: Buffer): void;
  /** Sends bytes in order once the end is open, and calls `done` when they are on their way. */
  write(bytes: Buffer, done: (error?: Error) => void): void;
  /** Allows data: the handshake is complete. */
  open(): void;
  /** Takes a message of the other end. Returns the numbered messages that are next in order. */
  take(message: ChannelMessage): readonly ChannelMessage[];
  /** Sends over a new connection what was not acknowledged over the last one. */
  connected(): void;
  /** Stops and allows data while the other end cannot be reached. */
  setPaused(paused: boolean): void;
  readonly isPaused: () => boolean;
  /** Sends again what is overdue. To be called often. */
  tick(): void;
  /** Returns whether nothing waits to be sent or acknowledged. */
  isIdle(): boolean;
  /** Returns for how many milliseconds something waits for an acknowledgement while none came; 0 if nothing waits. */
  silence(): number;
  /** Ends the writes that wait. */
  fail(error: Error): void;
}

/** Returns an end. Every message is numbered, kept and sent in one step, so that the numbers go out in order. */
export function streamEnd({ sends, clock, send, waiting, seal }: StreamEndOptions): StreamEnd {
  const out = outgoing();
  const input = incoming();
  const queue: { bytes: Buffer; readonly done: (error?: Error) => void }[] = [];
  let again: number[] = [];
  let repeated = 0;
  let window = FIRST_AGAIN;
  let isOpen = false;
  let paused = false;
  let lastSign = clock.now();

  const transmit = (payloadType: number, payload: Buffer): void => {
    const sequence = out.next();
    const flags = sequence === 0 ? SYN : 0;
    const message = { type: sends, sequence, flags, payloadType, id: randomUUID(), payload };
    const bytes = encodeMessage(message, clock.now());
    out.sent(sequence, bytes, clock.now());
    send(bytes);
  };
  const repeat = (): void => {
    while (again.length > 0 && repeated < window) {
      const bytes = out.repeat(again.shift() ?? -1, clock.now());
      if (!bytes) continue;
      repeated += 1;
      send(bytes);
    }
  };
  const pump = (): void => {
    repeat();
    if (again.length > 0) return;
    for (let next = queue[0]; next && isOpen && !paused; next = queue[0]) {
      if (out.inFlight() >= MOST_IN_FLIGHT || (waiting() ?? MOST_IN_FLIGHT) >= MOST_IN_FLIGHT) return;
      transmit(PAYLOAD.output, seal(next.bytes.subarray(0, CHUNK)));
      next.bytes = next.bytes.subarray(CHUNK);
      if (next.bytes.length > 0) continue;
      queue.shift();
      next.done();
    }
  };
  const sign = (): void => {
    lastSign = clock.now();
  };
  return {
    transmit,
    write(bytes, done) {
      queue.push({ bytes, done });
      pump();
    },
    open() {
      isOpen = true;
      pump();
    },
    take(message) {
      sign();
      if (message.type === MESSAGE.acknowledge) {
        const sequence = acknowledgedSequence(message);
        if (sequence !== undefined && out.acknowledged(sequence, clock.now())) {
          window += 1;
          repeated = Math.max(0, repeated - 1);
          pump();
        }
        return [];
      }
      const { ready, acknowledge } = input.take(message);
      if (acknowledge) send(encodeMessage(acknowledgeMessage(message, randomUUID()), clock.now()));
      return ready;
    },
    connected() {
      paused = false;
      sign();
      again = [...out.unacknowledged()];
      repeated = 0;
      window = FIRST_AGAIN;
      pump();
    },
    setPaused(on) {
      paused = on;
      sign();
      pump();
    },
    isPaused: () => paused,
    tick() {
      const overdue = paused || waiting() === undefined ? undefined : out.overdue(clock.now());
      if (overdue) send(overdue);
      pump();
    },
    isIdle: () => queue.length === 0 && out.inFlight() === 0,
    silence: () => clock.now() - Math.max(out.waitingSince() ?? clock.now(), lastSign),
    fail(error) {
      for (const { done } of queue.splice(0)) done(error);
    },
  };
}
