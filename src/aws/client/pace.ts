import type { Clock } from "../../core/clock.js";

/** Limits the rate of calls. It slows down when AWS throttles (EC2 API throttling: token buckets per account and Region). */
export interface Pace {
  /** Resolves when the next call may be sent; rejects when the signal is aborted. */
  wait(signal: AbortSignal | undefined): Promise<void>;
  /** Halves the rate after AWS throttled a call. */
  slowDown(): void;
  /** Raises the rate by a tenth after a successful call, up to the full rate. */
  speedUp(): void;
}

/** Returns a token bucket of `burst` calls that refills by `rate` calls per second. */
export function createTokenBucket(clock: Clock, rate: number, burst: number): Pace {
  const slowest = rate / 32;
  let current = rate;
  let tokens = burst;
  let filled = clock.now();
  return {
    async wait(signal) {
      const now = clock.now();
      tokens = Math.min(burst, tokens + ((now - filled) / 1000) * current);
      filled = now;
      tokens -= 1;
      if (tokens < 0) await clock.sleep((-tokens / current) * 1000, signal);
    },
    slowDown() {
      current = Math.max(slowest, current / 2);
      tokens = Math.min(tokens, 0);
    },
    speedUp() {
      current = Math.min(rate, current * 1.1);
    },
  };
}
