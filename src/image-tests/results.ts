import type { TestResult } from "../core/image-tests.js";
import { plainLine } from "../core/plain.js";
import type { Redactor } from "../core/secrets/redactor.js";
import type { InnerTest, InnerTests } from "./inner-tests.js";

/** Most results of the tests that one script reports. */
const MOST_TESTS = 1000;

/** Longest name of a test that a script reports, longest message and longest line, in characters. */
const LONGEST_NAME = 200;
const LONGEST_MESSAGE = 300;
const LONGEST_LINE = 300;

/** Last lines of a failed test. */
const KEPT_LINES = 15;

/** A script or program that ended. */
export interface EndedTest {
  /** As the user wrote it. */
  readonly name: string;
  /** Why it failed: its exit status, or what kept it from running. Undefined if it succeeded. */
  readonly failure: string | undefined;
  /** Milliseconds. */
  readonly duration: number;
  /** The tests that it reports; undefined if it reports none. */
  readonly report: InnerTests | undefined;
  /** Redacted. */
  readonly lastLines: readonly string[];
}

/**
 * Returns the results of a script: one, or one for each test that it reports. A script that failed has a failed result in any case, and
 * so has one whose report is not complete. All text is one line, without secrets and control characters, within limits.
 */
export function resultsOf(
  { name, failure, duration, report, lastLines }: EndedTest,
  secrets: Redactor,
): readonly TestResult[] {
  const line = (text: string, limit: number) => shortened(plainLine(secrets.redact(text)).trim(), limit);
  const failed = (message: string): TestResult => {
    return { name, outcome: "failed", duration, message: line(message, LONGEST_MESSAGE), output: lastLines };
  };
  if (!report || report.tests.length === 0) {
    const why = reasons(failure, report?.problem);
    if (why !== undefined) return [failed(why)];
    // Such as an InSpec profile for another system: nothing was tested.
    if (report) return [{ name, outcome: "skipped", duration, message: "It reports no tests", output: [] }];
    return [{ name, outcome: "passed", duration, message: undefined, output: [] }];
  }
  const listed = report.tests.slice(0, MOST_TESTS);
  const nameOf = namesIn(listed);
  const results = listed.map((test, index): TestResult => {
    const own = line(nameOf(test, index), LONGEST_NAME);
    const isFailed = test.outcome === "failed";
    // Redacted before it is divided: a secret can have several lines.
    const lines = isFailed ? secrets.redact(test.lines.join("\n")).split("\n") : [];
    return {
      name: own === "" ? name : `${name}: ${own}`,
      outcome: test.outcome,
      // The time of the script is that of its only test.
      duration: test.duration === 0 && report.tests.length === 1 ? duration : test.duration,
      message: test.message === undefined ? undefined : line(test.message, LONGEST_MESSAGE) || undefined,
      output: lines
        .filter((each) => each.trim() !== "")
        .slice(-KEPT_LINES)
        .map((each) => shortened(each.replaceAll("\t", " "), LONGEST_LINE)),
    };
  });
  const rest = report.tests.slice(MOST_TESTS);
  const problem = problemOf(results, rest, { failure, report });
  if (problem !== undefined) return [...results, failed(problem)];
  if (rest.length === 0) return withLastLines(results, lastLines);
  return [
    ...results,
    { name, outcome: "passed", duration, message: `${rest.length} more tests are not listed`, output: [] },
  ];
}

function reasons(...given: readonly (string | undefined)[]): string | undefined {
  return given.filter((reason) => reason !== undefined).join("; ") || undefined;
}

/** Returns why the script has failed although no listed test shows it. */
function problemOf(
  results: readonly TestResult[],
  rest: readonly InnerTest[],
  { failure, report }: { readonly failure: string | undefined; readonly report: InnerTests },
): string | undefined {
  if (report.problem !== undefined) return reasons(failure, report.problem);
  const hidden = rest.filter(({ outcome }) => outcome === "failed").length;
  if (hidden > 0) return `${hidden} more failed tests are not listed`;
  return results.some(({ outcome }) => outcome === "failed") ? undefined : failure;
}

/** Adds the last lines of the script to the last failed test, if it has none of its own. */
function withLastLines(results: readonly TestResult[], lastLines: readonly string[]): readonly TestResult[] {
  const last = results.findLast(({ outcome }) => outcome === "failed");
  if (!last || last.output.length > 0) return results;
  return results.map((each) => (each === last ? { ...each, output: lastLines } : each));
}

/** Returns the names: with the group where several tests have one name, and a number where the script gives none. */
function namesIn(tests: readonly InnerTest[]): (test: InnerTest, index: number) => string {
  const counts = new Map<string, number>();
  for (const { name } of tests) counts.set(name, (counts.get(name) ?? 0) + 1);
  return ({ name, group }, index) => {
    if (name.trim() === "") return group ?? (tests.length === 1 ? "" : `test ${index + 1}`);
    return group !== undefined && (counts.get(name) ?? 0) > 1 ? `${group}: ${name}` : name;
  };
}

function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // Half of a surrogate pair is no character.
  return `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
