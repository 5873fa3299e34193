import type { ChangeKind, PackageDifference, PackageReport } from "../core/packages.js";

/** The order in which counts are told. */
const KINDS: readonly ChangeKind[] = ["added", "removed", "upgraded", "downgraded"];

/** `3 added, 1 removed, 17 upgraded (5 security-relevant)`; counts that are 0 are left out. */
export function changeCounts({ counts, security }: PackageDifference): string {
  const told = KINDS.filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${kind}`);
  if (told.length === 0) return "nothing changed";
  return `${told.join(", ")}${security > 0 ? ` (${security} security-relevant)` : ""}`;
}

/** One line on the packages of an image, as plain text. */
export function packageLine({ count, distribution, since, difference }: PackageReport): string {
  const what = `${count} on ${distribution}`;
  if (since === undefined) return what;
  return difference
    ? `${what}; since ${since}: ${changeCounts(difference)}`
    : `${what}; no list of the image before (${since}) is kept`;
}
