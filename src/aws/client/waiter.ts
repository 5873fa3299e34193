import { BakeError } from "../../core/errors.js";
import type { Narrator } from "../../core/events.js";
import { type Interval, type Progress, poll, type Verdict } from "../../core/poll.js";
import { formatDuration } from "../../core/text.js";
import { failedAs } from "./errors.js";
import type { CallScope } from "./scope.js";
import { NOT_YET_VISIBLE } from "./waits.js";

/** One wait for a resource. Times in milliseconds. */
export interface Wait<T> {
  /** What is waited for, e.g. `instance i-0abc to run`. */
  readonly what: string;
  readonly resource: string;
  readonly interval: Interval;
  /** The wait's own longest time; `aws_polling` may lengthen it. */
  readonly longest: number;
  /** Asks once. A "not found" it throws is waited out for two minutes after the wait began (EC2 eventual consistency). */
  probe(): Promise<Verdict<T>>;
  /** Hint of the error past the deadline. */
  readonly hint?: string | undefined;
}

/** Progress is told at most this often, in milliseconds. */
const TELL_EVERY = 10_000;

/** Waits for a resource through the one poller; tells progress, fails fast on what cannot get better. */
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
        hint: wait.hint ?? "Raise aws_polling (max_attempts and delay_seconds) if it only needs more time.",
      }),
    onProgress: progressTeller(narrator, wait.what),
  });
}

/** Tells of a wait now and then; given the milliseconds since its start. */
export function progressTeller(
  narrator: Narrator | undefined,
  what: string,
): (elapsed: number, progress?: Progress) => void {
  let told = 0;
  return (elapsed, progress) => {
    if (elapsed - told < TELL_EVERY) return;
    told = elapsed;
    narrator?.emit({
      type: "progress",
      what,
      elapsed,
      percent: progress?.percent === undefined ? undefined : progress.percent,
      text: progress?.text === undefined ? undefined : progress.text,
    });
  };
}
