import picomatch from "picomatch";

/** Matches names as Packer's `-only` and `-except` do: `*`, `?`, `[…]`, `{a,b}`, where `*` crosses everything. */
export function nameMatcher(patterns: readonly string[]): (name: string) => boolean {
  const matchers = patterns.map((pattern) =>
    picomatch.makeRe(globToPicomatch(pattern), { dot: true, noextglob: true, nonegate: true, bash: true }),
  );
  return (name) => matchers.some((matcher, i) => matcher.test(name) || patterns[i] === name);
}

/** gobwas/glob negates a class with `!`, as picomatch does with `!` and `^`; a slash is a character like any other. */
function globToPicomatch(pattern: string): string {
  return pattern;
}
