import type { Clock } from "../../core/clock.js";

/** Keeps calls within a rate, and slows down when AWS says so (EC2 API throttling: token buckets per account and region). */
export interface Pace {
  /** Resolves when a call may go out; rejects when the signal is aborted. */
  turn(signal: AbortSignal | undefined): Promise<void>;
  /** AWS refused a call for its rate: half speed from here on. */
  slower(): void;
  /** A call went well: a tenth faster, up to the full rate. */
  faster(): void;
}

/** A token bucket of `burst` calls that refills by `rate` calls a second. */
export function tokenBucket(clock: Clock, rate: number, burst: number): Pace {
  const slowest = rate / 32;
  let current = rate;
  let tokens = burst;
  let filled = clock.now();
  return {
    async turn(signal) {
      const now = clock.now();
      tokens = Math.min(burst, tokens + ((now - filled) / 1000) * current);
      filled = now;
      tokens -= 1;
      if (tokens < 0) await clock.sleep((-tokens / current) * 1000, signal);
    },
    slower() {
      current = Math.max(slowest, current / 2);
      tokens = Math.min(tokens, 0);
    },
    faster() {
      current = Math.min(rate, current * 1.1);
    },
  };
}
