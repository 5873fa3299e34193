import { throttle } from "../../core/clock.js";
import { BakeError } from "../../core/errors.js";
import type { Narrator } from "../../core/events.js";
import { type Interval, type ProbeResult, type Progress, poll } from "../../core/poll.js";
import type { Environment } from "../../core/surroundings.js";
import { formatDuration } from "../../core/text.js";
import { type AwsError, failedAs } from "./errors.js";
import type { AccessOptions } from "./options.js";
import { NOT_YET_VISIBLE } from "./refusals.js";
import type { CallScope } from "./session.js";

/** Seconds that one attempt stands for where no delay is given: the 15 s that templates with `max_attempts` alone were written for. */
const ASSUMED_DELAY = 15;

/**
 * Longest time of a wait in milliseconds. `aws_polling` beats `AWS_MAX_ATTEMPTS` and `AWS_POLL_DELAY_SECONDS` (Packer's polling
 * configuration): attempts times delay is the whole time. It lengthens a wait and never shortens it, since AWS_MAX_ATTEMPTS is
 * also the SDK's number of retries; how often is asked does not depend on it.
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
 * Probe intervals in milliseconds: close together at first, and never so far apart that what is lost between two probes adds up to
 * more than a hundredth of a bake. At most one call a second and region is far below EC2's request limits.
 */
export const INTERVALS = {
  /** An instance that was asked a moment ago to run, stop or end: none does at once, so that a first probe would be in vain. */
  power: { head: 60, first: 200, max: 1200 },
  /** Things that take seconds: groups, profiles. */
  quick: { first: 300, max: 1200 },
  /** Things that take minutes: images, copies, snapshots. */
  slow: { first: 500, max: 1500 },
  /** An image whose making began a moment ago: the disk is read first. */
  capture: { head: 60, first: 300, max: 1500 },
} as const;

const MINUTE = 60_000;

/** Longest times of waits in milliseconds, before `aws_polling` lengthens them (Packer's defaults, doubled for images). */
export const LONGEST = {
  instance: 10 * MINUTE,
  /** Metal and GPU machines take up to 20 minutes to stop. */
  stop: 25 * MINUTE,
  image: 60 * MINUTE,
  profile: 2 * MINUTE,
} as const;

/** One wait for a resource. Times in milliseconds. */
export interface Wait<T> {
  /** What is waited for, e.g. `instance i-0abc to run`. */
  readonly what: string;
  readonly resource: string;
  readonly interval: Interval;
  /** The wait's own longest time; `aws_polling` may lengthen it. */
  readonly longest: number;
  /** Asks once. A "not found" it throws is waited out for two minutes after the wait began (EC2 eventual consistency). */
  probe(): Promise<ProbeResult<T>>;
}

/** Progress is reported at most this often, in milliseconds. */
const REPORT_EVERY = 10_000;

/** Waits for a resource through the one poller; reports progress, fails at once on what cannot get better. */
export async function waitFor<T>(scope: CallScope, wait: Wait<T>): Promise<T> {
  const { session, signal, narrator } = scope;
  const began = session.clock.now();
  return poll<T>({
    clock: session.clock,
    signal,
    interval: wait.interval,
    deadline: session.longestWait(wait.longest),
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
      new BakeError(`gave up waiting for ${wait.what} after ${formatDuration(elapsed)}`, {
        code: "wait-too-long",
        resource: wait.resource,
        region: scope.region,
        hint: "Raise aws_polling (max_attempts and delay_seconds) if it only needs more time.",
      }),
    onProgress: progressReporter(narrator, wait.what),
  });
}

/** Returns what reports the progress of a wait now and then, given the milliseconds since the wait began. */
export function progressReporter(
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
 * Returns the resource whose name a repeated create call found in use, if its first, unanswered attempt made it; undefined when it is
 * somebody else's. `find` searches for one that has our key: after a lost answer until it must have become visible, otherwise once, as
 * then it cannot be ours.
 */
export async function findOurs<T>(
  scope: CallScope,
  name: string,
  error: AwsError,
  find: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const found = await find();
  if (found !== undefined || !error.afterLostAnswer) return found;
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
