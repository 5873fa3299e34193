import { expect, test } from "@jest/globals";
import { failure, failureOutput } from "../../../src/report/markdown/failures.js";
import { type BuildReport, reportFrom } from "../../../src/report/report.js";
import { at, mixedBake } from "../events.js";

/** A build that failed after so many lines of output, with a detail of its error. */
function failedBuild(lines: number, detail?: string): BuildReport {
  const output = Array.from({ length: lines }, (_, i) =>
    at(2, { type: "output", stream: "stdout", text: `line\t${i + 1}` }),
  );
  const error = { severity: "error", code: "script-failed", summary: "Script failed", detail } as const;
  const ended = at(5, { type: "build-ended", outcome: "failed", artifacts: [], error });
  const [build] = reportFrom([...mixedBake().slice(0, 3), ...output, ended]).builds;
  if (!build) throw new Error("no build");
  return build;
}

const CONTEXT = { sources: [], run: undefined };

test("a detail that repeats the last lines of output is printed once", () => {
  const repeated = failedBuild(3, "Its last lines:\nline 2\nline 3");
  expect(failure(repeated, CONTEXT, false)).toBe("**Script failed**");
  expect(failureOutput(repeated)).toBe("Last lines of output:\n\n```text\nline    1\nline    2\nline    3\n```");
});

test("other details are printed", () => {
  expect(failure(failedBuild(3, "Its last lines:\nline 9"), CONTEXT, false)).toBe(
    "**Script failed**\n\n```text\nIts last lines:\nline 9\n```",
  );
  expect(failure(failedBuild(3, "AWS: denied"), CONTEXT, false)).toBe("**Script failed**\n\nAWS&#58; denied");
});

test("more than fifteen lines of output are folded", () => {
  expect(failureOutput(failedBuild(15))).not.toContain("<details>");
  const long = failureOutput(failedBuild(17));
  expect(long).toContain("<details><summary>Earlier lines</summary>\n\n```text\nline    1\nline    2\n```");
  expect(long).toContain("```text\nline    3\n");
});

test("a build that did not fail has no failure", () => {
  const build: BuildReport = { ...failedBuild(1), outcome: "cancelled" };
  expect([failure(build, CONTEXT, false), failureOutput(build)]).toEqual(["", ""]);
});
