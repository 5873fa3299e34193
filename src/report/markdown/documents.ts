import type { BakeReport, BuildReport, RunFacts } from "../report.js";
import { code } from "./escape.js";
import { failure, failureOutput } from "./failures.js";
import { headline, title } from "./headings.js";
import { packageChanges, packageCounts } from "./packages.js";
import { retentionChanges, retentionLine } from "./retention.js";
import {
  accessText,
  buildsTable,
  errors,
  imageFacts,
  imageTable,
  otherArtifacts,
  remainingResources,
  variables,
  warnings,
} from "./sections.js";
import { timeline } from "./timeline.js";

/** Longest body of a comment, in characters (GitHub's limit, with room for the marker). */
const COMMENT_LIMIT = 65_536 - 1024;

/** Largest summary of a step, in bytes: GitHub drops a larger one, and other steps may add to it. */
const SUMMARY_LIMIT = 1024 * 1024 - 4096;

/** Rows of a build's table of changed packages, and of older images. */
const ROWS = { comment: 150, summary: 1000 };

/** The pull-request comment, without its marker: at most 65,536 characters. The tables of AMIs are omitted last. */
export function commentMarkdown(report: BakeReport, facts: RunFacts): string {
  return joinWithin(sections(report, facts, ROWS.comment), COMMENT_LIMIT, (text) => text.length);
}

/** The comment without durations, ages and, if all builds succeeded, the run: equal for two runs with the same results. */
export function commentContent(report: BakeReport, facts: RunFacts): string {
  const untimed = { ...report, startedAt: undefined, builds: report.builds.map(withoutTimes) };
  const { run } = facts;
  const steady = run && report.outcome === "succeeded" ? { run: { ...run, url: "", label: "" } } : {};
  return commentMarkdown(untimed, { ...facts, ...steady, now: 0 });
}

function withoutTimes(build: BuildReport): BuildReport {
  const retention = build.retention.map(({ text, rows }) => ({ text, rows: rows.map((row) => ({ ...row, age: 0 })) }));
  return { ...build, startedAt: undefined, endedAt: undefined, retention };
}

/** The job summary: the comment's content and the timeline; at most 1 MiB. */
export function summaryMarkdown(report: BakeReport, facts: RunFacts): string {
  const chart = timeline(report);
  const all = [
    ...sections(report, facts, ROWS.summary),
    ...(chart !== "" ? [{ rank: 6, text: `### Timeline\n\n${chart}` }] : []),
  ];
  return joinWithin(all, SUMMARY_LIMIT, (text) => Buffer.byteLength(text));
}

/** The parts of a document: failures first, then what was made. */
function sections(report: BakeReport, facts: RunFacts, most: number): readonly Section[] {
  const several = report.builds.length > 1;
  return [
    { rank: 0, text: title(report, facts) },
    { rank: 0, text: headline(report, facts) },
    ...errors(report, facts).map((text) => ({ rank: 1, text })),
    ...report.builds.flatMap((build) => [
      { rank: 1, text: failure(build, facts, several) },
      { rank: 4, text: failureOutput(build) },
    ]),
    { rank: 2, text: buildsTable(report) },
    ...report.builds.flatMap((build) => {
      const images = imageTable(build, facts);
      const heading = several && images !== "" ? `### ${code(build.name)}\n\n` : "";
      return [
        { rank: 0, text: images === "" ? "" : heading + images },
        { rank: 3, text: imageFacts(build, facts) },
        { rank: 3, text: accessText(build, several) },
        { rank: 3, text: otherArtifacts(build) },
        { rank: 4, text: build.packages ? packageCounts(build.packages) : "" },
        { rank: 6, text: build.packages ? packageChanges(build.packages, most) : "" },
        ...build.retention.flatMap((each) => [
          { rank: 4, text: retentionLine(each) },
          { rank: 6, text: retentionChanges(each, most, facts.rehearsal) },
        ]),
      ];
    }),
    { rank: 1, text: remainingResources(report, facts) },
    { rank: 5, text: warnings(report, facts) },
    { rank: 7, text: variables(facts) },
  ];
}

/** A part of a document. Those with the highest `rank` are omitted first. */
export interface Section {
  readonly rank: number;
  readonly text: string;
}

/**
 * Joins sections in order. Omits the least important ones until the text has at most `limit` of `size`, and says so. Sections of
 * rank 0 are cut, at the end of a line, only if they alone are too long.
 */
export function joinWithin(sections: readonly Section[], limit: number, size: (text: string) => number): string {
  const present = sections.filter((section) => section.text !== "");
  const join = (kept: readonly Section[]) =>
    [...kept.map((section) => section.text), ...(kept.length < present.length ? [OMITTED] : [])].join("\n\n");
  let kept: readonly Section[] = present;
  while (size(join(kept)) > limit && kept.some((section) => section.rank > 0)) {
    const worst = Math.max(...kept.map((section) => section.rank));
    const index = kept.findLastIndex((section) => section.rank === worst);
    kept = kept.filter((_, i) => i !== index);
  }
  return cut(join(kept), limit, size);
}

const OMITTED = "_Some parts are omitted because the report would be too long._";

function cut(text: string, limit: number, size: (text: string) => number): string {
  if (size(text) <= limit) return text;
  const lines = text.split("\n");
  let low = 0;
  let high = lines.length;
  const candidate = (count: number) => `${closed(lines.slice(0, count).join("\n"))}\n\n${OMITTED}`;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (size(candidate(middle)) <= limit) low = middle;
    else high = middle - 1;
  }
  return candidate(low);
}

/** The text with an end tag for each table and each folded part that is still open. */
function closed(text: string): string {
  const open = (tag: string) => text.split(`<${tag}>`).length - text.split(`</${tag}>`).length;
  return `${text}${"\n</tbody></table>".repeat(open("table"))}${"\n\n</details>".repeat(open("details"))}`;
}
