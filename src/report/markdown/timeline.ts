import { plainLine } from "../../core/plain.js";
import { shortDuration } from "../phrases.js";
import type { BakeReport, BuildReport, StepReport } from "../report.js";
import { code, folded, prose } from "./escape.js";
import { idCell, table } from "./html.js";

/** Mermaid refuses a longer text (its `maxTextSize` is 50,000 characters). */
const LARGEST = 45_000;

/** Builds that are drawn: each chart is a frame of its own on GitHub. */
const MOST_CHARTS = 6;

/** Shorter steps are not drawn, in milliseconds. */
const SHORTEST = 1000;

/** More steps than this that differ only in the second word of their names (`copy us-east-1`) are drawn as one bar. */
const SEPARATE = 4;

/** A bar of the chart. Times in milliseconds since the epoch. */
interface Bar {
  /** First word of the step's name. */
  readonly kind: string;
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly failed: boolean;
  readonly critical: boolean;
}

/** The steps of each build as a Mermaid Gantt chart, and all in a folded table. Empty if no step is long enough. */
export function timeline(report: BakeReport): string {
  const charted = report.builds
    .map((build) => ({ name: build.name, bars: barsOf(build) }))
    .filter(({ bars }) => bars.length > 0);
  if (charted.length === 0) return "";
  const charts = charted.slice(0, MOST_CHARTS).flatMap(({ name, bars }) => {
    const text = [...chartHead(bars), ...bars.map((bar) => draw(bar, chartSpan(bars)))].join("\n");
    if (text.length > LARGEST) return [];
    return [...(report.builds.length > 1 ? [`**${code(name)}**`] : []), `\`\`\`mermaid\n${text}\n\`\`\``];
  });
  const parallel = charted.some(({ bars }) => bars.some(({ critical, failed }) => !critical && !failed));
  const legend = parallel ? ["Grey: steps that ran in parallel and did not delay the build."] : [];
  return [...charts, ...(charts.length > 0 ? legend : []), stepsTable(report)].join("\n\n");
}

/** Every step with its duration: readable where the chart is too small. */
function stepsTable({ builds }: BakeReport): string {
  const several = builds.length > 1;
  const rows = builds.flatMap((build) =>
    build.steps
      .map((step) => ({ title: step.title, took: end(step, build) - step.startedAt }))
      .filter(({ took }) => took >= SHORTEST)
      .map(({ title, took }) => [...(several ? [idCell(build.name)] : []), prose(title), shortDuration(took)]),
  );
  return folded("Duration of each step", table([...(several ? ["Build"] : []), "Step", "Duration"], rows));
}

function end(step: StepReport, build: BuildReport): number {
  return step.endedAt ?? build.endedAt ?? step.startedAt;
}

/** The bars of a build: steps of a second or more, and those that did not succeed. Many parallel steps of one kind are merged. */
function barsOf(build: BuildReport): readonly Bar[] {
  const critical = criticalPath(build);
  const bars = build.steps
    .filter((step) => end(step, build) - step.startedAt >= SHORTEST || isFailed(step))
    .map((step) => ({
      kind: step.step.split(" ")[0] ?? "",
      title: step.title,
      from: step.startedAt,
      to: end(step, build),
      failed: isFailed(step),
      critical: critical.has(step),
    }));
  return bars.flatMap((bar) => {
    const same = bars.filter(({ kind }) => kind === bar.kind);
    if (same.length <= SEPARATE) return [bar];
    return same[0] === bar ? [merged(same)] : [];
  });
}

/** One bar for steps of one kind, named by the words that all titles begin with. */
function merged(bars: readonly Bar[]): Bar {
  const [first = [], ...others] = bars.map(({ title }) => title.split(" "));
  const common = first.filter((word, index) => others.every((words) => words[index] === word));
  return {
    title: `${common.join(" ")} ${bars.length} ${bars[0]?.kind === "copy" ? "Regions" : "times"}`,
    from: Math.min(...bars.map(({ from }) => from)),
    to: Math.max(...bars.map(({ to }) => to)),
    failed: bars.some(({ failed }) => failed),
    critical: bars.some(({ critical }) => critical),
    kind: bars[0]?.kind ?? "",
  };
}

function isFailed({ outcome }: StepReport): boolean {
  return outcome === "failed" || outcome === "cancelled";
}

/** The steps that decided when the build ended: the last one to end, before it the last one that ended before it began, … */
function criticalPath(build: BuildReport): ReadonlySet<StepReport> {
  const path = new Set<StepReport>();
  let limit = Number.POSITIVE_INFINITY;
  for (;;) {
    const before = build.steps.filter((step) => !path.has(step) && end(step, build) <= limit);
    const last = before.toSorted((a, b) => end(b, build) - end(a, build) || a.startedAt - b.startedAt)[0];
    if (!last) return path;
    path.add(last);
    limit = last.startedAt;
  }
}

/** Colours that GitHub uses too, legible in light and dark: the critical path is blue, parallel steps are grey, failed ones red. */
const COLOURS = {
  taskBkgColor: "#0969da",
  taskBorderColor: "#0969da",
  taskTextColor: "#ffffff",
  doneTaskBkgColor: "#afb8c1",
  doneTaskBorderColor: "#8c959f",
  critBkgColor: "#cf222e",
  critBorderColor: "#cf222e",
  taskTextDarkColor: "#1f2328",
  sectionBkgColor: "rgba(127, 127, 127, 0.08)",
  altSectionBkgColor: "rgba(127, 127, 127, 0.08)",
};

/**
 * Measures in pixels: half a label of the axis on each side, no space for section names, bars that are tall enough for a phone, and
 * text that fits next to a bar there.
 */
const LAYOUT = { leftPadding: 28, rightPadding: 28, barHeight: 22, barGap: 5, fontSize: 10 };

/** Width of a chart on a phone, of a character of its labels in a wide font, and between a bar and its label, in pixels. */
const PHONE = 326;
const CHARACTER = 5.3;
const GAP = 5;

/** Begin and end of a chart, in milliseconds since the epoch. */
interface Span {
  readonly from: number;
  readonly to: number;
}

function chartSpan(bars: readonly Bar[]): Span {
  return { from: Math.min(...bars.map(({ from }) => from)), to: Math.max(...bars.map(({ to }) => to)) };
}

/** Settings and axis: at most seven ticks, so that their labels do not overlap. */
function chartHead(bars: readonly Bar[]): readonly string[] {
  const { from, to } = chartSpan(bars);
  const span = to - from;
  const [size, interval] = TICKS.find(([length]) => span / length <= 7) ?? LONGEST_TICK;
  return [
    `%%{init: ${JSON.stringify({ gantt: LAYOUT, themeVariables: COLOURS })}}%%`,
    "gantt",
    "  dateFormat x",
    `  axisFormat ${size < 60_000 ? "%H:%M:%S" : "%H:%M"}`,
    `  tickInterval ${interval}`,
    "  todayMarker off",
  ];
}

const LONGEST_TICK = [3_600_000, "1hour"] as const;

/** Distances between ticks, in milliseconds and as Mermaid writes them. */
const TICKS: readonly (readonly [number, string])[] = [
  [1000, "1second"],
  [5000, "5second"],
  [15_000, "15second"],
  [30_000, "30second"],
  [60_000, "1minute"],
  [120_000, "2minute"],
  [300_000, "5minute"],
  [600_000, "10minute"],
  [1_200_000, "20minute"],
  [1_800_000, "30minute"],
];

/** A bar, at least a millisecond long: Mermaid refuses one that ends where it begins. */
function draw(bar: Bar, span: Span): string {
  const { from, to, failed, critical } = bar;
  const state = failed ? "crit, " : critical ? "" : "done, ";
  return `    ${taskName(labelOf(bar, span))} :${state}${from}, ${Math.max(from + 1, to)}`;
}

/** The name of a bar without articles, and its duration if a phone has the space for it: the table below has all durations. */
function labelOf({ title, from, to }: Bar, span: Span): string {
  const name = title.replace(/ (the|a|an) /g, " ");
  const label = `${name} (${shortDuration(to - from)})`;
  const scale = (PHONE - LAYOUT.leftPadding - LAYOUT.rightPadding) / Math.max(1, span.to - span.from);
  const [start, end] = [from, to].map((time) => LAYOUT.leftPadding + (time - span.from) * scale) as [number, number];
  const width = label.length * CHARACTER;
  // Mermaid writes a label into its bar, else after it, else before it.
  const fits = width < end - start || end + width + 1.5 * LAYOUT.leftPadding < PHONE || width + GAP < start;
  return fits ? label : name;
}

/** What Mermaid reads as a statement of the chart if a title begins with it. */
const STATEMENT =
  /^(acc|axisFormat|call|click|dateFormat|excludes|gantt|href|includes|inclusiveEndDates|section|tickInterval|title|todayMarker|topAxis|week|\d{4}-)/i;

function taskName(text: string): string {
  const clean = word(text);
  return STATEMENT.test(clean) ? `· ${clean}` : clean;
}

/** Replaces the characters that have a meaning in Mermaid's Gantt charts by spaces. Never empty: Mermaid refuses that. */
function word(text: string): string {
  const clean = plainLine(text)
    .replace(/[^\p{L}\p{N} ._()/-]/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 80);
  return clean === "" ? "step" : clean;
}
