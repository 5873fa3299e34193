import { plainLine } from "../plain.js";
import type { BakeReport, BuildReport, StepReport } from "../report.js";

/** Mermaid draws no more than this before it refuses the text (its `maxTextSize` is 50,000 characters). */
const LARGEST = 45_000;

/** The steps of all builds as a Mermaid gantt chart; undefined when there are none, or too many to draw. */
export function timeline(report: BakeReport): string | undefined {
  const builds = report.builds.filter((build) => build.steps.length > 0);
  if (builds.length === 0) return undefined;
  const lines = ["gantt", "  dateFormat x", "  axisFormat %H:%M:%S", "  todayMarker off"];
  for (const build of builds) lines.push(`  section ${word(build.name)}`, ...build.steps.map((s) => bar(s, build)));
  const text = lines.join("\n");
  return text.length > LARGEST ? undefined : `\`\`\`mermaid\n${text}\n\`\`\``;
}

/** A bar, at least a millisecond long: Mermaid refuses one that ends where it begins. */
function bar(step: StepReport, build: BuildReport): string {
  const from = step.startedAt;
  const to = Math.max(from + 1, step.endedAt ?? build.endedAt ?? from);
  const state = step.outcome === "failed" || step.outcome === "cancelled" ? "crit, " : "";
  return `    ${title(step.title)} :${state}${from}, ${to}`;
}

/** What Mermaid takes for a statement of the chart when a title begins with it. */
const STATEMENT =
  /^(acc|axisFormat|call|click|dateFormat|excludes|gantt|href|includes|inclusiveEndDates|section|tickInterval|title|todayMarker|topAxis|week|\d{4}-)/i;

function title(text: string): string {
  const clean = word(text);
  return STATEMENT.test(clean) ? `· ${clean}` : clean;
}

/** Characters that Mermaid's gantt reads as its own become spaces; an empty title would be refused. */
function word(text: string): string {
  const clean = plainLine(text)
    .replace(/[^\p{L}\p{N} ._()/-]/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 80);
  return clean === "" ? "step" : clean;
}
