import type { RemainingReport } from "../report.js";
import { remainingTable } from "./sections.js";

/** What post adds to the summary: how much it released, and what is still there. */
export function releaseSummary(released: number, remaining: readonly RemainingReport[]): string {
  const done = released === 1 ? "1 resource was released" : `${released} resources were released`;
  const lines = released > 0 ? [`${done} after the bake was ended.`] : [];
  const table = remainingTable(remaining, false);
  return [...lines, ...(table === "" ? [] : [table])].join("\n\n");
}
