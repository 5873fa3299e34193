import picomatch from "picomatch";

/** As gobwas/glob without separators, which Packer uses: `*` and `?` match everything, a slash and a leading dot too. */
const OPTIONS = { dot: true, noextglob: true, nonegate: true, bash: true, posix: true };

/** Matches names as Packer's `-only` and `-except` do (§7.2): `*`, `?`, `[abc]`, `[!abc]`, `{a,b}`. */
export function nameMatcher(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map((pattern) => picomatch.makeRe(pattern.replace(/[()|]/g, "\\$&"), OPTIONS));
  return (name) => patterns.includes(name) || expressions.some((expression) => expression.test(name));
}
