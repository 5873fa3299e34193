import type { PackageChange, PackageReport } from "../../core/packages.js";
import { changeCounts } from "../phrases.js";
import { code, folded, prose, table } from "./escape.js";

/** More rows than this are folded. */
const OPEN_ROWS = 10;

/** How many packages the image has, and how many changed. */
export function packageCounts({ count, distribution, since, difference }: PackageReport): string {
  const what = `Packages: ${count} on ${prose(distribution)}`;
  if (since === undefined) return what;
  return difference
    ? `${what}; since ${code(since)}: ${changeCounts(difference)}`
    : `${what}; no list of the image before (${code(since)}) is kept`;
}

/** The changes one by one, at most `most`, security-relevant ones first; empty where there are none. */
export function packageChanges({ difference }: PackageReport, most: number): string {
  if (!difference || difference.changes.length === 0) return "";
  const { changes, counts } = difference;
  const all = counts.added + counts.removed + counts.upgraded + counts.downgraded;
  const shown = changes.slice(0, most);
  const rows = shown.map((change) => [
    code(change.name),
    change.kind,
    change.from === undefined ? "" : code(change.from),
    change.to === undefined ? "" : code(change.to),
    security(change),
  ]);
  const listed = table(["Package", "Change", "From", "To", "Security"], rows);
  const rest = all > shown.length ? `\n\n… and ${all - shown.length} more.` : "";
  if (all <= OPEN_ROWS) return listed + rest;
  return folded(`Changed packages: ${changeCounts(difference)}`, listed + rest);
}

function security({ security: how }: PackageChange): string {
  if (how === undefined) return "";
  return how === "update" ? "**security update**" : "sensitive";
}
