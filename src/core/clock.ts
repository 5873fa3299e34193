import { Cancelled } from "./errors.js";

/** Time as the engine sees it; passed in, so that tests move it by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason (or `Cancelled`) at once when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of the runner. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(abortReason(signal));
        return;
      }
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal ? abortReason(signal) : new Cancelled());
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
};

/** Why a signal was aborted, always as an Error. */
export function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error && signal.reason.name !== "AbortError" ? signal.reason : new Cancelled();
}

/** Throws the signal's reason when it is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}

/**
 * Limits how often progress is reported: the function returned is true once at least `interval` milliseconds have passed since it was
 * last true, or since it was made.
 */
export function throttle(interval: number, now: () => number): () => boolean {
  let last = now();
  return () => {
    const at = now();
    if (at - last < interval) return false;
    last = at;
    return true;
  };
}

/** A signal that follows `signal` and is aborted with `onTimeout()` after `ms`; call `done` when the work is over. */
export function signalWithTimeout(
  signal: AbortSignal,
  ms: number,
  clock: Clock,
  onTimeout: () => Error,
): { readonly signal: AbortSignal; readonly done: () => void } {
  const timeout = new AbortController();
  const over = new AbortController();
  clock.sleep(ms, over.signal).then(
    () => timeout.abort(onTimeout()),
    () => undefined,
  );
  return { signal: AbortSignal.any([signal, timeout.signal]), done: () => over.abort() };
}
