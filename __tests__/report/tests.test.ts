import { describe, expect, test } from "@jest/globals";
import { plainLine } from "../../src/core/plain.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import { consoleStory } from "../../src/report/console/story.js";
import { machineReadable } from "../../src/report/machine-readable.js";
import { outputsOf } from "../../src/report/outputs.js";
import { reportCollector, reportFrom } from "../../src/report/report.js";
import { failedTestErrors, testLine } from "../../src/report/tests.js";
import { at, mixedBake, successfulBake, tested, testedBake, testResult } from "./events.js";

const FAILED = testResult("tests/tls.sh", {
  outcome: "failed",
  duration: 350,
  message: "exited with status 1",
  output: ["checking", "certificate expired"],
});
const SKIPPED = testResult("tests/gpu.sh: cuda", { outcome: "skipped", duration: 0, message: "no GPU" });
const PASSED = testResult("boot: login");

const story = () =>
  consoleStory({ colour: false, introduce: false, timestamps: false, progressInterval: 5000, sources: [] });

describe("the line on tests", () => {
  test.each([
    ["one that passed", tested([PASSED]), "1 test passed"],
    ["all outcomes", tested([PASSED, PASSED, FAILED, SKIPPED]), "2 tests passed, 1 failed, 1 skipped"],
    ["only failed ones", tested([FAILED, FAILED]), "2 tests failed"],
    ["only skipped ones", tested([SKIPPED]), "1 test skipped"],
    ["no instance", tested([], { instances: [] }), "no test ran"],
    ["an instance without a result", tested([], { outcome: "failed" }), "1 test failed"],
    [
      "an earlier run",
      tested([], { instances: [], earlier: "abc 2026-11-20T22:13:45.000Z 4711" }),
      "passed earlier with the same tests, 2026-11-20 22:13 UTC by run 4711",
    ],
    [
      "an earlier run whose tag was changed",
      tested([], { instances: [], earlier: "by hand" }),
      "passed in an earlier run with the same tests",
    ],
  ])("of %s", (_name, report, expected) => {
    expect(testLine(report)).toBe(expected);
  });
});

describe("the console", () => {
  const linesOf = (report: ReturnType<typeof tested>) => story()(at(1, { type: "image-tested", report }));

  test("prints each test with result and duration, the last lines of a failed one, and the counts at the end", () => {
    const ofTap = testResult("tests/tap.sh: ok", { duration: 0 });
    expect(linesOf(tested([PASSED, ofTap, { ...SKIPPED, duration: 40 }, FAILED]))).toEqual([
      "==> web: Results of the tests of AMI ami-2 in us-west-2:",
      "    web: passed   boot: login (1.2 s)",
      "    web: passed   tests/tap.sh: ok",
      "    web: skipped  tests/gpu.sh: cuda: no GPU",
      "    web: failed   tests/tls.sh (350 ms): exited with status 1",
      "    web:          | checking",
      "    web:          | certificate expired",
      "==> web: 2 tests passed, 1 failed, 1 skipped",
    ]);
  });

  test("names the instance type where several were tested", () => {
    const instance = (instanceType: string) => ({ instanceType, instanceId: "i-1", results: [PASSED] });
    expect(linesOf(tested([], { instances: [instance("t3.micro"), instance("m7g.large")] })).slice(1)).toEqual([
      "    web: passed  boot: login on t3.micro (1.2 s)",
      "    web: passed  boot: login on m7g.large (1.2 s)",
      "==> web: 2 tests passed",
    ]);
  });

  test("prints one line for the tests of an earlier run", () => {
    expect(linesOf(tested([], { instances: [], earlier: "abc 2026-11-20T22:13:45.000Z 4711" }))).toEqual([
      "==> web: Tests of AMI ami-2 in us-west-2: passed earlier with the same tests, 2026-11-20 22:13 UTC by run 4711",
    ]);
  });

  test("prints of a thousand tests only those that did not pass, failed ones first", () => {
    const many = Array.from({ length: 1000 }, (_, index) => testResult(`t${index}`));
    const lines = linesOf(tested([...many, SKIPPED, FAILED]));
    expect(lines.slice(1)).toEqual([
      "    web: failed   tests/tls.sh (350 ms): exited with status 1",
      "    web:          | checking",
      "    web:          | certificate expired",
      "    web: skipped  tests/gpu.sh: cuda: no GPU",
      "    web: … and 1000 more tests",
      "==> web: 1000 tests passed, 1 failed, 1 skipped",
    ]);
    expect(linesOf(tested(many.map((each) => ({ ...each, outcome: "failed" })))).length).toBeLessThan(60);
  });

  test("removes control characters and line breaks of names, reasons and output", () => {
    const hostile = "a\u001b[2Jb\r\nc\u2028d";
    const lines = linesOf(tested([testResult(hostile, { outcome: "failed", message: hostile, output: [hostile] })]));
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toBe(plainLine(line));
  });
});

test("the error of a failed test has its name, instance type, reason and last lines", () => {
  expect(failedTestErrors(tested([PASSED, FAILED]))).toEqual([
    {
      severity: "error",
      code: "image-test-failed",
      summary: 'Test "tests/tls.sh" failed on t3.micro: exited with status 1',
      detail: "Its last lines:\nchecking\ncertificate expired",
    },
  ]);
});

test("machine-readable output has a record for each test, on one line", () => {
  const hostile = testResult("a,b\nc", { outcome: "failed", message: "x,y" });
  const records = machineReadable(story())(at(1, { type: "image-tested", report: tested([PASSED, hostile]) }));
  expect(records.map((record) => record.split(",").slice(1).join(",")).slice(-3)).toEqual([
    "web,test-count,2",
    "web,test,0,boot: login,t3.micro,passed,1200,",
    "web,test,1,a%!(PACKER_COMMA)b c,t3.micro,failed,1200,x%!(PACKER_COMMA)y",
  ]);
  expect(records.filter((record) => record.includes(",ui,")).map((record) => record.split(",")[3])).toEqual(
    expect.arrayContaining(["error"]),
  );
});

describe("the outputs", () => {
  test.each([
    ["without tests", successfulBake(), ""],
    ["with tests that passed", testedBake(tested([PASSED])), "passed"],
    ["with a test that failed", testedBake(tested([PASSED, FAILED])), "failed"],
    ["of a build that failed before its tests", mixedBake(), ""],
  ])("of a bake %s", (_name, events, expected) => {
    expect(outputsOf(reportFrom(events), undefined)).toMatchObject({ tests: expected, "test-results": "" });
  });

  test("have the file of the results, and in builds the counts and the names of failed tests", () => {
    const outputs = outputsOf(reportFrom(testedBake(tested([PASSED, SKIPPED, FAILED]))), "/tmp/b/test-results.xml");
    expect(outputs["test-results"]).toBe("/tmp/b/test-results.xml");
    expect(JSON.parse(outputs.builds)[0].tests).toEqual({
      outcome: "failed",
      earlier: false,
      passed: 1,
      failed: 1,
      skipped: 1,
      "failed-tests": ["tests/tls.sh"],
    });
  });

  test("take the tests from the artifact where no event had them", () => {
    const events = testedBake(tested([PASSED])).filter(({ type }) => type !== "image-tested");
    expect(outputsOf(reportFrom(events), undefined).tests).toBe("passed");
  });

  test("have no secret that a test has in its name, and the exact id of the image", () => {
    const secrets = redactor();
    secrets.add("hunter2");
    const collected = reportCollector(secrets, { notation: (name) => name, hints: {} });
    const report = tested([testResult("login as hunter2", { outcome: "failed" })]);
    for (const event of testedBake(report)) collected.listener(event);
    expect(outputsOf(collected.exact(), undefined).builds).not.toContain("hunter2");
    expect(collected.exact().builds[0]?.tests?.imageId).toBe("ami-2");
  });
});
