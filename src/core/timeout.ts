import type { Clock } from "./clock.js";

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
