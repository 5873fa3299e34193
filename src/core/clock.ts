import { Cancelled } from "./errors.js";

/** The time. Passed in, so that tests can control it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason (or `Cancelled`) at once when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The system clock. */
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

/** Returns why a signal was aborted, always as an Error. */
export function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error && signal.reason.name !== "AbortError" ? signal.reason : new Cancelled();
}

/** Throws the signal's reason when it is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}

/** Returns the result of `work`; rejects with the signal's reason as soon as it is aborted. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortReason(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/**
 * Limits how often progress is reported. The returned function is true when at least `interval` milliseconds have passed since it was
 * last true, or since the call of `throttle`.
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

/** Returns a signal that is aborted with `signal`, or with `onTimeout()` after `ms`. Call `done` when the work has ended. */
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
