import type { Diagnostic } from "../core/diagnostics.js";
import type { ImageTestReport, TestOutcome, TestResult } from "../core/image-tests.js";
import { shortDuration } from "./phrases.js";
import { amiOf, type BakeReport, type BuildReport } from "./report.js";

/** One test, with the type of the instance that it ran on. */
export interface TestRow extends TestResult {
  readonly instanceType: string;
}

const NO_RESULT: TestResult = {
  name: "boot",
  outcome: "failed",
  duration: 0,
  message: "No test ran on this instance",
  output: [],
};

/** Returns the tests of a build's image; undefined if none were requested, or if the build ended before them. */
export function testsOf(build: BuildReport): ImageTestReport | undefined {
  return build.tests ?? amiOf(build)?.tests;
}

/** Returns the tests of all builds that have some. */
export function testedBuilds({
  builds,
}: BakeReport): readonly { readonly build: string; readonly report: ImageTestReport }[] {
  return builds.flatMap((build) => {
    const report = testsOf(build);
    return report ? [{ build: build.name, report }] : [];
  });
}

/** Returns all results, in order. An instance without a result counts as one failed test, because the image passes only with a result of each. */
export function testRows({ instances }: ImageTestReport): readonly TestRow[] {
  return instances.flatMap(({ instanceType, results }) =>
    (results.length === 0 ? [NO_RESULT] : results).map((result) => ({ ...result, instanceType })),
  );
}

/** Returns the number of tests by outcome. */
export function testCounts(report: ImageTestReport): Readonly<Record<TestOutcome, number>> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { outcome } of testRows(report)) counts[outcome] += 1;
  return counts;
}

/** `12 tests passed, 1 failed, 2 skipped`; counts that are 0 are left out. For the tests of an earlier run, when and where they passed. */
export function testLine(report: ImageTestReport): string {
  if (report.instances.length === 0 && report.earlier !== undefined) return earlierLine(report.earlier);
  const counts = testCounts(report);
  const [first, ...others] = (["passed", "failed", "skipped"] as const).filter((outcome) => counts[outcome] > 0);
  if (first === undefined) return "no test ran";
  const noun = counts[first] === 1 ? "test" : "tests";
  return [`${counts[first]} ${noun} ${first}`, ...others.map((outcome) => `${counts[outcome]} ${outcome}`)].join(", ");
}

/** The words of the tag `bake-ami:tested`: hash of the tests, time and run. The tag can have been changed by others. */
function earlierLine(tag: string): string {
  const [, time = "", ...run] = tag.split(" ");
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return "passed in an earlier run with the same tests";
  const by = run.length > 0 ? ` by run ${run.join(" ")}` : "";
  return `passed earlier with the same tests, ${at.toISOString().slice(0, 16).replace("T", " ")} UTC${by}`;
}

/** The duration of a test; empty for one that did not run, and for one of TAP, which has no durations. */
export function testDuration({ outcome, duration }: TestResult): string {
  return outcome === "skipped" || duration === 0 ? "" : shortDuration(duration);
}

/** Whether results have to name the instance type, because several were tested. */
export function isOnSeveralTypes({ instances }: ImageTestReport): boolean {
  return instances.length > 1;
}

/** Last lines of a failed test in its diagnostic. */
const MOST_LINES = 15;

/** Returns an error for each failed test: its name, why it failed, and the last lines of its output. */
export function failedTestErrors(report: ImageTestReport): readonly Diagnostic[] {
  return testRows(report)
    .filter(({ outcome }) => outcome === "failed")
    .map(({ name, instanceType, message, output }) => ({
      severity: "error",
      code: "image-test-failed",
      summary: `Test "${name}" failed on ${instanceType}${message === undefined ? "" : `: ${message}`}`,
      detail: output.length === 0 ? undefined : ["Its last lines:", ...output.slice(-MOST_LINES)].join("\n"),
    }));
}
