/** Which images of a series stay whatever their use. At least one of `keep` and `keepDays` is given. */
export interface RetentionPolicy {
  /** The newest so many releases stay. */
  readonly keep: number | undefined;
  /** Those that are younger than so many days stay. */
  readonly keepDays: number | undefined;
  /** Images are disabled first, and removed when they were disabled for so long, in milliseconds; undefined removes at once. */
  readonly disableFirst: number | undefined;
}

/** Retention as a front end asks for it: what is kept, and of which images. */
export interface RequestedRetention extends RetentionPolicy {
  /** Patterns of image names with `*`; none means the names that the images' own template gives. */
  readonly names: readonly string[];
}

/** What became of one image, for tables and outputs; `age` in milliseconds. */
export interface RetentionRow {
  readonly region: string;
  readonly imageId: string;
  readonly name: string;
  readonly age: number;
  readonly what: "stays" | "would be disabled" | "would be removed" | "disabled" | "removed" | "could not be changed";
  readonly why: string;
  /** Whether it stays although it is old enough to go: it is used, shared or protected. */
  readonly spared: boolean;
}

/** What retention came to: one line, and every image of the series that was checked. */
export interface RetentionReport {
  readonly text: string;
  readonly rows: readonly RetentionRow[];
}

/** A policy in words: `the newest 5, and those younger than 30 days`. */
export function policyText({ keep, keepDays }: RetentionPolicy): string {
  const newest = keep === undefined ? [] : [`the newest ${keep}`];
  const young = keepDays === undefined ? [] : [`those younger than ${keepDays} days`];
  return [...newest, ...young].join(", and ");
}
