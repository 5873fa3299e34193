/**
 * The order of RPM's `EPOCH:VERSION-RELEASE` (rpm-version(7)): epochs as numbers (none is 0), then versions, then releases; negative
 * where `a` is older. As everywhere in RPM, a missing release is older than any.
 */
export function compareRpm(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  return (
    compareDigits(left.epoch, right.epoch) ||
    compareSegments(left.version, right.version) ||
    compareSegments(left.release, right.release)
  );
}

/** The tag of a distribution in a release: `el9_4` of `100.el9_4.2`, `amzn2023`, `fc40`, and all of `module+el8.9.0+1+ab`. */
const DISTRIBUTION = /\.(?:module[+_]\S*$|(?:el|fc|amzn)\d+(?:_\d+)?)/;

/** A version as a changelog may write it, without the distribution's tag in its release: `2.34-100.2` of `2.34-100.el9_4.2`. */
export function withoutDistribution(version: string): string {
  const dash = version.lastIndexOf("-");
  return dash < 0 ? version : version.slice(0, dash) + version.slice(dash).replace(DISTRIBUTION, "");
}

function partsOf(text: string): { readonly epoch: string; readonly version: string; readonly release: string } {
  const [, epoch = "", rest = text] = /^(\d*):([\s\S]*)$/.exec(text) ?? [];
  const dash = rest.lastIndexOf("-");
  return dash < 0
    ? { epoch, version: rest, release: "" }
    : { epoch, version: rest.slice(0, dash), release: rest.slice(dash + 1) };
}

/**
 * Segments of digits and of letters in turn, whatever stands between them only parting them. `~` is before everything, the end
 * included; `^` after the end and before everything else. A segment of digits is newer than one of letters.
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

/** `~`, the end, `^`, letters, digits. */
function rank(segment: string | undefined): number {
  if (segment === undefined) return 1;
  if (segment === "~") return 0;
  if (segment === "^") return 2;
  return /^\d/.test(segment) ? 4 : 3;
}

function compareDigits(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  return left.length - right.length || (left < right ? -1 : Number(left > right));
}
