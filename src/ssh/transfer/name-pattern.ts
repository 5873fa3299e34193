/** One element of a pattern: `*`, or a test of one character. */
type Element = "any" | ((character: string) => boolean);

/**
 * Returns whether a name matches the last component of a shell pattern (POSIX Shell, Pattern Matching Notation): `*`, `?` and `[…]`, and a
 * leading dot only where the pattern has it. Shells match characters or bytes, by the machine's locale; both are accepted. Takes time
 * proportional to the lengths of name and pattern.
 */
export function matchesPattern(pattern: string, name: Buffer): boolean {
  if (name.length > 255) return false;
  if (name[0] === 0x2e && !pattern.startsWith(".")) return false;
  const bytes = Buffer.from(pattern).toString("latin1");
  return matches(elements(pattern), [...name.toString()]) || matches(elements(bytes), [...name.toString("latin1")]);
}

function matches(pattern: readonly Element[], name: readonly string[]): boolean {
  let at = 0;
  let from = 0;
  // Where the last `*` is, and how much of the name it covers up to.
  let star = -1;
  let covered = 0;
  while (from < name.length) {
    const element = pattern[at];
    if (element === "any") {
      star = at++;
      covered = from;
    } else if (element?.(name[from] ?? "")) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++covered;
    } else return false;
  }
  return pattern.slice(at).every((element) => element === "any");
}

function elements(pattern: string): readonly Element[] {
  return [...pattern.matchAll(/\[([!^]?)(\]?(?:\[[:=.][^\]]*\]|[^\]])*)\]|./gsu)].map(([part, negated, set]) => {
    if (part === "*") return "any";
    if (part === "?") return () => true;
    if (set === undefined) return (character) => character === part;
    return (character) => inSet(set, character) === (negated === "");
  });
}

/** Locales order letters differently: a range that has the letter in either case matches. Classes such as `[:digit:]` match everything. */
function inSet(set: string, character: string): boolean {
  if (/[[][:=.]/.test(set)) return true;
  const cases = [character, character.toLowerCase(), character.toUpperCase()];
  return [...set.matchAll(/(.)-(.)|./gsu)].some(([part, first, last]) => {
    if (first === undefined || last === undefined) return part === character;
    return cases.some((each) => first <= each && each <= last);
  });
}
