import { isSpecificName } from "../../core/artifact.js";
import { type Parsed, parseCount } from "../../core/request-values.js";
import type { RequestedRetention } from "../../core/retention.js";
import type { ReadValues } from "./read.js";

/** The decoded entries of image retention. */
export interface RetentionValues {
  readonly keep: number | undefined;
  readonly keepDays: number | undefined;
  readonly disableFirst: number | undefined;
  readonly keepNames: readonly string[];
}

/**
 * Returns which older images are kept; undefined if neither a number nor an age is set. Reports entries that have no effect without
 * these as errors.
 */
export function requestedRetention(read: ReadValues<RetentionValues>): RequestedRetention | undefined {
  const { keep, keepDays, disableFirst, keepNames: names } = read.values;
  if (read.isGiven("keep") || read.isGiven("keepDays")) return { keep, keepDays, disableFirst, names };
  const [byCount, byAge] = [read.quotedName("keep"), read.quotedName("keepDays")];
  for (const key of ["disableFirst", "keepNames"] as const) {
    if (!read.isGiven(key)) continue;
    read.complain(key, `has no effect without ${byCount} or ${byAge}`, `Set ${byCount}, ${byAge} or both.`);
  }
  return undefined;
}

/** Parses a whole number of days, with or without the unit: `30` or `30d`. */
export function parseDays(text: string): Parsed<number> {
  return parseCount(text.replace(/d$/, ""), 1);
}

/** Parses a name pattern. It must have three literal letters or digits, because `*` alone matches unrelated images. */
export function parsePattern(text: string): Parsed<string> {
  if (isSpecificName(text)) return { value: text };
  return {
    complaint: `must have at least three letters or digits, not "${text}"`,
    hint: 'Use a longer part of the name, with * for the part that changes, such as "web-*".',
  };
}
