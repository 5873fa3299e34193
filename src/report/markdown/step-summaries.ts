import { type Diagnostic, renderDiagnostic } from "../../core/diagnostics.js";
import type { SourceText } from "../../core/source.js";
import { earlierText, type MovedPointer } from "../phrases.js";
import type { RemainingReport } from "../report.js";
import { imageUrl, parameterUrl } from "./console-links.js";
import { code, fenced, link, prose, table } from "./escape.js";
import { remainingTable } from "./sections.js";

/** The summary of a step that did not do its work: why, each reason with an excerpt of `sources` where it has a place. */
export function failedSummary(errors: readonly Diagnostic[], sources: readonly SourceText[] = []): string {
  return ["## Failed", ...errors.map((error) => fenced(renderDiagnostic(error, sources)))].join("\n\n");
}

/** The summary of a step whose inputs are wrong: all complaints, each with what to write instead. */
export function wrongInputsSummary(complaints: readonly Diagnostic[]): string {
  const lines = complaints.map(({ summary, hint }) => `- ${prose(summary)}${hint ? ` ${prose(hint)}` : ""}`);
  return ["## Nothing was done: inputs are wrong", "", ...lines].join("\n");
}

/** What post adds to the summary: how much it released, and what is still there. */
export function releaseSummary(released: number, remaining: readonly RemainingReport[]): string {
  const done = released === 1 ? "1 resource was released" : `${released} resources were released`;
  const lines = released > 0 ? [`${done} after the bake was ended.`] : [];
  const still = remainingTable(remaining, false);
  return [...lines, ...(still === "" ? [] : [still])].join("\n\n");
}

/** Rows of the table; the outputs hold all. */
const MOST_ROWS = 500;

/** The summary of a sweep: what was removed (with a dry run, what would be), and what is still there. */
export function sweepSummary(
  removed: readonly { readonly kind: string; readonly id: string; readonly region: string }[],
  left: readonly RemainingReport[],
  dryRun: boolean,
): string {
  const did = dryRun ? "would be removed" : "were removed";
  const rows = removed.slice(0, MOST_ROWS).map(({ kind, id, region }) => [kind, code(id), code(region)]);
  const shown = rows.length > 0 ? ["", table(["Kind", "Id", "Region"], rows)] : [];
  const rest = removed.length > MOST_ROWS ? ["", `… and ${removed.length - MOST_ROWS} more.`] : [];
  const remaining = left.length > 0 ? ["", remainingTable(left, false)] : [];
  return ["## Sweep", "", `${removed.length} resources of lost bakes ${did}.`, ...shown, ...rest, ...remaining].join(
    "\n",
  );
}

/** A pointer of a region and the image that it names now. */
export interface PromotionRow extends MovedPointer {
  readonly region: string;
  /** Name of the parameter, `name:label`, or of the launch template. */
  readonly pointer: string;
}

/** The summary of a promotion or a rollback: what names which image now, and which before, of when and by whom. */
export function promotionSummary(
  what: "Promoted" | "Rolled back",
  parameter: string,
  rows: readonly PromotionRow[],
): string {
  const isParameter = (row: PromotionRow) => row.pointer.startsWith("/");
  const lines = [...rows]
    .sort((a, b) => (a.region < b.region ? -1 : a.region > b.region ? 1 : 0))
    .map((row) => [
      code(row.region),
      isParameter(row) ? link(code(row.pointer), parameterUrl(row.region, parameter)) : code(row.pointer),
      row.moved
        ? row.previous
          ? link(code(row.previous), imageUrl(row.region, row.previous))
          : "nothing"
        : "the same",
      link(code(row.imageId), imageUrl(row.region, row.imageId)),
      String(row.version),
      row.before ? prose(earlierText(row.before)) : "",
    ]);
  return [
    `## ${what} ${prose(parameter)}`,
    "",
    table(["Region", "Pointer", "Before", "AMI now", "Version", "The version before"], lines),
  ].join("\n");
}

/** The summary of a matrix: its jobs, each with its template and, where there is a job for each build, the build. */
export function matrixSummary(
  jobs: readonly { readonly name: string; readonly template: string; readonly only: string }[],
): string {
  const rows = jobs.map(({ name, template, only }) => [code(name), code(template), only === "" ? "all" : code(only)]);
  return ["## Matrix", "", table(["Job", "Template", "Builds"], rows)].join("\n");
}
