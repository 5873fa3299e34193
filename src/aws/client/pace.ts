import { abortReason, type Clock, unlessAborted } from "../../core/clock.js";
import { createdOnce, entryOf } from "../../core/per-run.js";

/** Limits the rate of calls. It slows down when AWS throttles (EC2 API throttling: token buckets per account and Region). */
export interface Pace {
  /** Resolves when the next call may be sent, in the order of the calls; rejects when the signal is aborted. */
  wait(signal: AbortSignal | undefined): Promise<Turn>;
}

/** A call that may be sent. */
export interface Turn {
  /** Halves the rate, because AWS throttled the call. Calls that were sent before the rate was lowered do not lower it again. */
  refused(): void;
}

/** A pace that knows how fast its calls were sent. */
interface MeasuredPace extends Pace {
  /** Returns the calls per second of the last calls; 0 if there were so few that every limit's burst allows them. */
  measured(): number;
  /** Halves the rate. */
  slowDown(): void;
}

/**
 * Time scale of the recovery after a refusal: this time in milliseconds, or that of so many calls at the rate of the refusal if it is
 * longer. The rate returns to that of the refusal in four fifths of it, stays near it, and then grows faster and faster. So a lasting
 * limit refuses about one call in fifty.
 */
const RECOVERY = { time: 20_000, calls: 40, longest: 60_000 };

/** Fewer calls than this are below the burst of every limit of EC2. */
const FEW = 5;

/** Calls of which the rate is measured. */
const MEASURED = 10;

/** The slowest rate: one call in 20 seconds. */
const SLOWEST = 0.05;

/** Returns a token bucket of `burst` calls that refills by at most `rate` calls per second, and adapts to a lower limit of the account. */
export function createTokenBucket(clock: Clock, rate: number, burst: number): MeasuredPace {
  let tokens = burst;
  let filled = clock.now();
  /** The last refusal, and the rate at that time; undefined until AWS throttles. */
  let refusal: { readonly at: number; readonly rate: number } | undefined;
  const sent: number[] = [];
  /** Calls that were sent, and how many of them when the rate was lowered. */
  let count = 0;
  let lowered = 0;
  const queue = createQueue();

  /** A clock that was set back, for example by NTP, must not stop the calls. */
  const since = (time: number) => Math.max(0, clock.now() - time);

  const current = (): number => {
    if (refusal === undefined) return rate;
    const scale = Math.min(RECOVERY.longest, Math.max(RECOVERY.time, (RECOVERY.calls / refusal.rate) * 1000));
    const recovered = since(refusal.at) / scale - Math.cbrt(0.5);
    return Math.min(rate, Math.max(SLOWEST, refusal.rate * (1 + recovered ** 3)));
  };
  const refill = () => {
    const perSecond = current();
    tokens = Math.min(perSecond < rate ? 1 : burst, tokens + (since(filled) / 1000) * perSecond);
    filled = clock.now();
  };
  const slowDown = () => {
    const now = clock.now();
    refusal = { at: now, rate: Math.max(SLOWEST, Math.min(current(), measuredRate(sent, now))) };
    tokens = Math.min(tokens, 0);
    filled = now;
    lowered = count;
  };
  const take = async (signal: AbortSignal | undefined): Promise<Turn> => {
    for (refill(); tokens < 1 - ROUNDING; refill()) await clock.sleep(((1 - tokens) / current()) * 1000, signal);
    tokens -= 1;
    sent.push(clock.now());
    if (sent.length > MEASURED) sent.shift();
    count += 1;
    const own = count;
    return { refused: () => (own > lowered ? slowDown() : undefined) };
  };
  return {
    wait: (signal) => queue(() => take(signal), signal),
    measured: () => (sent.length < FEW ? 0 : measuredRate(sent, clock.now())),
    slowDown,
  };
}

/**
 * Paces by clock. The sessions of one run have the same clock, and AWS counts their calls in a Region together: builds in parallel that
 * did not share their pace would each find the limit by themselves.
 */
const pacesOf = createdOnce((clock: Clock) => ({ byName: new Map<string, Pace>(), all: createCommonPace(clock) }));

/** Returns the pace with a name, the same for all sessions that have this clock. */
export function sharedPace(clock: Clock, name: string, { perSecond, burst }: Rate): Pace {
  const { byName, all } = pacesOf(clock);
  return entryOf(byName, name, () => underAll(name, createTokenBucket(clock, perSecond, burst), all));
}

/** Returns a pace under that of all calls. A refusal that its own rate does not explain may be that of a limit on all calls. */
function underAll(name: string, own: MeasuredPace, all: CommonPace): Pace {
  return {
    async wait(signal) {
      const turn = await own.wait(signal);
      const common = await all.wait(signal);
      return {
        refused() {
          if (own.measured() >= OWN_LIMIT || !all.isRefused(name, common)) turn.refused();
        },
      };
    },
  };
}

/** A name that sent fewer calls per second than this meets no limit of its own (EC2 API throttling: at least 2 for each action). */
const OWN_LIMIT = 1;

/** Refusals of so many names within this time, in milliseconds, show a limit on all calls: of a proxy, or of another cloud than AWS. */
const COMMON = { names: 3, time: 5000 };

/** The pace of all calls: without a limit until refusals show one, then at first ten calls per second. */
const TOTAL: Rate = { perSecond: 10, burst: 1 };

interface CommonPace {
  /** Returns undefined while there is no limit. */
  wait(signal: AbortSignal | undefined): Promise<Turn | undefined>;
  /** Records a refusal that the own rate of a name does not explain. Returns whether it counts against the rate of all calls. */
  isRefused(name: string, turn: Turn | undefined): boolean;
}

function createCommonPace(clock: Clock): CommonPace {
  const refused = new Map<string, number>();
  let pace: MeasuredPace | undefined;
  return {
    wait: async (signal) => pace?.wait(signal),
    isRefused(name, turn) {
      const now = clock.now();
      refused.set(name, now);
      const names = [...refused.values()].filter((at) => now - at < COMMON.time).length;
      if (pace === undefined && names < COMMON.names) return false;
      if (pace === undefined) {
        pace = createTokenBucket(clock, TOTAL.perSecond, TOTAL.burst);
        pace.slowDown();
      }
      turn?.refused();
      return true;
    },
  };
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
  return first === undefined || sent.length < 2 || now <= first
    ? Number.POSITIVE_INFINITY
    : ((sent.length - 1) * 1000) / (now - first);
}

/** Returns a function that runs tasks one after the other. A task whose signal is aborted before its turn is not run. */
function createQueue(): <T>(task: () => Promise<T>, signal: AbortSignal | undefined) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task, signal) => {
    const turn = last.then(() => {
      if (signal?.aborted) throw abortReason(signal);
      return task();
    });
    last = turn.catch(() => undefined);
    return unlessAborted(turn, signal);
  };
}
