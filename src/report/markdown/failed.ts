import { type Diagnostic, renderDiagnostic } from "../../core/diagnostics.js";
import { fenced } from "./escape.js";

/** The summary of a step on the account that did not do its work: why, and what each region names where that is told. */
export function failedSummary(error: Diagnostic): string {
  return `## Failed\n\n${fenced(renderDiagnostic(error, []))}`;
}
