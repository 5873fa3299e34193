import picomatch from "picomatch";
import type { BuildTemplate } from "../template.js";
import type { Value } from "../values/value.js";
import type { Build } from "./builds.js";
import type { TemplateReading } from "./reading.js";
import { buildTemplate, displayName } from "./templates.js";

/** As gobwas/glob without separators, which Packer uses: `*` and `?` also match a slash and a leading dot. */
const OPTIONS = { dot: true, noextglob: true, nonegate: true, bash: true, posix: true };

/** Returns a matcher for names with the patterns of Packer's `-only` and `-except` (§7.2): `*`, `?`, `[abc]`, `[!abc]`, `{a,b}`. */
function nameMatcher(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map((pattern) => picomatch.makeRe(pattern.replace(/[()|]/g, "\\$&"), OPTIONS));
  return (name) => patterns.includes(name) || expressions.some((expression) => expression.test(name));
}

/** Applies `-only` and `-except` (Packer §7.2). Warns about patterns that match nothing. */
export function selectBuilds(
  builds: readonly Build[],
  names: ReadonlyMap<string, Value>,
  reading: TemplateReading,
): readonly BuildTemplate[] {
  const { only, except } = reading.inputs;
  const isExcepted = nameMatcher(except);
  const isIncluded = only.length > 0 ? nameMatcher(only) : () => true;
  const all = builds.flatMap((build) => build.uses.map((use) => ({ build, use, name: displayName(build, use) })));
  const postProcessors = builds.flatMap(({ parts }) => parts.pipelines.flat().map(({ name }) => name));
  const buildNames = all.map(({ name }) => name);
  warnUnmatched("only", only, buildNames, reading);
  warnUnmatched("except", except, [...buildNames, ...postProcessors], reading);
  return all
    .filter(({ name }) => isIncluded(name) && !isExcepted(name))
    .map(({ build, use }) => buildTemplate({ reading, build, use, names, excepted: isExcepted }));
}

function warnUnmatched(
  flag: string,
  patterns: readonly string[],
  names: readonly string[],
  reading: TemplateReading,
): void {
  for (const pattern of patterns) {
    if (names.some(nameMatcher([pattern]))) continue;
    reading.diagnostics.push({
      severity: "warning",
      code: "unmatched-selection",
      summary: `Pattern "${pattern}" of "${flag}" matches no build`,
      detail: `Known names: ${[...new Set(names)].join(", ") || "none"}.`,
      hint: 'Use "*" for any characters, for example "amazon-ebs.*".',
    });
  }
}
