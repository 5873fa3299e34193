import type { ImageTestReport } from "../../core/image-tests.js";
import { plainLine } from "../../core/plain.js";
import { isOnSeveralTypes, type TestRow, testDuration, testLine, testRows } from "../tests.js";

/** Results that are printed. A script can report a thousand. */
const MOST_RESULTS = 50;

/** Last lines of a failed test that are printed. */
const MOST_LINES = 15;

/** A line on tests; Packer's `==> NAME: text` for `say`, its detail line for `message`. */
export interface TestsLine {
  readonly kind: "say" | "message";
  readonly tone: "plain" | "error";
  readonly text: string;
}

/**
 * Returns the lines on the tests of an image: each test with its result and duration, the last lines of a failed one, at the end
 * `12 tests passed, 1 failed`. Of more than fifty tests, those that did not pass, the failed ones first.
 */
export function testsLines(report: ImageTestReport): readonly TestsLine[] {
  const rows = testRows(report);
  const where = `AMI ${report.imageId} in ${report.region}`;
  const failed = report.outcome === "failed";
  if (rows.length === 0) return [say(`Tests of ${where}: ${testLine(report)}`, failed)];
  const shown = rows.length <= MOST_RESULTS ? rows : mostImportant(rows);
  const width = Math.max(...shown.map(({ outcome }) => outcome.length));
  const rest = rows.length - shown.length;
  return [
    say(`Results of the tests of ${where}:`),
    ...shown.flatMap((row) => resultLines(row, { width, several: isOnSeveralTypes(report) })),
    ...(rest > 0 ? [detail(`… and ${rest} more tests`)] : []),
    say(testLine(report), failed),
  ];
}

function mostImportant(rows: readonly TestRow[]): readonly TestRow[] {
  const order = { failed: 0, skipped: 1, passed: 2 };
  const others = rows.filter(({ outcome }) => outcome !== "passed");
  return others.toSorted((a, b) => order[a.outcome] - order[b.outcome]).slice(0, MOST_RESULTS);
}

function resultLines(
  row: TestRow,
  { width, several }: { readonly width: number; readonly several: boolean },
): readonly TestsLine[] {
  const { name, outcome, message, output, instanceType } = row;
  const duration = testDuration(row);
  const took = duration === "" ? "" : ` (${duration})`;
  const why = message === undefined ? "" : `: ${message}`;
  const text = plainLine(`${outcome.padEnd(width)}  ${name}${several ? ` on ${instanceType}` : ""}${took}${why}`);
  const lines = outcome === "failed" ? output.slice(-MOST_LINES) : [];
  return [
    detail(text, outcome === "failed"),
    ...lines.map((line) => detail(`${" ".repeat(width + 2)}| ${plainLine(line)}`)),
  ];
}

function say(text: string, failed = false): TestsLine {
  return { kind: "say", tone: failed ? "error" : "plain", text };
}

function detail(text: string, failed = false): TestsLine {
  return { kind: "message", tone: failed ? "error" : "plain", text };
}
