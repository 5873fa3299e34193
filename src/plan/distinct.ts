import type { Diagnostic } from "../core/diagnostics.js";
import { formatPlace } from "../core/source.js";

/** Warnings that are told once for each name, wherever it stands. */
const ONCE = new Set(["undeclared-variable", "deprecated-function", "function-outside-variables"]);

/** Each complaint once: a provisioner is decoded for every build, and says the same of its options each time. */
export function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter(({ severity, code, summary, range }) => {
    const once = severity === "warning" && ONCE.has(code);
    const key = JSON.stringify([severity, code, summary, once || !range ? "" : formatPlace(range)]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
