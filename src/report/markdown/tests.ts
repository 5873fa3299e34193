import type { ImageTestReport } from "../../core/image-tests.js";
import { isOnSeveralTypes, type TestRow, testDuration, testLine, testRows } from "../tests.js";
import { fenced, folded, prose } from "./escape.js";
import { type Column, cutTable, idCell, nameCell, OPEN_ROWS } from "./html.js";

/** Failed tests whose last lines are shown. */
const MOST_OUTPUTS = 20;

/** Last lines of a failed test, and the longest one that is not cut. */
const MOST_LINES = 30;
const LINE_WIDTH = 500;

/** Longest name and reason that are not cut. */
const NAME_WIDTH = 120;
const REASON_WIDTH = 300;

/** Rows of a table: the file with the results has all. */
const MOST_ROWS = 50;

const MARKS = { passed: "✅ passed", failed: "❌ failed", skipped: "⏭️ skipped" } as const;

/** The line on the tests of an image: how many passed and failed. */
export function testsLine(report: ImageTestReport): string {
  const line = prose(testLine(report));
  return `Tests: ${report.outcome === "failed" ? `❌ <b>${line}</b>` : `✅ ${line}`}`;
}

/**
 * The failed tests in a table, with their last lines folded. All tests, failed ones first, if there are at most eight. Empty if none failed
 * and there are more than eight.
 */
export function testsTable(report: ImageTestReport): string {
  const rows = failedFirst(report);
  const shown = rows.length > OPEN_ROWS ? rows.filter(isFailed) : rows;
  return shown.length === 0 ? "" : resultsTable(report, shown);
}

/** The last lines of each failed test, folded: each is a part of its own, so that a document omits only those that do not fit. */
export function testOutputs(report: ImageTestReport): readonly string[] {
  const several = isOnSeveralTypes(report);
  const failed = testRows(report).filter((row) => isFailed(row) && row.output.length > 0);
  return failed.slice(0, MOST_OUTPUTS).map(({ name, output, instanceType }) => {
    const lines = output.slice(-MOST_LINES).map((line) => cut(line, LINE_WIDTH));
    const on = several ? ` on ${nameCell(instanceType)}` : "";
    return folded(`Last lines of ${nameCell(cut(name, NAME_WIDTH))}${on}`, fenced(lines.join("\n")));
  });
}

/** The tests that `testsTable` leaves out, folded: of more than eight tests, those that did not fail. At most `most` rows. */
export function otherTests(report: ImageTestReport): string {
  const rows = testRows(report);
  if (rows.length <= OPEN_ROWS) return "";
  const others = rows.filter((row) => !isFailed(row));
  if (others.length === 0) return "";
  const what = others.length === 1 ? "1 test" : `${others.length} tests`;
  return folded(`${what} without a failure`, resultsTable(report, others));
}

function resultsTable(report: ImageTestReport, rows: readonly TestRow[]): string {
  const several = isOnSeveralTypes(report);
  const reasons = rows.some(({ message }) => message !== undefined);
  const columns: readonly Column[] = [
    { title: "Test", wraps: true },
    ...(several ? ["Instance type"] : []),
    ...["Result", "Duration"],
    ...(reasons ? [{ title: "Reason", wraps: true } as const] : []),
  ];
  const cells = rows.map((row) => [
    nameCell(cut(row.name, NAME_WIDTH)),
    ...(several ? [idCell(row.instanceType)] : []),
    MARKS[row.outcome],
    testDuration(row),
    ...(reasons ? [prose(cut(row.message ?? "", REASON_WIDTH))] : []),
  ]);
  return cutTable(columns, cells, { most: MOST_ROWS });
}

function failedFirst(report: ImageTestReport): readonly TestRow[] {
  const rows = testRows(report);
  return [...rows.filter(isFailed), ...rows.filter((row) => !isFailed(row))];
}

function isFailed({ outcome }: TestRow): boolean {
  return outcome === "failed";
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width)}…` : text;
}

/** The tests without durations, for a document that is equal for two runs with the same results. */
export function untimedTests(report: ImageTestReport): ImageTestReport {
  const instances = report.instances.map((instance) => ({
    ...instance,
    results: instance.results.map((result) => ({ ...result, duration: 0 })),
  }));
  return { ...report, instances };
}
