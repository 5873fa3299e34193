import { type Clock, throwIfAborted } from "./clock.js";

/** What a probe saw: `done` ends the wait with a value, `waiting` goes on, `failed` ends it with an error. */
export type ProbeResult<T> =
  | { readonly state: "done"; readonly value: T }
  | { readonly state: "waiting"; readonly progress?: Progress | undefined }
  | { readonly state: "failed"; readonly error: Error };

/**
 * When a wait asks, in milliseconds. Before the first probe: nothing, or `head` where what is waited for was begun a moment ago and
 * cannot be done yet. Then `first`, by half more each time up to `max`.
 */
export interface Interval {
  readonly head?: number | undefined;
  readonly first: number;
  readonly max: number;
}

/** How far a wait is; `percent` 0 to 100 where the cloud reports it. */
export interface Progress {
  readonly text?: string | undefined;
  readonly percent?: number | undefined;
}

export interface PollOptions<T> {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Asked as `interval` says. What it throws ends the wait. */
  probe(): Promise<ProbeResult<T>>;
  readonly interval: Interval;
  /** Milliseconds from now after which `onDeadline` decides; undefined waits for ever. */
  readonly deadline?: number | undefined;
  /** The error to throw past the deadline. */
  onDeadline(elapsed: number): Error;
  /** Called after each probe that was `waiting`, with the milliseconds since the start. */
  readonly onProgress?: ((elapsed: number, progress: Progress | undefined) => void) | undefined;
  /** In [0, 1): spreads the probes of parallel waits; undefined means no jitter. */
  readonly random?: (() => number) | undefined;
}

/**
 * The one waiter of the system: probe, verdict, adaptive interval, deadline, abort, progress.
 * Throws what the probe throws, the verdict's error, `onDeadline`'s error, or the abort reason.
 */
export async function poll<T>(options: PollOptions<T>): Promise<T> {
  const { clock, interval } = options;
  const began = clock.now();
  let wait = interval.first;
  if (interval.head !== undefined) await clock.sleep(interval.head, options.signal);
  for (;;) {
    throwIfAborted(options.signal);
    const verdict = await options.probe();
    if (verdict.state === "done") return verdict.value;
    if (verdict.state === "failed") throw verdict.error;
    const elapsed = clock.now() - began;
    if (options.deadline !== undefined && elapsed >= options.deadline) throw options.onDeadline(elapsed);
    options.onProgress?.(elapsed, verdict.progress);
    const spread = options.random ? 0.8 + 0.4 * options.random() : 1;
    const left = options.deadline === undefined ? Number.POSITIVE_INFINITY : options.deadline - elapsed;
    await clock.sleep(Math.min(wait * spread, left), options.signal);
    wait = Math.min(wait * 1.5, interval.max);
  }
}
