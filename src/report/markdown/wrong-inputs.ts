import type { Diagnostic } from "../../core/diagnostics.js";
import { prose } from "./escape.js";

/** The summary of a step whose inputs are wrong: all complaints, each with what to write instead. */
export function wrongInputsSummary(complaints: readonly Diagnostic[]): string {
  const lines = complaints.map(({ summary, hint }) => `- ${prose(summary)}${hint ? ` ${prose(hint)}` : ""}`);
  return ["## Nothing was done: inputs are wrong", "", ...lines].join("\n");
}
