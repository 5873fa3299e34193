import { type Clock, throwIfAborted } from "./clock.js";

/** Result of a probe: `done` ends the wait with a value, `failed` with an error; `waiting` continues it. */
export type ProbeResult<T> =
  | { readonly state: "done"; readonly value: T }
  | { readonly state: "waiting"; readonly progress?: Progress | undefined }
  | { readonly state: "failed"; readonly error: Error };

/**
 * Intervals between probes, in milliseconds: `first`, then 1.5 times the previous one, up to `max`. `head` is the delay before the
 * first probe, for an operation that has just started; undefined is no delay.
 */
export interface Interval {
  readonly head?: number | undefined;
  readonly first: number;
  readonly max: number;
  /** For waits of hours: the interval grows beyond `max` to a hundredth of the elapsed time, up to this. */
  readonly longest?: number | undefined;
}

/** Progress of a wait; `percent` is 0 to 100, where AWS reports it. */
export interface Progress {
  readonly text?: string | undefined;
  readonly percent?: number | undefined;
}

export interface PollOptions<T> {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Called at each interval. An error that it throws ends the wait. */
  probe(): Promise<ProbeResult<T>>;
  readonly interval: Interval;
  /** Milliseconds after which the wait fails with `onDeadline`'s error; undefined waits without a limit. */
  readonly deadline?: number | undefined;
  /** Returns the error to throw past the deadline. */
  onDeadline(elapsed: number): Error;
  /** Called after each probe that returned `waiting`, with the milliseconds since the start. */
  readonly onProgress?: ((elapsed: number, progress: Progress | undefined) => void) | undefined;
  /** Returns a number in [0, 1) that spreads the probes of parallel waits; undefined means no jitter. */
  readonly random?: (() => number) | undefined;
}

/**
 * Calls `probe` until it returns `done`; returns the value. Throws what the probe throws, the error of a `failed` result,
 * `onDeadline`'s error, or the abort reason.
 */
export async function poll<T>(options: PollOptions<T>): Promise<T> {
  const { clock, interval } = options;
  const began = clock.now();
  let wait = interval.first;
  if (interval.head !== undefined) await clock.sleep(interval.head, options.signal);
  for (;;) {
    throwIfAborted(options.signal);
    const result = await options.probe();
    if (result.state === "done") return result.value;
    if (result.state === "failed") throw result.error;
    const elapsed = clock.now() - began;
    if (options.deadline !== undefined && elapsed >= options.deadline) throw options.onDeadline(elapsed);
    options.onProgress?.(elapsed, result.progress);
    const spread = options.random ? 0.8 + 0.4 * options.random() : 1;
    const left = options.deadline === undefined ? Number.POSITIVE_INFINITY : options.deadline - elapsed;
    await clock.sleep(Math.min(wait * spread, left), options.signal);
    const share = Math.min(elapsed / 100, interval.longest ?? 0);
    wait = Math.min(wait * 1.5, Math.max(interval.max, share));
  }
}
