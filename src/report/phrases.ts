import type { ChangeKind, PackageDifference, PackageReport } from "../core/packages.js";

/** The order in which counts are listed. */
const KINDS: readonly ChangeKind[] = ["added", "removed", "upgraded", "downgraded"];

/** `3 added, 1 removed, 17 upgraded (5 security-relevant)`; counts that are 0 are left out. */
export function changeCounts({ counts, security }: PackageDifference): string {
  const counted = KINDS.filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${kind}`);
  if (counted.length === 0) return "nothing changed";
  return `${counted.join(", ")}${security > 0 ? ` (${security} security-relevant)` : ""}`;
}

/** One line on the packages of an image, as plain text. */
export function packageLine({ count, distribution, since, difference }: PackageReport): string {
  const what = `${count} on ${distribution}`;
  if (since === undefined) return what;
  return difference
    ? `${what}; since ${since}: ${changeCounts(difference)}`
    : `${what}; the previous image (${since}) has no package list`;
}

/** One line on how a build connects to its instance: `Session Manager, because …`. */
export function accessLine({ way, why }: { readonly way: string; readonly why: string }): string {
  return `${way}, because ${why}`;
}

/** A version of a pointer before it was moved; `at` in milliseconds since the epoch. */
export interface EarlierVersion {
  readonly version: number;
  readonly written?: { readonly at: number; readonly by: string; readonly what: string } | undefined;
}

/** The caller of an ARN without account and kind: `night/jane` for `arn:aws:sts::…:assumed-role/night/jane`; other text is unchanged. */
export function shortCaller(arn: string): string {
  return arn.replace(/^arn:[^/]*\//, "");
}

/** A version with its date and author: `version 2 of 2026-11-20 22:13 UTC, promote by run 76 of acme/images (night/jane)`. */
function earlierText({ version, written }: EarlierVersion): string {
  return `version ${version}${written ? ` of ${writtenText(written)}` : ""}`;
}

/** When a version was written, by what and whom: `2026-11-20 22:13 UTC, promote by run 76 of acme/images (night/jane)`. */
export function writtenText({ at, what, by }: NonNullable<EarlierVersion["written"]>): string {
  const time = new Date(at).toISOString().slice(0, 16).replace("T", " ");
  return `${time} UTC${what === "" ? "" : `, ${what}`}${by === "" ? "" : ` (${shortCaller(by)})`}`;
}

/** The result for one pointer: the image that it names now and the previous one, if any. */
export interface MovedPointer {
  readonly imageId: string;
  readonly previous: string | undefined;
  /** The version that named the previous image. */
  readonly before?: EarlierVersion | undefined;
  /** The version that names it now. */
  readonly version: number;
  /** False if it named the image already. */
  readonly moved: boolean;
}

/** One line on a move: `ami-1 → ami-2 (version 3)`, with the previous version if it is known. */
export function moveText({ imageId, previous, before, version, moved }: MovedPointer): string {
  if (!moved) return `already set to ${imageId} (version ${version})`;
  const was = before ? `; previously ${earlierText(before)}` : "";
  return `${previous ?? "nothing"} → ${imageId} (version ${version}${was})`;
}

/** One line on an image that a rollback passes over. */
export function skippedText({ imageId, name }: { readonly imageId: string; readonly name: string }): string {
  return `skipped ${imageId} (${name}): its tests failed`;
}

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
];

/** An age in its largest unit, for tables: `12 d`, `5 h`, `0 min`. */
export function shortAge(ms: number): string {
  const [unit, size] = UNITS.find(([, length]) => ms >= length) ?? ["min", 60_000];
  return `${Math.floor(ms / size)} ${unit}`;
}

const DAY = 86_400_000;

/** The age of something for people: `3 days old`, `5 hours old`; undefined if the date cannot be parsed. */
export function ageOf(createdAt: string, now: number): string | undefined {
  const created = Date.parse(createdAt);
  if (Number.isNaN(created)) return undefined;
  const ms = Math.max(0, now - created);
  if (ms >= 2 * DAY) return `${Math.floor(ms / DAY)} days old`;
  const hours = Math.floor(ms / 3_600_000);
  if (hours === 0) return "less than an hour old";
  return hours === 1 ? "1 hour old" : `${hours} hours old`;
}

/** A duration for reports, in milliseconds: `4 m 58 s`, `1 h 2 m`, `8.2 s` below ten seconds, `350 ms` below one. */
export function shortDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9950) return `${Number((ms / 1000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return units([Math.floor(seconds / 60), "m"], [seconds % 60, "s"]);
  const minutes = Math.round(seconds / 60);
  return units([Math.floor(minutes / 60), "h"], [minutes % 60, "m"]);
}

/** The parts of a duration that are not 0. */
function units(...parts: readonly (readonly [number, string])[]): string {
  return parts.flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : [])).join(" ");
}
