import { isSpecificName } from "./artifact.js";
import { type Parsed, parseAge, parseCount } from "./request-values.js";

/** Which images of a series stay whatever their use. At least one of `keep` and `keepDays` is given. */
export interface RetentionPolicy {
  /** The newest so many releases stay. */
  readonly keep: number | undefined;
  /** Those that are younger than so many days stay. */
  readonly keepDays: number | undefined;
  /** Images are disabled first, and removed when they were disabled for so long, in milliseconds; undefined removes at once. */
  readonly disableFirst: number | undefined;
}

/** Retention as a face asks for it: what is kept, and of which images. */
export interface RequestedRetention extends RetentionPolicy {
  /** Patterns of image names with `*`; none means the names that the images' own template gives. */
  readonly names: readonly string[];
}

/** The texts of the inputs or flags; undefined where one is not given. */
export interface RetentionTexts {
  readonly keep: string | undefined;
  readonly keepDays: string | undefined;
  readonly disableFirst: string | undefined;
  readonly keepNames: readonly string[];
}

/** A complaint about one of the inputs, by the input's name. */
export interface RetentionComplaint {
  readonly input: "keep" | "keep-days" | "disable-first" | "keep-names";
  /** Completes `the input X …`. */
  readonly complaint: string;
  readonly hint?: string | undefined;
}

/** Reads the inputs of retention; `retention` is undefined where nothing asks for it, and where something is wrong. */
export function parseRetention(texts: RetentionTexts): {
  readonly retention: RequestedRetention | undefined;
  readonly complaints: readonly RetentionComplaint[];
} {
  const complaints: RetentionComplaint[] = [];
  const read = <T>(
    input: RetentionComplaint["input"],
    text: string | undefined,
    parse: (text: string) => Parsed<T>,
  ): T | undefined => {
    if (text === undefined || text === "") return undefined;
    const parsed = parse(text);
    if ("value" in parsed) return parsed.value;
    complaints.push({ input, ...parsed });
    return undefined;
  };
  const keep = read("keep", texts.keep, (text) => parseCount(text, 1));
  const keepDays = read("keep-days", texts.keepDays, (text) => parseCount(text.replace(/d$/, ""), 1));
  const disableFirst = read("disable-first", texts.disableFirst, parseAge);
  const names = texts.keepNames.flatMap((text) => read("keep-names", text, parsePattern) ?? []);
  const asked = texts.keep || texts.keepDays;
  for (const [input, given] of [
    ["disable-first", texts.disableFirst],
    ["keep-names", texts.keepNames.join("")],
  ] as const) {
    if (given && !asked) complaints.push({ input, ...WITHOUT_KEEP });
  }
  if (!asked || complaints.length > 0) return { retention: undefined, complaints };
  return { retention: { keep, keepDays, disableFirst, names }, complaints };
}

const WITHOUT_KEEP = {
  complaint: "is given without keep or keep-days, so nothing is removed",
  hint: "Say how many images stay (keep) or for how many days (keep-days).",
};

/** A name pattern must fix three letters or digits, lest it takes in images of all kinds. */
function parsePattern(text: string): Parsed<string> {
  if (isSpecificName(text)) return { value: text };
  return {
    complaint: `takes in images of all kinds: "${text}"`,
    hint: 'Write more of the name, with * for what differs, such as "web-*".',
  };
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

/** What retention came to, as it is told: one line, and every image of the series that were looked at. */
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
