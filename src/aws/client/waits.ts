import type { Environment } from "./endpoints.js";
import type { AccessOptions } from "./options.js";

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
  /** An instance that was told a moment ago to run, stop or end: none does at once, so that the first look would be in vain. */
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

/** For so long after a create call "not found" means "not yet visible" (EC2 eventual consistency). */
export const NOT_YET_VISIBLE = 2 * MINUTE;
