/** Parts of a Debian version; the revision is empty where there is none. */
interface Parts {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

/**
 * The order of Debian versions (Debian Policy §5.6.12): epochs as numbers, then upstream versions, then revisions; negative where `a`
 * is older. Total over any text: what is no version is compared by the same rules.
 */
export function compareDpkg(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  return (
    compareDigits(left.epoch, right.epoch) ||
    compareText(left.upstream, right.upstream) ||
    compareText(left.revision, right.revision)
  );
}

function partsOf(version: string): Parts {
  const [, epoch = "", rest = version] = /^(\d+):([\s\S]*)$/.exec(version) ?? [];
  const dash = rest.lastIndexOf("-");
  return dash < 0
    ? { epoch, upstream: rest, revision: "" }
    : { epoch, upstream: rest.slice(0, dash), revision: rest.slice(dash + 1) };
}

/** Stretches without digits and stretches of digits in turn, from the left. */
function compareText(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [stretch(a, i, /\D*/y), stretch(b, j, /\D*/y)];
    const words = compareWords(left, right);
    if (words !== 0) return words;
    i += left.length;
    j += right.length;
    const [first, second] = [stretch(a, i, /\d*/y), stretch(b, j, /\d*/y)];
    const digits = compareDigits(first, second);
    if (digits !== 0) return digits;
    i += first.length;
    j += second.length;
  }
  return 0;
}

function stretch(text: string, from: number, pattern: RegExp): string {
  pattern.lastIndex = from;
  return pattern.exec(text)?.[0] ?? "";
}

/** Character by character: `~` before the end, the end before letters, letters before the rest. */
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

/** Numbers of any length, without leading zeros: the longer is the larger. */
function compareDigits(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  return left.length - right.length || (left < right ? -1 : Number(left > right));
}
