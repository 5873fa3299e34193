import { type Clock, unlessAborted } from "../../core/clock.js";

/** A time limit in milliseconds, and the clock that measures it. */
export interface Deadline {
  readonly clock: Clock;
  readonly deadline: number;
}

/**
 * Returns the result of `work`. Rejects with `No response within …` (code `CallDeadline`, a transient failure) at the deadline, and when
 * `signal` is aborted, also if `work` ignores its signal.
 */
export async function withDeadline<T>(
  { clock, deadline }: Deadline,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const tooLate = new AbortController();
  const late = clock
    .sleep(deadline, ended.signal)
    .then(() => tooLate.abort())
    .catch(() => undefined);
  const either = AbortSignal.any(signal ? [signal, tooLate.signal] : [tooLate.signal]);
  try {
    return await unlessAborted(work(either), either);
  } catch (error) {
    if (!tooLate.signal.aborted) throw error;
    throw Object.assign(new Error(`No response within ${Math.round(deadline / 1000)} s`), {
      code: "CallDeadline",
      cause: error,
    });
  } finally {
    ended.abort();
    await late;
  }
}
