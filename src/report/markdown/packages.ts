import type { PackageChange, PackageReport } from "../../core/packages.js";
import { changeCounts } from "../phrases.js";
import { code, prose } from "./escape.js";
import { idCell, longTable } from "./html.js";

/** The number of packages of the image, and how many changed. */
export function packageCounts({ count, distribution, since, difference }: PackageReport): string {
  const what = `Packages: ${count} on ${prose(distribution)}`;
  if (since === undefined) return what;
  return difference
    ? `${what}; since ${code(since)}: ${changeCounts(difference)}`
    : `${what}; the previous image (${code(since)}) has no package list`;
}

/** The changed packages, at most `most`, security-relevant ones first. Empty without any. */
export function packageChanges({ difference }: PackageReport, most: number): string {
  if (!difference) return "";
  const { changes, counts } = difference;
  const all = counts.added + counts.removed + counts.upgraded + counts.downgraded;
  const rows = changes.map((change) => [
    idCell(change.name),
    change.kind,
    change.from === undefined ? "" : idCell(change.from),
    change.to === undefined ? "" : idCell(change.to),
    security(change),
  ]);
  return longTable(["Package", "Change", "From", "To", "Security"], rows, {
    summary: `Changed packages: ${changeCounts(difference)}`,
    most,
    all,
  });
}

function security({ security: how }: PackageChange): string {
  if (how === undefined) return "";
  return how === "update" ? "<b>security update</b>" : "sensitive";
}
