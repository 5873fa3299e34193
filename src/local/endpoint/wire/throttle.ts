/** Token buckets: `rate` calls a second, `burst` at once. */
export interface ThrottleRule {
  /** Whether each service has a bucket of its own in each region, as in EC2; otherwise one bucket is for all calls. */
  readonly perRegion?: boolean | undefined;
  readonly rate: number;
  readonly burst: number;
}

/** Decides which calls are too many. */
export interface Throttle {
  /** Sets the rule, with a full bucket; `null` lets everything pass. */
  readonly set: (rule: ThrottleRule | null) => void;
  /** Whether a call of a service in a region may pass now. */
  readonly pass: (service: string, region: string) => boolean;
}

/** @param now milliseconds, ever increasing. */
export function tokenBuckets(now: () => number): Throttle {
  let rule: ThrottleRule | null = null;
  let buckets = new Map<string, Bucket>();
  return {
    set: (next) => {
      rule = next;
      buckets = new Map();
    },
    pass: (service, region) => {
      if (rule === null) return true;
      const name = rule.perRegion ? `${service} ${region}` : "all";
      const bucket = buckets.get(name) ?? { tokens: rule.burst, at: now() };
      buckets.set(name, bucket);
      const moment = now();
      bucket.tokens = Math.min(rule.burst, bucket.tokens + ((moment - bucket.at) / 1000) * rule.rate);
      bucket.at = moment;
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Reads a rule. Throws a TypeError for an invalid one. */
export function readThrottle(value: unknown): ThrottleRule | null {
  if (value === null) return null;
  if (typeof value === "object" && value !== null && "rate" in value && "burst" in value) {
    const { rate, burst } = value;
    const perRegion = "perRegion" in value && value.perRegion === true;
    if (typeof rate === "number" && typeof burst === "number") return { rate, burst, perRegion };
  }
  throw new TypeError('a throttle is {"rate": calls a second, "burst": calls at once}, or null');
}
