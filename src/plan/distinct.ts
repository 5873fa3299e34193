import type { Diagnostic } from "../core/diagnostics.js";
import { formatPlace } from "../core/source.js";

/** Warnings that are told once for each name, where it first stands. */
const ONCE = new Set(["undeclared-variable", "deprecated-function", "function-outside-variables"]);

/**
 * Each complaint once, in the order of their places: a provisioner is decoded for every build, and says the same of its
 * options each time.
 */
export function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return inOrder(diagnostics).filter(({ severity, code, summary, range }) => {
    const once = severity === "warning" && ONCE.has(code);
    const key = JSON.stringify([severity, code, summary, once || !range ? "" : formatPlace(range)]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** By place within each file, files as they come first; those without a place lead. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const files = [...new Set(diagnostics.map(({ range }) => range?.file))];
  const rank = ({ range }: Diagnostic) => (range ? files.indexOf(range.file) : -1);
  const offset = ({ range }: Diagnostic) => range?.start.offset ?? 0;
  return [...diagnostics].sort((a, b) => rank(a) - rank(b) || offset(a) - offset(b));
}
