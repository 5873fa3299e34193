import type { BakeReport, BuildReport, RunFacts } from "../report.js";
import { testsOf } from "../tests.js";
import { code } from "./escape.js";
import { failure, failureOutput } from "./failures.js";
import { fitComment, fitSummary, type Section } from "./fit.js";
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
import { otherTests, testOutputs, testsLine, testsTable, untimedTests } from "./tests.js";
import { timeline } from "./timeline.js";

/** Rows of a build's table of changed packages, and of older images. */
const ROWS = { comment: 150, summary: 1000 };

/** The pull-request comment, without its marker: at most 65,536 characters. The tables of AMIs are omitted last. */
export function commentMarkdown(report: BakeReport, facts: RunFacts): string {
  return fitComment(sections(report, facts, ROWS.comment));
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
  const tests = testsOf(build);
  return { ...build, startedAt: undefined, endedAt: undefined, retention, tests: tests && untimedTests(tests) };
}

/** The job summary: the comment's content and the timeline; at most 1 MiB. */
export function summaryMarkdown(report: BakeReport, facts: RunFacts): string {
  const chart = timeline(report);
  const all = [
    ...sections(report, facts, ROWS.summary),
    ...(chart !== "" ? [{ rank: 6, text: `### Timeline\n\n${chart}` }] : []),
  ];
  return fitSummary(all);
}

/** The parts of a document: failures first, then what was made. */
function sections(report: BakeReport, facts: RunFacts, most: number): readonly Section[] {
  const several = report.builds.length > 1;
  return [
    { rank: 0, text: title(report, facts) },
    { rank: 0, text: headline(report, facts) },
    ...errors(report, facts).map((text) => ({ rank: 1, text })),
    ...report.builds.flatMap((build) => [{ rank: 1, text: failure(build, facts, several) }, ...failedTests(build)]),
    { rank: 2, text: buildsTable(report) },
    ...report.builds.flatMap((build) => {
      const images = imageTable(build, facts);
      const heading = several && images !== "" ? `### ${code(build.name)}\n\n` : "";
      return [
        { rank: 0, text: images === "" ? "" : heading + images },
        { rank: 3, text: imageFacts(build, facts) },
        { rank: 3, text: accessText(build, several) },
        { rank: 3, text: otherArtifacts(build) },
        ...passedTests(build),
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

/** The failed tests of a failed build; the last lines of its output if the tests did not fail. */
function failedTests(build: BuildReport): readonly Section[] {
  const tests = testsOf(build);
  if (tests?.outcome !== "failed") return [{ rank: 4, text: failureOutput(build) }];
  return [
    { rank: 1, text: testsLine(tests) },
    { rank: 2, text: testsTable(tests) },
    ...testOutputs(tests).map((text) => ({ rank: 4, text })),
    { rank: 6, text: otherTests(tests) },
  ];
}

/** The tests of an image that passed. */
function passedTests(build: BuildReport): readonly Section[] {
  const tests = testsOf(build);
  if (tests?.outcome !== "passed") return [];
  return [
    { rank: 4, text: testsLine(tests) },
    { rank: 6, text: testsTable(tests) },
    { rank: 6, text: otherTests(tests) },
  ];
}
