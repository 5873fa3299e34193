import { shortAge } from "../short-age.js";
import { imageUrl } from "./console-links.js";
import { code, link, prose, table } from "./escape.js";

/** An image that was looked at; `age` in milliseconds. */
export interface RetentionSummaryRow {
  readonly region: string;
  readonly imageId: string;
  readonly name: string;
  readonly age: number;
  readonly what: string;
  readonly why: string;
}

/** Rows of the table; the outputs hold all. */
const MOST_ROWS = 500;

/** The summary of a prune: which images stay and which went, and why. */
export function retentionSummary(text: string, rows: readonly RetentionSummaryRow[]): string {
  const lines = rows
    .slice(0, MOST_ROWS)
    .map(({ region, imageId, name, age, what, why }) => [
      code(region),
      link(code(imageId), imageUrl(region, imageId)),
      code(name),
      shortAge(age),
      what === "stays" ? what : `**${what}**`,
      prose(why),
    ]);
  const shown = lines.length > 0 ? ["", table(["Region", "AMI", "Name", "Age", "", "Why"], lines)] : [];
  const rest = rows.length > MOST_ROWS ? ["", `… and ${rows.length - MOST_ROWS} more.`] : [];
  return ["## Older images", "", `${prose(text)}.`, ...shown, ...rest].join("\n");
}
