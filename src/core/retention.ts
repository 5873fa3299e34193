/** Which images of a series are kept regardless of their use. At least one of `keep` and `keepDays` is set. */
export interface RetentionPolicy {
  /** Number of newest releases to keep. */
  readonly keep: number | undefined;
  /** Age in days below which images are kept. */
  readonly keepDays: number | undefined;
  /** Images are disabled first, and removed after this many milliseconds; undefined removes them at once. */
  readonly disableFirst: number | undefined;
}

/** Retention as requested by the user: the policy, and the images it applies to. */
export interface RequestedRetention extends RetentionPolicy {
  /** Patterns of image names with `*`; empty means the name pattern of the images' own template. */
  readonly names: readonly string[];
}

/** Result for one image, for tables and outputs; `age` in milliseconds. */
export interface RetentionRow {
  readonly region: string;
  readonly imageId: string;
  readonly name: string;
  readonly age: number;
  readonly what: "stays" | "would be disabled" | "would be removed" | "disabled" | "removed" | "could not be changed";
  readonly why: string;
  /** Whether an image past its retention is kept, because it is in use, shared or protected. */
  readonly spared: boolean;
}

/** Result of retention: one line of text, and a row per checked image. */
export interface RetentionReport {
  readonly text: string;
  readonly rows: readonly RetentionRow[];
}

/** Returns a policy as text: `the newest 5, and those younger than 30 days`. */
export function policyText({ keep, keepDays }: RetentionPolicy): string {
  const newest = keep === undefined ? [] : [`the newest ${keep}`];
  const young = keepDays === undefined ? [] : [`those younger than ${keepDays} days`];
  return [...newest, ...young].join(", and ");
}
