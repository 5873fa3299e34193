import { type Ownership, TAG, tagValue } from "./ownership.js";

const MINUTE = 60_000;

/**
 * How long a live run holds an unfinished image after its last renewal, in milliseconds. Two renewals may fail, for example because calls
 * are throttled or credentials are being renewed, before another run resumes the image. After a lost runner a rerun waits for it at most
 * this time.
 */
export const LEASE = 30 * MINUTE;

/** Interval of renewals in milliseconds: one call in each Region with an unfinished image, far below every rate limit. */
export const RENEW_EVERY = 10 * MINUTE;

/** Allowed difference between the times of two responses of AWS, in milliseconds. */
const CLOCK_SKEW = 5 * MINUTE;

/** The tags of an image. */
type Tags = Readonly<Record<string, string>>;

/** Returns the value of `TAG.lease` for a renewal at `now`, milliseconds since the epoch. */
export function leaseUntil(now: number): string {
  return new Date(now + LEASE).toISOString();
}

/**
 * Returns when the lease of an image ends, in milliseconds since the epoch; undefined if it has none or it has ended. `now` is the time of
 * AWS. No run writes a lease that lasts longer than `LEASE`, so such a value is ignored.
 */
export function leaseEnd(tags: Tags, now: number): number | undefined {
  const end = Date.parse(tags[TAG.lease] ?? "");
  return end > now && end <= now + LEASE + CLOCK_SKEW ? end : undefined;
}

/**
 * Returns whether another live run holds an image. An earlier attempt of the same run does not: GitHub starts an attempt only after the
 * end of the one before.
 */
export function isHeld(tags: Tags, { runId, attempt }: Pick<Ownership, "runId" | "attempt">, now: number): boolean {
  if (leaseEnd(tags, now) === undefined) return false;
  return tags[TAG.run] !== tagValue(runId) || Number(tags[TAG.attempt]) >= Number(attempt);
}

/** Returns the run that made an image or resumed it last, for messages: `run 4711`. */
export function runText(tags: Tags): string {
  const run = tags[TAG.run];
  return run === undefined ? "an earlier run" : `run ${run}`;
}
