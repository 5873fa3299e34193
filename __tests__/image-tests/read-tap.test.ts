import { describe, expect, test } from "@jest/globals";
import { readTap } from "../../src/image-tests/tap.js";

/** Returns a report in short: one line for each test, then the problem. */
function short(text: string): readonly string[] | undefined {
  const read = readTap(text);
  if (!read) return undefined;
  const tests = read.tests.map(({ name, outcome, message, duration, lines }) =>
    [outcome, name, message, duration || undefined, lines.length > 0 ? lines.join("|") : undefined]
      .filter((each) => each !== undefined)
      .join("; "),
  );
  return [...tests, ...(read.problem === undefined ? [] : [`PROBLEM ${read.problem}`])];
}

describe("TAP is read", () => {
  test.each<[string, string, readonly string[]]>([
    ["with a plan first", "1..2\nok 1 - a\nok 2 - b\n", ["passed; a", "passed; b"]],
    ["with a plan last, and Windows line ends", "ok 1 a\r\nok 2\r\n1..2\r\n", ["passed; a", "passed; "]],
    ["without numbers and dashes", "1..2\nok\nok - b", ["passed; ", "passed; b"]],
    ["with other output between", "1..1\nstarting\nokay\nok 1 - a\ndone", ["passed; a"]],
    ["with a version", "TAP version 14\n1..1\nok 1 - a", ["passed; a"]],
    [
      "with a failure and its comment",
      "1..2\nnot ok 1 - a\n# in a.bats, line 3\n#   failed\nok 2 - b\n# x",
      ["failed; a; in a.bats, line 3; in a.bats, line 3|  failed", "passed; b"],
    ],
    [
      "with a YAML block",
      "TAP version 13\n1..1\nnot ok 1 - a\n  ---\n  duration_ms: 12.5\n  error: 'no port'\n  at: x\n  ...\n",
      ["failed; a; no port; 12.5; duration_ms: 12.5|error: 'no port'|at: x"],
    ],
    [
      "with subtests, of which the parent counts",
      "TAP version 14\n1..1\n# Subtest: a\n    1..2\n    ok 1 - x\n    not ok 2 - y\nnot ok 1 - a",
      ["failed; a"],
    ],
    [
      "with SKIP",
      "1..4\nok 1 - a # SKIP no systemd\nok 2 # skip\nnot ok 3 b # Skipped: later\nok 4 - # SKIP Command: x",
      ["skipped; a; no systemd", "skipped; ", "skipped; b; later", "skipped; ; Command: x"],
    ],
    ["with TODO", "1..2\nnot ok 1 - a # TODO later\nok 2 - b # todo", ["skipped; a; TODO later", "passed; b"]],
    [
      "with a # that is no directive",
      "1..3\nok 1 - issue #12\nok 2 - a \\# SKIP b\nok 3 - c # skipper",
      ["passed; issue #12", "passed; a # SKIP b", "passed; c # skipper"],
    ],
    ["with a plan that skips all tests", "1..0 # SKIP not on arm64", ["skipped; ; not on arm64"]],
    ["with a version and an empty plan", "TAP version 13\n1..0", ["skipped; "]],
  ])("%s", (_, text, expected) => expect(short(text)).toEqual(expected));
});

describe("TAP is not complete", () => {
  const ended = "PROBLEM The TAP output has no plan, so the script probably ended early";
  test.each<[string, string, readonly string[]]>([
    ["without a plan", "TAP version 13\nok 1 - a", ["passed; a", ended]],
    ["with a version alone", "TAP version 13\n", [ended]],
    ["with fewer tests", "1..3\nok 1 - a", ["passed; a", "PROBLEM The TAP output has a plan of 3 tests, and 1 ran"]],
    [
      "with more tests",
      "1..1\nok\nok",
      ["passed; ", "passed; ", "PROBLEM The TAP output has a plan of 1 test, and 2 ran"],
    ],
    [
      "after a bail-out",
      "1..2\nok 1 - a\nBail out! No database\nok 2 - b",
      ["passed; a", "PROBLEM Bail out! No database"],
    ],
    ["after a bail-out without a reason", "1..1\nok\nbail out!", ["passed; ", "PROBLEM Bail out!"]],
  ])("%s", (_, text, expected) => expect(short(text)).toEqual(expected));
});

test.each([
  ["nothing", ""],
  ["lines of tests alone", "ok 1 - a\nnot ok 2 - b\n"],
  ["a plan alone", "1..3\n"],
  ["a range in other text", "copied 1..3\nok"],
  ["an empty plan without a reason", "1..0\n"],
  ["a bail-out alone", "Bail out! x"],
])("is not TAP: %s", (_, text) => expect(readTap(text)).toBeUndefined());

test.each<[string, string]>([
  ["a million directives", `1..1\nok 1 ${"# ".repeat(500_000)}`],
  ["a million escapes", `1..1\nok 1 ${"\\#".repeat(500_000)}`],
  ["a million spaces", `1..1\nok 1 #${" ".repeat(1_000_000)}x`],
  ["a million empty lines", `1..1\nok\n${"\n".repeat(1_000_000)}`],
  ["a million comments", `1..1\nnot ok\n${"#\n".repeat(500_000)}`],
  ["a huge plan", "1..999999999\nok"],
])("hostile text is read in linear time: %s", (_, text) => {
  const read = readTap(text);
  expect(read?.tests).toHaveLength(1);
  expect(read?.tests[0]?.name.length).toBeLessThan(5000);
});
