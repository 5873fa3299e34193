import { throttle } from "../../core/clock.js";
import { BakeError } from "../../core/errors.js";
import type { Narrator } from "../../core/events.js";
import { type Interval, type ProbeResult, type Progress, poll } from "../../core/poll.js";
import type { Environment } from "../../core/surroundings.js";
import { formatDuration } from "../../core/text.js";
import { type AwsError, failedAs } from "./errors.js";
import type { AccessOptions } from "./options.js";
import type { CallScope } from "./session.js";
import { NOT_YET_VISIBLE } from "./temporary-errors.js";

/** Seconds per attempt if no delay is set. Templates with `max_attempts` alone assume 15 s. */
const ASSUMED_DELAY = 15;

/**
 * Returns the timeout of a wait in milliseconds: attempts times delay. `aws_polling` overrides `AWS_MAX_ATTEMPTS` and
 * `AWS_POLL_DELAY_SECONDS` (Packer's polling configuration). They never shorten a wait, because AWS_MAX_ATTEMPTS is also the SDK's
 * number of retries. They do not change the polling interval.
 */
export function longestWait(own: number, polling: AccessOptions["aws_polling"], env: Environment): number {
  const attempts = polling?.max_attempts ?? positive(env.AWS_MAX_ATTEMPTS);
  const delay = polling?.delay_seconds ?? positive(env.AWS_POLL_DELAY_SECONDS) ?? ASSUMED_DELAY;
  return attempts === undefined ? own : Math.max(own, attempts * delay * 1000);
}

function positive(text: string | undefined): number | undefined {
  const number = Number(text);
  return text && number > 0 ? number : undefined;
}

/**
 * Polling intervals in milliseconds: short at first, and always so short that the time lost between two polls is below one percent of a
 * bake. About one call per second and Region is far below EC2's request limits.
 */
export const INTERVALS = {
  /** An instance that just began to start, stop or terminate. No instance does so at once, so the first poll waits. */
  power: { head: 60, first: 200, max: 1200 },
  /** Things that take seconds: groups, profiles. */
  quick: { first: 300, max: 1200 },
  /** Deletions that wait until nothing uses the resource. */
  removal: { first: 300, max: 3000 },
  /** Things that take minutes: images, copies, snapshots. */
  slow: { first: 500, max: 1500, longest: 15_000 },
  /** An image whose creation just began. */
  capture: { head: 60, first: 300, max: 1500, longest: 15_000 },
} as const;

const MINUTE = 60_000;

/** Default timeouts of waits in milliseconds. `aws_polling` can lengthen them (Packer's defaults, doubled for images). */
export const LONGEST = {
  instance: 10 * MINUTE,
  /** Metal and GPU instances take up to 20 minutes to stop. */
  stop: 25 * MINUTE,
  /** Without progress. While an image makes progress, the wait has no end. */
  image: 60 * MINUTE,
  profile: 2 * MINUTE,
  /** EC2 launches instances, runs sysprep and creates snapshots. */
  fastLaunch: 90 * MINUTE,
} as const;

/** One wait for a resource. Times in milliseconds. */
export interface Wait<T> {
  /** What is waited for, e.g. `instance i-0abc to run`. */
  readonly what: string;
  readonly resource: string;
  readonly interval: Interval;
  /** The default timeout; `aws_polling` can lengthen it. Undefined if `probe` decides when the wait ends. */
  readonly longest: number | undefined;
  /** Polls once. For two minutes after the start of the wait, "not found" means "not yet visible" (EC2 eventual consistency). */
  probe(): Promise<ProbeResult<T>>;
}

/** Progress is reported at most this often, in milliseconds. */
const REPORT_EVERY = 10_000;

/** Polls until a resource is ready, and reports the progress. Rejects at once on a final failure, or with a `BakeError` on timeout. */
export async function waitFor<T>(scope: CallScope, wait: Wait<T>): Promise<T> {
  const { session, signal, narrator } = scope;
  const began = session.clock.now();
  session.debug(() => `Waiting for ${wait.what} in ${scope.region}`);
  return poll<T>({
    clock: session.clock,
    signal,
    interval: wait.interval,
    deadline: wait.longest === undefined ? undefined : session.longestWait(wait.longest),
    random: session.random,
    probe: async () => {
      try {
        return await wait.probe();
      } catch (error) {
        if (failedAs(error, "not-found") && session.clock.now() - began < NOT_YET_VISIBLE) return { state: "waiting" };
        throw error;
      }
    },
    onDeadline: (elapsed) =>
      new BakeError(`Timed out after ${formatDuration(elapsed)} waiting for ${wait.what}`, {
        code: "wait-too-long",
        resource: wait.resource,
        region: scope.region,
        hint: 'If it needs more time, raise "max_attempts" or "delay_seconds" in "aws_polling".',
      }),
    onProgress: createProgressReporter(narrator, wait.what),
  });
}

/** Returns a function that reports the progress of a wait at intervals. Its argument is the elapsed time in milliseconds. */
export function createProgressReporter(
  narrator: Narrator | undefined,
  what: string,
): (elapsed: number, progress?: Progress) => void {
  let now = 0;
  const isDue = throttle(REPORT_EVERY, () => now);
  return (elapsed, progress) => {
    now = elapsed;
    if (isDue()) narrator?.emit({ type: "progress", what, elapsed, percent: progress?.percent, text: progress?.text });
  };
}

/**
 * After a create call failed because the name is in use, returns the resource if an earlier attempt of that call created it; undefined
 * if it is not ours. `find` searches for a resource with our key: after a lost response until it must be visible, otherwise once.
 */
export async function findOurs<T>(
  scope: CallScope,
  name: string,
  error: AwsError,
  find: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const found = await find();
  if (found !== undefined || !error.afterLostResponse) return found;
  const began = scope.session.clock.now();
  return waitFor<T | undefined>(scope, {
    what: `${name} to appear`,
    resource: name,
    interval: INTERVALS.quick,
    longest: 2 * NOT_YET_VISIBLE,
    probe: async () => {
      const value = await find();
      const over = scope.session.clock.now() - began >= NOT_YET_VISIBLE;
      return value !== undefined || over ? { state: "done", value } : { state: "waiting" };
    },
  });
}
