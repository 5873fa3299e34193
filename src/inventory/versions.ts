import type { PackageFormat } from "../core/packages.js";

/** Compares versions: negative if `a` is older. */
export type VersionOrder = (a: string, b: string) => number;

/** Parts of a Debian version; the revision is empty if there is none. */
interface DebianParts {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

/**
 * Compares Debian versions (Debian Policy §5.6.12): epochs as numbers, then upstream versions, then revisions. Negative if `a` is older.
 * The order is total: invalid versions are compared by the same rules.
 */
export function compareDpkg(a: string, b: string): number {
  const [left, right] = [debianParts(a), debianParts(b)];
  return (
    compareDigits(left.epoch, right.epoch) ||
    compareDebianText(left.upstream, right.upstream) ||
    compareDebianText(left.revision, right.revision)
  );
}

function debianParts(version: string): DebianParts {
  const [, epoch = "", rest = version] = /^(\d+):([\s\S]*)$/.exec(version) ?? [];
  const dash = rest.lastIndexOf("-");
  return dash < 0
    ? { epoch, upstream: rest, revision: "" }
    : { epoch, upstream: rest.slice(0, dash), revision: rest.slice(dash + 1) };
}

/** Compares alternating runs of non-digits and digits, from the left. */
function compareDebianText(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [matchAt(a, i, /\D*/y), matchAt(b, j, /\D*/y)];
    const words = compareWords(left, right);
    if (words !== 0) return words;
    i += left.length;
    j += right.length;
    const [first, second] = [matchAt(a, i, /\d*/y), matchAt(b, j, /\d*/y)];
    const digits = compareDigits(first, second);
    if (digits !== 0) return digits;
    i += first.length;
    j += second.length;
  }
  return 0;
}

function matchAt(text: string, from: number, pattern: RegExp): string {
  pattern.lastIndex = from;
  return pattern.exec(text)?.[0] ?? "";
}

/** Compares character by character: `~` before the end, the end before letters, letters before other characters. */
function compareWords(a: string, b: string): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = weight(a, i) - weight(b, i);
    if (difference !== 0) return difference;
  }
  return 0;
}

function weight(text: string, index: number): number {
  const char = text[index];
  if (char === undefined) return 0;
  if (char === "~") return -1;
  const code = text.charCodeAt(index);
  return /[A-Za-z]/.test(char) ? code : code + 0x1_0000;
}

/**
 * Compares RPM's `EPOCH:VERSION-RELEASE` (rpm-version(7)): epochs as numbers (0 if missing), then versions, then releases. Negative if
 * `a` is older. As in RPM, a missing release is older than any release.
 */
export function compareRpm(a: string, b: string): number {
  const [left, right] = [rpmParts(a), rpmParts(b)];
  return (
    compareDigits(left.epoch, right.epoch) ||
    compareSegments(left.version, right.version) ||
    compareSegments(left.release, right.release)
  );
}

/** The distribution tag of a release: `el9_4` of `100.el9_4.2`, `amzn2023`, `fc40`, and all of `module+el8.9.0+1+ab`. */
const DISTRIBUTION = /\.(?:module[+_]\S*$|(?:el|fc|amzn)\d+(?:_\d+)?)/;

/** Returns a version without the distribution tag, as changelogs write it: `2.34-100.2` for `2.34-100.el9_4.2`. */
export function withoutDistribution(version: string): string {
  const dash = version.lastIndexOf("-");
  return dash < 0 ? version : version.slice(0, dash) + version.slice(dash).replace(DISTRIBUTION, "");
}

function rpmParts(text: string): { readonly epoch: string; readonly version: string; readonly release: string } {
  const [, epoch = "", rest = text] = /^(\d*):([\s\S]*)$/.exec(text) ?? [];
  const dash = rest.lastIndexOf("-");
  return dash < 0
    ? { epoch, version: rest, release: "" }
    : { epoch, version: rest.slice(0, dash), release: rest.slice(dash + 1) };
}

/**
 * Compares segments of digits and segments of letters; other characters only separate them. `~` is older than everything, including the
 * end. `^` is newer than the end and older than everything else. A segment of digits is newer than one of letters.
 */
function compareSegments(a: string, b: string): number {
  const [left, right] = [segmentsOf(a), segmentsOf(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = compareSegment(left[i], right[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function segmentsOf(text: string): readonly string[] {
  return text.match(/[0-9]+|[A-Za-z]+|~|\^/g) ?? [];
}

function compareSegment(a: string | undefined, b: string | undefined): number {
  const difference = rank(a) - rank(b);
  if (difference !== 0 || a === undefined || b === undefined) return difference;
  if (/^\d/.test(a)) return compareDigits(a, b);
  return a < b ? -1 : Number(a > b);
}

/** Returns the rank in the order `~`, end, `^`, letters, digits. */
function rank(segment: string | undefined): number {
  if (segment === undefined) return 1;
  if (segment === "~") return 0;
  if (segment === "^") return 2;
  return /^\d/.test(segment) ? 4 : 3;
}

/** Compares numbers of any length: without leading zeros the longer one is larger. */
function compareDigits(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  return left.length - right.length || (left < right ? -1 : Number(left > right));
}

/** The comparison of versions of each package format. */
export const VERSION_ORDERS: Readonly<Record<PackageFormat, VersionOrder>> = {
  deb: compareDpkg,
  rpm: compareRpm,
  // Numbers with dots between them, and nothing that all publishers agree on beyond that.
  windows: compareSegments,
};
