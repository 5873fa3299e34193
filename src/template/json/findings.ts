import type { Diagnostic } from "../../core/diagnostics.js";
import type { Range } from "../../core/source.js";

/** Collects what is wrong with a template; all of it is reported. */
export interface TemplateFindings {
  readonly diagnostics: Diagnostic[];
  error(code: string, summary: string, range: Range | undefined, more?: More): void;
  warning(code: string, summary: string, range: Range | undefined, more?: More): void;
}

type More = Pick<Diagnostic, "hint" | "detail" | "related">;

/** An empty collection. */
export function newFindings(): TemplateFindings {
  const diagnostics: Diagnostic[] = [];
  const add =
    (severity: Diagnostic["severity"]) => (code: string, summary: string, range: Range | undefined, more?: More) => {
      diagnostics.push({ severity, code, summary, range, ...more });
    };
  return { diagnostics, error: add("error"), warning: add("warning") };
}
