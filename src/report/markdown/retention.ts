import type { RetentionReport, RetentionRow } from "../../core/retention.js";
import { shortAge } from "../phrases.js";
import { imageUrl } from "./console-links.js";
import { code, folded, link, prose, table } from "./escape.js";

/** Rows of the table of a prune; the outputs hold all. */
const MOST_ROWS = 500;

/** The summary of a prune: which images stay and which went, and why. */
export function retentionSummary({ text, rows }: RetentionReport): string {
  const shown = rows.length > 0 ? [retentionTable(rows, MOST_ROWS, false)] : [];
  return ["## Older images", `${prose(text)}.`, ...shown].join("\n\n");
}

/** The line on older images in the report of a bake. */
export function retentionLine({ text }: RetentionReport): string {
  return `Older images: ${prose(text)}.`;
}

/**
 * What a bake did with older images, folded, region by region, at most `most` of them: those that went, could not be changed, or
 * stay only because something uses them. Empty where there are none. `rehearsal`: no link leads to AWS.
 */
export function retentionChanges({ rows }: RetentionReport, most: number, rehearsal: boolean): string {
  const shown = rows.filter(({ what, spared }) => spared || what !== "stays");
  if (shown.length === 0) return "";
  const byRegion = shown.toSorted((a, b) => (a.region < b.region ? -1 : Number(a.region > b.region)));
  return folded(
    "Older images that went, or stay only because they are used",
    retentionTable(byRegion, most, rehearsal),
  );
}

function retentionTable(rows: readonly RetentionRow[], most: number, rehearsal: boolean): string {
  const lines = rows
    .slice(0, most)
    .map(({ region, imageId, name, age, what, why }) => [
      code(region),
      link(code(imageId), rehearsal ? undefined : imageUrl(region, imageId)),
      code(name),
      shortAge(age),
      what === "stays" ? what : `**${prose(what)}**`,
      prose(why),
    ]);
  const rest = rows.length > most ? `\n\n… and ${rows.length - most} more.` : "";
  return table(["Region", "AMI", "Name", "Age", "", "Why"], lines) + rest;
}
