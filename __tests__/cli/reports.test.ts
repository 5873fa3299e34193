import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { runCommandLine } from "../../src/cli/run.js";
import { noDebug } from "../../src/core/debug.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import type { Engine } from "../../src/engine/api.js";
import { successfulBake, tested, testedBake, testResult } from "../report/events.js";
import { temporaryFolder } from "../support/folder.js";
import { noStreams } from "../support/streams.js";
import { recordedEngine } from "./engine.js";

const folder = temporaryFolder("reports");

/** Runs a command line and returns all its output. */
async function outputOf(args: readonly string[], engine: Engine): Promise<string> {
  const lines: string[] = [];
  await runCommandLine(args, {
    terminal: {
      write: (line) => lines.push(line),
      error: (line) => lines.push(line),
      isTerminal: false,
      streams: noStreams(),
      isFile: false,
      whileOthersPrint: (work) => work(),
      ask: undefined,
      readAll: async () => "",
      async *readLines() {},
    },
    ...{ engine, env: { XDG_STATE_HOME: folder(), HOME: folder() }, cwd: folder() },
    ...{ secrets: redactor(), debug: noDebug, signal: new AbortController().signal },
  });
  return lines.join("\n");
}

const inFolder = (engine: Engine): Engine => ({
  ...engine,
  openLocal: async () => ({ stateDirectory: folder(), recorded: () => [], close: async () => {} }),
});

test("a local bake prints the paths of its summary and comment", async () => {
  const output = await outputOf(["build", "-local", "web.json"], inFolder(recordedEngine(successfulBake())));
  expect(output).toContain(`Summary: ${join(folder(), "summary.md")}\nComment: ${join(folder(), "comment.md")}`);
});

test("a local bake that ends before it begins prints no summary of an earlier run", async () => {
  writeFileSync(join(folder(), "summary.md"), "of an earlier run");
  const error = { severity: "error", code: "x", summary: "wrong" } as const;
  const engine = inFolder(recordedEngine([], { plan: undefined, diagnostics: [error] }));
  expect(await outputOf(["build", "-local", "web.json"], engine)).not.toContain("Summary:");
});

test("reports create the directories that do not exist, and one that cannot be written names its file", async () => {
  const engine = recordedEngine(successfulBake());
  writeFileSync(join(folder(), "file"), "");
  const output = await outputOf(["build", "-summary=new/summary.md", "-comment=file/comment.md", "web.json"], engine);
  expect(existsSync(join(folder(), "new", "summary.md"))).toBe(true);
  expect(output).toMatch(/Warning: Could not write "file\/comment\.md": /);
  expect(output).not.toMatch(/ENOTDIR|EEXIST|ENOENT/);
});

test("the results of the tests are written as JUnit XML, also if a test failed, and a local bake prints their path", async () => {
  const failed = testResult("tests/tls.sh", { outcome: "failed", message: "expired <now>" });
  const engine = recordedEngine(testedBake(tested([failed])));
  await outputOf(["build", "-test-results=new/results.xml", "web.json"], engine);
  expect(readFileSync(join(folder(), "new", "results.xml"), "utf8")).toMatch(
    /<testsuites .*failures="1".*expired &lt;now/s,
  );
  const output = await outputOf(["build", "-local", "web.json"], inFolder(engine));
  expect(output).toContain(`Test results: ${join(folder(), "test-results.xml")}`);
});

test("without tests, or where an earlier run tested the image, no results are written", async () => {
  const earlier = tested([], { instances: [], earlier: "abc 2026-11-20T22:13:45.000Z 4711" });
  for (const events of [successfulBake(), testedBake(earlier)]) {
    await outputOf(["build", "-test-results=none.xml", "web.json"], recordedEngine(events));
    expect(existsSync(join(folder(), "none.xml"))).toBe(false);
  }
});
