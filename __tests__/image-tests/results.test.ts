import { expect, test } from "@jest/globals";
import { redactor } from "../../src/core/secrets/redactor.js";
import type { InnerTest } from "../../src/image-tests/inner-tests.js";
import { readJunit } from "../../src/image-tests/read-junit.js";
import { type EndedTest, resultsOf } from "../../src/image-tests/results.js";
import { readTap } from "../../src/image-tests/tap.js";
import { anyCharacter, fc } from "../support/properties.js";

const inner = (more: Partial<InnerTest> = {}): InnerTest => ({
  name: "a",
  group: undefined,
  outcome: "passed",
  duration: 0,
  message: undefined,
  end: undefined,
  lines: [],
  ...more,
});

function results(tests: readonly InnerTest[], more: Partial<EndedTest> = {}) {
  const report = { format: "TAP", tests, problem: undefined } as const;
  const secrets = redactor();
  secrets.add("two\nlines of a secret");
  return resultsOf({ name: "x.sh", failure: undefined, duration: 5, report, lastLines: ["last"], ...more }, secrets);
}

const long = "é".repeat(500);

test.each<[string, Partial<InnerTest>, string]>([
  ["a short name", { name: "web" }, "x.sh: web"],
  ["a name with line breaks, tabs and terminal sequences", { name: " a\n\tb\u001b[31m\u202ec " }, "x.sh: a bc"],
  ["a long name", { name: long }, `x.sh: ${"é".repeat(199)}…`],
  ["a pair of surrogates at the end", { name: `${"a".repeat(198)}😀b` }, `x.sh: ${"a".repeat(198)}…`],
  ["no name", { name: " " }, "x.sh"],
  ["no name, but a group", { name: "", group: "web" }, "x.sh: web"],
  ["a secret of several lines", { name: "two\nlines of a secret" }, "x.sh: <sensitive>"],
])("the name of a test: %s", (_, test, name) => expect(results([inner(test)])[0]?.name).toBe(name));

test("tests without a name have a number", () => {
  const names = results([inner({ name: "" }), inner(), inner({ name: "" })]).map(({ name }) => name);
  expect(names).toEqual(["x.sh: test 1", "x.sh: a", "x.sh: test 3"]);
});

test("messages and lines have a limit, and the last 15 lines are kept", () => {
  const lines = [...Array.from({ length: 20 }, (_, index) => `line ${index}`), "", long, "two", "lines of a secret"];
  const [result] = results([inner({ outcome: "failed", message: long, lines })]);
  expect(result?.message).toBe(`${"é".repeat(299)}…`);
  expect(result?.output.slice(-3)).toEqual(["line 19", `${"é".repeat(299)}…`, "<sensitive>"]);
  expect(result?.output).toHaveLength(15);
  // A secret whose beginning is not kept.
  const [cut] = results([inner({ outcome: "failed", lines: ["two", "lines of a secret", ...lines.slice(0, 14)] })]);
  expect(cut?.output[0]).toBe("<sensitive>");
});

test.each<[string, readonly InnerTest[], Partial<EndedTest>, readonly string[]]>([
  ["a report without tests and a success", [], {}, ["skipped x.sh: It reports no tests"]],
  ["no report and a success", [], { report: undefined }, ["passed x.sh"]],
  ["a report without tests and a failure", [], { failure: "exit status 1" }, ["failed x.sh: exit status 1"]],
  [
    "a failed test and a failure",
    [inner({ outcome: "failed" })],
    { failure: "exit status 1" },
    ["failed x.sh: a: undefined"],
  ],
  [
    "a failure and an incomplete report",
    [inner()],
    { failure: "exit status 1", report: { format: "TAP", tests: [inner()], problem: "Bail out!" } },
    ["passed x.sh: a", "failed x.sh: exit status 1; Bail out!"],
  ],
  ["no report", [], { report: undefined, failure: "connection lost" }, ["failed x.sh: connection lost"]],
])("%s", (_, tests, more, expected) => {
  const texts = results(tests, more).map(({ outcome, name, message }) =>
    outcome === "passed" ? `${outcome} ${name}` : `${outcome} ${name}: ${message}`,
  );
  expect(texts).toEqual(expected);
});

test("of more than 1,000 passed tests the number of the others is listed", () => {
  const all = results(Array.from({ length: 1200 }, () => inner()));
  expect(all).toHaveLength(1001);
  expect(all.at(-1)).toMatchObject({ name: "x.sh", outcome: "passed", message: "200 more tests are not listed" });
});

test("the last lines of the script are those of its last failed test, if it has none", () => {
  const failed = inner({ outcome: "failed" });
  const own = inner({ outcome: "failed", lines: ["own"] });
  expect(results([failed, failed, inner()]).map(({ output }) => output)).toEqual([[], ["last"], []]);
  expect(results([failed, own]).map(({ output }) => output)).toEqual([[], ["own"]]);
});

test("a single test takes as long as its script", () => {
  expect(results([inner()])[0]?.duration).toBe(5);
  expect(results([inner({ duration: 2 })])[0]?.duration).toBe(2);
  expect(results([inner(), inner()])[0]?.duration).toBe(0);
});

test("any text gives results within the limits, also pieces of TAP and JUnit XML in any order", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "1..3",
      "\nok 1 - a",
      "\nnot ok",
      "\n  ---\n",
      "\n  ...",
      " # SKIP x",
      "\nBail out!",
      "TAP version 13\n",
      "\\",
    ),
    fc.constantFrom(
      "\n<testsuite>",
      "</testsuite>",
      '<testcase name="',
      '" time="1"/>',
      "<failure>",
      "</failure>",
      "</testcase>",
    ),
    fc.constantFrom("<![CDATA[", "]]>", "<!--", "-->", "<?xml ?>", "&#x41;", "&amp;", "<", ">", '"', "\n", "="),
    anyCharacter,
  );
  const property = fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
    const text = pieces.join("");
    const report = readJunit(text) ?? readTap(text);
    const all = results([], { report });
    expect(all.length).toBeGreaterThan(0);
    for (const { name, message = "", output } of all) {
      for (const line of [name, message]) expect(line).not.toMatch(/[\n\r\u001b]/);
      expect(
        Math.max(name.length - 206, message.length - 300, ...output.map(({ length }) => length - 300)),
      ).toBeLessThanOrEqual(0);
    }
  });
  fc.assert(property, { numRuns: 500 });
});
