import { refusal } from "./errors.js";
import { integer, type Params, text } from "./query.js";

/** One page of the rows of a call. */
export interface Page<T> {
  readonly rows: readonly T[];
  /** Token of the next page; undefined on the last. */
  readonly nextToken: string | undefined;
}

/** A Describe call's limits on the length of a page. */
export interface PageRule {
  readonly least: number;
  readonly most: number;
  /** Code of the error for an invalid token. */
  readonly badToken: string;
  /** Length of a page where the call names none; all rows if undefined. */
  readonly usual: number | undefined;
}

/** The limits of most Describe calls of EC2. */
export const EC2_PAGES: PageRule = { least: 5, most: 1000, badToken: "InvalidNextToken", usual: undefined };

/**
 * Returns the page that a call requests. Throws the service's errors for a size out of range, for a foreign token, and in EC2 for
 * a size together with a list of ids.
 */
export function page<T>(params: Params, rows: readonly T[], rule: PageRule, ids: readonly string[] = []): Page<T> {
  const size = integer(params, "MaxResults") ?? rule.usual;
  const token = text(params, "NextToken");
  if (integer(params, "MaxResults") !== undefined && ids.length > 0) {
    throw refusal(
      "InvalidParameterCombination",
      "The parameter maxResults cannot be used with a list of ids in the same request",
    );
  }
  if (size !== undefined && (size < rule.least || size > rule.most)) {
    throw refusal(
      rule === EC2_PAGES ? "InvalidParameterValue" : "ValidationException",
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value between ${rule.least} and ${rule.most}.`,
    );
  }
  const start = token === undefined || token === "" ? 0 : startOf(token, rule);
  const end = start + (size ?? rows.length);
  return { rows: rows.slice(start, end), nextToken: end < rows.length ? tokenFor(end) : undefined };
}

function tokenFor(start: number): string {
  return Buffer.from(`from ${start}`).toString("base64url");
}

function startOf(token: string, rule: PageRule): number {
  const found = /^from (\d+)$/.exec(Buffer.from(token, "base64url").toString("latin1"));
  if (found?.[1] === undefined) throw refusal(rule.badToken, "The specified pagination token is not valid.");
  return Number(found[1]);
}
