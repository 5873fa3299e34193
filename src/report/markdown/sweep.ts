import type { RemainingReport } from "../report.js";
import { code, table } from "./escape.js";
import { remainingTable } from "./sections.js";

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
