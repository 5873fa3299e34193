import { type Diagnostic, renderDiagnostic } from "../../core/diagnostics.js";
import type { SourceText } from "../../core/source.js";
import { fenced, prose } from "./escape.js";

/** The summary of a step that did not do its work: why, each reason with an excerpt of `sources` where it has a place. */
export function failedSummary(errors: readonly Diagnostic[], sources: readonly SourceText[] = []): string {
  return ["## Failed", ...errors.map((error) => fenced(renderDiagnostic(error, sources)))].join("\n\n");
}

/** The summary of a step whose inputs are wrong: all complaints, each with what to write instead. */
export function wrongInputsSummary(complaints: readonly Diagnostic[]): string {
  const lines = complaints.map(({ summary, hint }) => `- ${prose(summary)}${hint ? ` ${prose(hint)}` : ""}`);
  return ["## Nothing was done: inputs are wrong", "", ...lines].join("\n");
}
