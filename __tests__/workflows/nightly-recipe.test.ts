import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("nightly-recipe");
const project = join(dirname(fileURLToPath(import.meta.url)), "../..");
const workflow = parse(readFileSync(join(project, "examples/workflows/nightly-tests.yml"), "utf8"));
const [step]: readonly { readonly run: string; readonly env: Readonly<Record<string, string>> }[] =
  workflow.jobs.report.steps;

/** A GitHub CLI that records its arguments, and prints the number of the open issue. */
const GH = `#!/bin/sh
printf '%s' "$1 $2" >>calls
shift 2
for each; do printf ' <%s>' "$each" >>calls; done
echo >>calls
[ "$1" != --state ] || printf '%s' "$OPEN_ISSUE"
`;

/** Runs the step of the recipe as the runner does, and returns the calls of the GitHub CLI that change something. */
function changes(tests: "passed" | "failed", openIssue: string): readonly string[] {
  const { status, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step?.run ?? ""], {
    cwd: folder(),
    encoding: "utf8",
    env: {
      PATH: `${join(folder(), "bin")}:${process.env.PATH}`,
      OPEN_ISSUE: openIssue,
      LABEL: "image-tests-web",
      RUN: "https://ghes/r/1",
      TESTS: tests,
      FAILED: "tests/tls.sh: @team, ## $(touch x) `touch x`",
    },
  });
  expect([status, stderr]).toEqual([0, ""]);
  const calls = readFileSync(join(folder(), "calls"), "utf8").trim().split("\n");
  return calls.filter((call) => !/^(label create|issue list)/.test(call));
}

beforeEach(() => {
  rmSync(join(folder(), "calls"), { force: true });
  mkdirSync(join(folder(), "bin"), { recursive: true });
  writeFileSync(join(folder(), "bin/gh"), GH);
  chmodSync(join(folder(), "bin/gh"), 0o755);
});

test.each<[string, "passed" | "failed", string, readonly string[]]>([
  [
    "opens an issue when a test fails",
    "failed",
    "",
    ["issue create <--title> <Image tests fail: web> <--label> <image-tests-web> <--body-file> <body.md>"],
  ],
  ["adds a comment while it still fails", "failed", "7", ["issue comment <7> <--body-file> <body.md>"]],
  [
    "closes the issue when the tests pass",
    "passed",
    "7",
    ["issue close <7> <--comment> <The tests pass again: https://ghes/r/1>"],
  ],
  ["does nothing while they pass", "passed", "", []],
])("the recipe of nightly tests %s", (_name, tests, openIssue, expected) => {
  expect(changes(tests, openIssue)).toEqual(expected);
});

test("names of tests in the issue are indented code, and nothing runs them", () => {
  changes("failed", "");
  expect(readFileSync(join(folder(), "body.md"), "utf8")).toBe(
    "Image tests failed: https://ghes/r/1\n\n    tests/tls.sh: @team, ## $(touch x) `touch x`\n",
  );
  expect(step?.run).not.toContain("${{");
  expect(Object.keys(step?.env ?? {})).toEqual(
    expect.arrayContaining(["LABEL", "RUN", "TESTS", "FAILED", "GH_TOKEN", "GH_REPO"]),
  );
});
