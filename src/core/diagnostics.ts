import { formatPlace, type Range, type SourceText } from "./source.js";

/** An `error` stops the run; a `warning` and a `notice` do not. */
export type Severity = "error" | "warning" | "notice";

/**
 * One problem in the user's input. All problems of a run are collected and reported together.
 *
 * `summary` is one sentence without a final period; `detail` adds context; `hint` says how to fix it ("Did you mean …").
 * `code` is a stable kebab-case name such as `unknown-option`, for tests and for search.
 */
export interface Diagnostic {
  readonly severity: Severity;
  readonly code: string;
  readonly summary: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly range?: Range | undefined;
  /** A second place, e.g. of the other definition. */
  readonly related?: { readonly text: string; readonly range: Range } | undefined;
}

/** Returns whether any of the diagnostics is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === "error");
}

/** Longest excerpt of a line, in characters; a template can be one line of a megabyte. */
const EXCERPT_WIDTH = 160;

/**
 * Renders a diagnostic as text without colour: heading, place, the line with a caret below, detail, hint.
 * The line is shown only when `sources` contains the file.
 */
export function renderDiagnostic(diagnostic: Diagnostic, sources: readonly SourceText[]): string {
  const lines = [`${heading(diagnostic.severity)}: ${diagnostic.summary}`];
  if (diagnostic.range) lines.push(...excerpt(diagnostic.range, sources));
  if (diagnostic.detail) lines.push(`  ${diagnostic.detail.replaceAll("\n", "\n  ")}`);
  if (diagnostic.hint) lines.push(`  Hint: ${diagnostic.hint.replaceAll("\n", "\n  ")}`);
  if (diagnostic.related) {
    lines.push(`  ${diagnostic.related.text}:`, ...excerpt(diagnostic.related.range, sources));
  }
  return lines.join("\n");
}

function heading(severity: Severity): string {
  return { error: "Error", warning: "Warning", notice: "Note" }[severity];
}

function excerpt(range: Range, sources: readonly SourceText[]): string[] {
  const place = `  at ${formatPlace(range)}`;
  const source = sources.find((s) => s.file === range.file);
  const line = source?.text.split("\n")[range.start.line - 1];
  if (line === undefined) return [place];
  const clean = line.replace(/\r$/, "").replaceAll("\t", " ");
  const from = Math.max(0, range.start.column - 1 - EXCERPT_WIDTH / 2);
  const shown = printable(clean.slice(from, from + EXCERPT_WIDTH));
  const column = range.start.column - 1 - from;
  const endsHere = range.end.line === range.start.line;
  const width = endsHere ? range.end.column - range.start.column : clean.length - (range.start.column - 1);
  const caret = "^".repeat(Math.max(1, Math.min(width, shown.length - column)));
  const margin = String(range.start.line);
  return [
    place,
    `  ${margin} | ${shown}`,
    `  ${" ".repeat(margin.length)} | ${" ".repeat(Math.max(0, column))}${caret}`,
  ];
}

/** Replaces control characters, which must not reach a terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "\ufffd");
}

/** Returns the closest candidate, or undefined when none is close (Damerau-Levenshtein distance of at most a third of the length). */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const current = distance(word.toLowerCase(), candidate.toLowerCase());
    if (current < least) {
      best = candidate;
      least = current;
    }
  }
  return best;
}

/** Returns the optimal string alignment distance: insertions, deletions, substitutions, transpositions of neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        value = Math.min(value, (before[j - 2] ?? 0) + 1);
      row.push(value);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}
