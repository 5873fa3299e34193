import type { ChannelMessage } from "./message.js";

/** A stream message that is not acknowledged yet. Times in milliseconds. */
interface Pending {
  readonly sequence: number;
  readonly bytes: Buffer;
  sentAt: number;
  /** A message that was sent twice does not measure the round trip: its acknowledgement may be of either. */
  repeated: boolean;
}

/** Milliseconds: first estimates and limits of the round trip, as both official ends have them. */
const FIRST_ROUND_TRIP = 100;
const FIRST_TIMEOUT = 200;
const LONGEST_TIMEOUT = 1000;

/** The stream messages of this end: numbered, kept until they are acknowledged, and sent again. */
export interface Outgoing {
  /** Returns the number of the next message. */
  readonly next: () => number;
  /** Keeps a message that is sent now. */
  sent(sequence: number, bytes: Buffer, now: number): void;
  /** Removes an acknowledged message. Returns whether it was known. */
  acknowledged(sequence: number, now: number): boolean;
  /** Returns the oldest message if it waits for longer than the round trip explains; it counts as sent again. */
  overdue(now: number): Buffer | undefined;
  /** Returns the numbers of all messages that are not acknowledged, oldest first. */
  unacknowledged(): readonly number[];
  /** Returns a message to send again; undefined if it is acknowledged by now. */
  repeat(sequence: number, now: number): Buffer | undefined;
  /** Returns the bytes that are not acknowledged. */
  readonly inFlight: () => number;
  /** Returns when the oldest unacknowledged message was sent first, or when the last acknowledgement came, whichever is later. */
  readonly waitingSince: () => number | undefined;
}

/**
 * Returns the queue of outgoing messages. The timeout follows the measured round trip (`RTT + max(10 ms, 4 × variation)`, at most a
 * second), as in AWS's plugin and agent.
 */
export function outgoing(): Outgoing {
  const pending = new Map<number, Pending>();
  let next = 0;
  let inFlight = 0;
  let roundTrip = FIRST_ROUND_TRIP;
  let variation = 0;
  let timeout = FIRST_TIMEOUT;
  let since: number | undefined;

  const measure = (taken: number): void => {
    variation = 0.75 * variation + 0.25 * Math.abs(roundTrip - taken);
    roundTrip = 0.875 * roundTrip + 0.125 * taken;
    timeout = Math.min(LONGEST_TIMEOUT, roundTrip + Math.max(10, 4 * variation));
  };
  const again = (message: Pending, now: number): Buffer => {
    message.sentAt = now;
    message.repeated = true;
    return message.bytes;
  };
  return {
    next: () => {
      next += 1;
      return next - 1;
    },
    sent(sequence, bytes, now) {
      if (pending.size === 0) since = now;
      pending.set(sequence, { sequence, bytes, sentAt: now, repeated: false });
      inFlight += bytes.length;
    },
    acknowledged(sequence, now) {
      const message = pending.get(sequence);
      if (!message) return false;
      pending.delete(sequence);
      inFlight -= message.bytes.length;
      since = pending.size === 0 ? undefined : now;
      if (!message.repeated) measure(now - message.sentAt);
      return true;
    },
    overdue(now) {
      const [oldest] = pending.values();
      return oldest && now - oldest.sentAt > timeout ? again(oldest, now) : undefined;
    },
    unacknowledged: () => [...pending.keys()],
    repeat(sequence, now) {
      const message = pending.get(sequence);
      return message && again(message, now);
    },
    inFlight: () => inFlight,
    waitingSince: () => since,
  };
}

/** Limits of messages that came too early: number and bytes. */
const MOST_EARLY = 10_000;
const MOST_EARLY_BYTES = 16 * 1024 * 1024;

/** The stream messages of the other end, in their order. */
export interface Incoming {
  /**
   * Takes a message. Returns the messages that are next in order, and whether this one is to be acknowledged: also one that came before is,
   * because its acknowledgement may be lost. One beyond the limits is not: the other end sends it again.
   */
  take(message: ChannelMessage): { readonly ready: readonly ChannelMessage[]; readonly acknowledge: boolean };
}

/** Returns the reader of incoming messages. */
export function incoming(): Incoming {
  const early = new Map<number, ChannelMessage>();
  let expected = 0;
  let bytes = 0;
  return {
    take(message) {
      if (message.sequence < expected) return { ready: [], acknowledge: true };
      if (message.sequence > expected) {
        if (early.has(message.sequence)) return { ready: [], acknowledge: true };
        if (early.size >= MOST_EARLY || bytes + message.payload.length > MOST_EARLY_BYTES) {
          return { ready: [], acknowledge: false };
        }
        early.set(message.sequence, message);
        bytes += message.payload.length;
        return { ready: [], acknowledge: true };
      }
      const ready = [message];
      expected += 1;
      for (let kept = early.get(expected); kept; kept = early.get(expected)) {
        early.delete(expected);
        bytes -= kept.payload.length;
        ready.push(kept);
        expected += 1;
      }
      return { ready, acknowledge: true };
    },
  };
}
