/** A token bucket: `rate` calls a second, `burst` at once. */
export interface ThrottleRule {
  readonly rate: number;
  readonly burst: number;
}

/** Decides which calls are too many. */
export interface Throttle {
  /** Sets the rule, with a full bucket; `null` lets everything pass. */
  readonly set: (rule: ThrottleRule | null) => void;
  /** Whether a call may pass now. */
  readonly pass: () => boolean;
}

/** @param now milliseconds, ever increasing. */
export function tokenBucket(now: () => number): Throttle {
  let rule: ThrottleRule | null = null;
  let tokens = 0;
  let at = now();
  return {
    set: (next) => {
      rule = next;
      tokens = next?.burst ?? 0;
      at = now();
    },
    pass: () => {
      if (rule === null) return true;
      const moment = now();
      tokens = Math.min(rule.burst, tokens + ((moment - at) / 1000) * rule.rate);
      at = moment;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}

/** Reads a rule. Throws a TypeError for an invalid one. */
export function readThrottle(value: unknown): ThrottleRule | null {
  if (value === null) return null;
  if (typeof value === "object" && value !== null && "rate" in value && "burst" in value) {
    const { rate, burst } = value;
    if (typeof rate === "number" && typeof burst === "number") return { rate, burst };
  }
  throw new TypeError('a throttle is {"rate": calls a second, "burst": calls at once}, or null');
}
