import { type Diagnostic, renderDiagnostic } from "../../core/diagnostics.js";
import { plain } from "../../core/plain.js";
import type { Range, SourceText } from "../../core/source.js";
import type { BuildReport, RunFacts } from "../report.js";
import { code, fenced, folded, message } from "./escape.js";
import { placeLink } from "./places.js";

/** Last lines of output that are not folded. */
const OPEN_LINES = 15;

/** Longer lines of output are cut. */
const LINE_WIDTH = 500;

/** What the rendering of a diagnostic needs: the files for excerpts, and the commit for links. */
export type DiagnosticContext = Pick<RunFacts, "sources" | "run">;

/** A diagnostic as paragraphs: message, hint, place with an excerpt, detail. */
export function diagnosticMarkdown(diagnostic: Diagnostic, context: DiagnosticContext): string {
  const { summary, hint, range, detail, related } = diagnostic;
  return [
    `**${message(summary)}**`,
    ...(hint ? [paragraphs(hint)] : []),
    ...(range ? placeParagraphs("At", range, context) : []),
    ...(detail ? [detail.includes("\n") ? fenced(detail) : message(detail)] : []),
    ...(related ? placeParagraphs(`${message(related.text)}:`, related.range, context) : []),
  ].join("\n\n");
}

/** Lines of a text as paragraphs. None of them can become a list or a rule. */
function paragraphs(text: string): string {
  return text
    .split("\n")
    .map((line) => message(line.trim()).replace(/^[-\d]/, (char) => `&#${char.charCodeAt(0)};`))
    .filter((line) => line !== "")
    .join("\n\n");
}

function placeParagraphs(before: string, range: Range, context: DiagnosticContext): readonly string[] {
  const excerpt = excerptOf(range, context.sources);
  return [`${before} ${placeLink(range, context)}`, ...(excerpt === "" ? [] : [fenced(excerpt)])];
}

/** The line with a caret beneath, as the terminal shows it; empty if the file is not among the sources. */
function excerptOf(range: Range, sources: readonly SourceText[]): string {
  const [, , ...lines] = renderDiagnostic({ severity: "error", code: "", summary: "", range }, sources).split("\n");
  return lines.map((line) => line.replace(/^ {2}/, "")).join("\n");
}

/** Why a build failed. Empty for a build that did not fail. `several`: the report has other builds too. */
export function failure(build: BuildReport, context: DiagnosticContext, several: boolean): string {
  const { error, outcome, tail, tests } = build;
  if (!error || outcome !== "failed") return "";
  // The table of the tests has the reasons.
  const isInTable = error.code === "image-tests-failed" && tests !== undefined;
  const shown = isInTable || isRepeated(error.detail, tail) ? { ...error, detail: undefined } : error;
  return [...(several ? [`### ❌ ${code(build.name)}`] : []), diagnosticMarkdown(shown, context)].join("\n\n");
}

/** Whether a detail of several lines only repeats lines of the output, below a heading. */
function isRepeated(detail: string | undefined, tail: readonly string[]): boolean {
  if (detail === undefined) return false;
  const [heading = "", ...lines] = detail.split("\n");
  if (lines.length === 0 || !heading.endsWith(":")) return false;
  const printed = new Set(tail.map(comparable));
  return lines.every((line) => printed.has(comparable(line)));
}

/** Details are cut and stripped of control characters, the lines of the output are not yet. */
function comparable(line: string): string {
  return plain(line)
    .replaceAll(/[\t\ufffd]/g, " ")
    .trim()
    .slice(0, 200);
}

/** The last lines of output of a failed build: fifteen in the open, earlier ones folded. Empty without any. */
export function failureOutput({ outcome, error, tail }: BuildReport): string {
  if (!error || outcome !== "failed" || tail.length === 0) return "";
  const lines = tail.map((line) => (line.length > LINE_WIDTH ? `${line.slice(0, LINE_WIDTH)}…` : line));
  const earlier = lines.slice(0, -OPEN_LINES);
  return [
    "Last lines of output:",
    ...(earlier.length > 0 ? [folded("Earlier lines", fenced(earlier.join("\n")))] : []),
    fenced(lines.slice(-OPEN_LINES).join("\n")),
  ].join("\n\n");
}
