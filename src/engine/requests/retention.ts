import { isSpecificName } from "../../core/artifact.js";
import { type Parsed, parseCount } from "../../core/request-values.js";
import type { RequestedRetention } from "../../core/retention.js";
import type { ReadValues } from "./read.js";

/** What the entries of retention decode to. */
export interface RetentionValues {
  readonly keep: number | undefined;
  readonly keepDays: number | undefined;
  readonly disableFirst: number | undefined;
  readonly keepNames: readonly string[];
}

/**
 * Which older images stay; undefined where neither a number nor an age is asked for. Complains about entries that have no effect
 * then.
 */
export function requestedRetention(read: ReadValues<RetentionValues>): RequestedRetention | undefined {
  const { keep, keepDays, disableFirst, keepNames: names } = read.values;
  if (read.isGiven("keep") || read.isGiven("keepDays")) return { keep, keepDays, disableFirst, names };
  for (const key of ["disableFirst", "keepNames"] as const) {
    if (read.isGiven(key)) read.complain(key, WITHOUT_KEEP.complaint, WITHOUT_KEEP.hint);
  }
  return undefined;
}

const WITHOUT_KEEP = {
  complaint: "is given without keep or keep-days, so nothing is removed",
  hint: "Say how many images stay (keep) or for how many days (keep-days).",
};

/** A whole number of days, also with the unit: `30` or `30d`. */
export function parseDays(text: string): Parsed<number> {
  return parseCount(text.replace(/d$/, ""), 1);
}

/** A name pattern must fix three letters or digits, or it would include images of all kinds. */
export function parsePattern(text: string): Parsed<string> {
  if (isSpecificName(text)) return { value: text };
  return {
    complaint: `takes in images of all kinds: "${text}"`,
    hint: 'Write more of the name, with * for what differs, such as "web-*".',
  };
}
