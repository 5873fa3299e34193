import type { Diagnostic } from "../../core/diagnostics.js";
import type { Range } from "../../core/source.js";

/** Collects the problems of a template, so that all are reported at once. */
export interface TemplateFindings {
  readonly diagnostics: Diagnostic[];
  error(code: string, summary: string, range: Range | undefined, more?: More): void;
  warning(code: string, summary: string, range: Range | undefined, more?: More): void;
}

type More = Pick<Diagnostic, "hint" | "detail" | "related">;

/** Returns an empty collection. */
export function newFindings(): TemplateFindings {
  const diagnostics: Diagnostic[] = [];
  const add =
    (severity: Diagnostic["severity"]) => (code: string, summary: string, range: Range | undefined, more?: More) => {
      diagnostics.push({ severity, code, summary, range, ...more });
    };
  return { diagnostics, error: add("error"), warning: add("warning") };
}
