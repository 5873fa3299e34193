import { isAbsolute, relative, resolve, sep } from "node:path";
import { type Diagnostic, renderDiagnostic } from "../core/diagnostics.js";
import type { Redactor } from "../core/secrets/redactor.js";
import type { SourceText } from "../core/source.js";
import { concealSources } from "../report/redact.js";
import { workflowCommand } from "../report/workflow-text.js";

/** The runner truncates longer messages, and shows at most ten annotations of each severity per step. */
const LONGEST = 4096;
const MOST = 10;

export interface AnnotationOptions {
  /** Root of the checkout. The paths of annotations are relative to it. */
  readonly workspace: string;
  /** The directory that paths of diagnostics are relative to. */
  readonly workingDirectory: () => string;
  /** The files that have been read, for excerpts. */
  readonly sources: () => readonly SourceText[];
  readonly secrets: Redactor;
}

/**
 * Returns a function that turns a diagnostic into an annotation command at the line of the template. It returns undefined after ten
 * annotations of a severity, because the runner drops further ones; the log prints these as text.
 */
export function annotator(options: AnnotationOptions): (diagnostic: Diagnostic) => string | undefined {
  const counts = { error: 0, warning: 0, notice: 0 };
  return (diagnostic) => {
    counts[diagnostic.severity] += 1;
    if (counts[diagnostic.severity] > MOST) return undefined;
    return workflowCommand(diagnostic.severity, message(diagnostic, options), place(diagnostic, options));
  };
}

function message(diagnostic: Diagnostic, options: AnnotationOptions): string {
  const rendered = renderDiagnostic(diagnostic, concealSources(options.sources(), options.secrets));
  const text = options.secrets.redact(rendered).replace(/^(Error|Warning|Note): /, "");
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function place(
  diagnostic: Diagnostic,
  options: AnnotationOptions,
): Readonly<Record<string, string | number | undefined>> {
  const { range } = diagnostic;
  if (!range) return {};
  const { start, end } = range;
  const file = fromWorkspace(range.file, options);
  const columns =
    start.line === end.line ? { col: start.column, endColumn: Math.max(start.column, end.column - 1) } : {};
  return { file, line: start.line, endLine: end.line, ...columns };
}

/** Returns a path relative to the checkout; undefined outside of it. */
function fromWorkspace(file: string, options: AnnotationOptions): string | undefined {
  const path = relative(options.workspace, resolve(options.workingDirectory(), file));
  if (path === "" || path.startsWith("..") || isAbsolute(path)) return undefined;
  return options.secrets.redact(path.split(sep).join("/"));
}
