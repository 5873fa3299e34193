import { abortReason, type Clock } from "../../core/clock.js";

/** Limits the rate of calls. It slows down when AWS throttles (EC2 API throttling: token buckets per account and Region). */
export interface Pace {
  /** Resolves when the next call may be sent, in the order of the calls; rejects when the signal is aborted. */
  wait(signal: AbortSignal | undefined): Promise<void>;
  /** Halves the rate after AWS throttled a call. */
  slowDown(): void;
}

/** Refusals within this time after a refusal are of calls that were sent before the rate was lowered; milliseconds. */
const REACTION = 1000;

/**
 * Time scale of the recovery after a refusal: this time in milliseconds, or that of so many calls at the rate of the refusal if it is
 * longer. The rate returns to that of the refusal in four fifths of it, stays near it, and then grows faster and faster. So a lasting
 * limit refuses about one call in fifty.
 */
const RECOVERY = { time: 20_000, calls: 40 };

/** Calls of which the rate is measured. */
const MEASURED = 10;

/** The slowest rate: one call in 20 seconds. */
const SLOWEST = 0.05;

/** Returns a token bucket of `burst` calls that refills by at most `rate` calls per second, and adapts to a lower limit of the account. */
export function createTokenBucket(clock: Clock, rate: number, burst: number): Pace {
  let tokens = burst;
  let filled = clock.now();
  /** The last refusal, and the rate at that time; undefined until AWS throttles. */
  let refusal: { readonly at: number; readonly rate: number } | undefined;
  const sent: number[] = [];
  const queue = createQueue();

  const current = (): number => {
    if (refusal === undefined) return rate;
    const scale = Math.max(RECOVERY.time, (RECOVERY.calls / refusal.rate) * 1000);
    const recovered = (clock.now() - refusal.at) / scale - Math.cbrt(0.5);
    return Math.min(rate, Math.max(SLOWEST, refusal.rate * (1 + recovered ** 3)));
  };
  const refill = () => {
    const now = clock.now();
    const perSecond = current();
    tokens = Math.min(perSecond < rate ? 1 : burst, tokens + ((now - filled) / 1000) * perSecond);
    filled = now;
  };
  const take = async (signal: AbortSignal | undefined): Promise<void> => {
    for (refill(); tokens < 1 - ROUNDING; refill()) await clock.sleep(((1 - tokens) / current()) * 1000, signal);
    tokens -= 1;
    sent.push(clock.now());
    if (sent.length > MEASURED) sent.shift();
  };
  return {
    wait: (signal) => queue(() => take(signal), signal),
    slowDown() {
      const now = clock.now();
      if (refusal !== undefined && now - refusal.at < REACTION) return;
      refusal = { at: now, rate: Math.max(SLOWEST, Math.min(current(), measuredRate(sent, now))) };
      tokens = Math.min(tokens, 0);
      filled = now;
    },
  };
}

/**
 * Paces by clock and name. The sessions of one run have the same clock, and AWS counts their calls in a Region together: builds in
 * parallel that did not share their pace would each find the limit by themselves.
 */
const SHARED = new WeakMap<Clock, Map<string, Pace>>();

/** Returns the pace with a name, the same for all sessions that have this clock. */
export function sharedPace(clock: Clock, name: string, { perSecond, burst }: Rate): Pace {
  const paces = SHARED.get(clock) ?? new Map<string, Pace>();
  SHARED.set(clock, paces);
  const pace = paces.get(name) ?? createTokenBucket(clock, perSecond, burst);
  paces.set(name, pace);
  return pace;
}

/** A rate in calls per second, and the calls that are sent at once after a pause. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** A sleep can end a moment before its token is full. */
const ROUNDING = 0.001;

/** Returns the calls per second of the last calls. Infinity for fewer than two, and for a burst. */
function measuredRate(sent: readonly number[], now: number): number {
  const [first] = sent;
  return first === undefined || sent.length < 2 ? Number.POSITIVE_INFINITY : ((sent.length - 1) * 1000) / (now - first);
}

/** Returns a function that runs tasks one after the other. A task whose signal is aborted before its turn is not run. */
function createQueue(): (task: () => Promise<void>, signal: AbortSignal | undefined) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return (task, signal) => {
    const turn = last.then(() => (signal?.aborted ? undefined : task()));
    last = turn.catch(() => undefined);
    return signal ? orAborted(turn, signal) : turn;
  };
}

/** Awaits a turn; rejects with the signal's reason as soon as it is aborted. */
function orAborted(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortReason(signal));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    turn.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
