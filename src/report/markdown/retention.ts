import type { RetentionReport, RetentionRow } from "../../core/retention.js";
import { shortAge } from "../phrases.js";
import { imageUrl } from "./console-links.js";
import { folded, prose } from "./escape.js";
import { anchor, type Column, cutTable, idCell, longTable } from "./html.js";

/** Rows of the table of a prune; the outputs hold all. */
const MOST_ROWS = 500;

/** The summary of a prune: for each image whether it stays or was removed, and why. */
export function retentionSummary({ text, rows }: RetentionReport): string {
  const failed = rows.some(({ what }) => what === "could not be changed");
  const cells = rows.map((row) => cellsOf(row, false));
  const shown = longTable(COLUMNS, cells, { summary: `${rows.length} images`, most: MOST_ROWS });
  return [`## ${failed ? "❌" : "✅"} Older images`, `${prose(text)}.`, ...(shown === "" ? [] : [shown])].join("\n\n");
}

/** The line on older images in the report of a bake. */
export function retentionLine({ text }: RetentionReport): string {
  return `Older images: ${prose(text)}.`;
}

/**
 * The older images that a bake changed, could not change, or left because they are in use: folded, by Region, at most `most`.
 * Empty without any. `rehearsal`: without links to AWS.
 */
export function retentionChanges({ rows }: RetentionReport, most: number, rehearsal: boolean): string {
  const shown = rows.filter(({ what, spared }) => spared || what !== "stays");
  if (shown.length === 0) return "";
  const byRegion = shown.toSorted((a, b) => (a.region < b.region ? -1 : Number(a.region > b.region)));
  const cells = byRegion.map((row) => cellsOf(row, rehearsal));
  return folded("Older images: changed, or kept because they are in use", cutTable(COLUMNS, cells, { most }));
}

const COLUMNS: readonly Column[] = ["Region", "AMI", "Result", "Age", { title: "Reason", wraps: true }, "Name"];

function cellsOf({ region, imageId, name, age, what, why }: RetentionRow, rehearsal: boolean): readonly string[] {
  return [
    idCell(region),
    anchor(idCell(imageId), rehearsal ? undefined : imageUrl(region, imageId)),
    what === "stays" ? what : `<b>${prose(what)}</b>`,
    shortAge(age),
    prose(why),
    idCell(name),
  ];
}
