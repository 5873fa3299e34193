import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { annotator } from "../../src/action/annotations.js";
import { actionLog } from "../../src/action/log.js";
import type { BakeEvent, EventData } from "../../src/core/events.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import { consoleStory } from "../../src/report/console/story.js";
import { neutral, workflowCommand } from "../../src/report/workflow-text.js";
import { at, mixedBake, successfulBake, tested, testedBake, testResult } from "../report/events.js";
import { fc } from "../support/properties.js";
import { commandsIn } from "./runner.js";

function logOf(events: readonly BakeEvent[]): string {
  const lines: string[] = [];
  const log = actionLog({
    write: (line) => lines.push(line),
    story: consoleStory({
      colour: false,
      introduce: true,
      timestamps: false,
      progressInterval: 15_000,
      sources: undefined,
    }),
    annotate: annotator({
      workspace: "/work",
      workingDirectory: () => "/work/images",
      sources: () => [],
      secrets: redactor(),
    }),
    token: randomUUID,
  });
  for (const event of events) log.listener(event);
  log.end();
  return lines.join("\n");
}

const started = at(0, { type: "bake-started", builds: [{ name: "web", builder: "amazon-ebs" }] }, null);
const output = (text: string) => at(1, { type: "output", stream: "stdout", text });

describe("actionLog", () => {
  test("groups the steps of a single build that print something", () => {
    const names = commandsIn(logOf(successfulBake())).map(({ name, message }) => `${name} ${message}`.trim());
    expect(names).toEqual(["group Launch the instance", "endgroup", "group Provision", "endgroup"]);
  });

  test("parallel builds have no groups; their errors are annotations", () => {
    const commands = commandsIn(logOf(mixedBake()));
    expect(commands.map((command) => command.name)).toEqual(["error"]);
    expect(commands[0]?.message).toContain("setup.sh exited with 3");
  });

  test("annotates each failed test with its last lines, and then the build", () => {
    const failed = testResult("tests/tls.sh", {
      outcome: "failed",
      message: "exited with status 1",
      output: ["expired"],
    });
    const commands = commandsIn(logOf(testedBake(tested([testResult("boot: login"), failed]))));
    const errors = commands.filter(({ name }) => name === "error").map(({ message }) => message);
    expect(errors).toEqual([
      'Test "tests/tls.sh" failed on t3.micro: exited with status 1%0A  Its last lines:%0A  expired',
      expect.stringContaining("Tests of ami-2 failed"),
    ]);
  });

  test("keeps the last of ten annotations for the build, whatever many tests print", () => {
    const hostile = "x\n::error::forged\r##[error]forged";
    const failed = Array.from({ length: 40 }, (_, index) =>
      testResult(`${index} ${hostile}`, { outcome: "failed", message: hostile, output: [hostile] }),
    );
    const log = logOf(testedBake(tested(failed)));
    const errors = commandsIn(log).filter(({ name }) => name === "error");
    expect(errors).toHaveLength(10);
    expect(errors.map(({ message }) => message.slice(0, 5))).not.toContain("forge");
    expect(errors.at(-1)?.message).toContain("Tests of ami-2 failed");
    expect(log).toContain("40 tests failed");
  });

  test("masks a value before anything else, once, all lines of it", () => {
    const commands = commandsIn(
      logOf([
        at(0, { type: "secret", value: "line one\nline two" }),
        at(1, { type: "secret", value: "line one\nline two" }),
      ]),
    );
    expect(commands).toEqual([{ name: "add-mask", properties: "", message: "line one%0Aline two" }]);
  });

  test.each([
    "::error::owned",
    "  ::add-mask::e",
    "##[error]owned",
    "text ##[add-mask]e",
    "\r::set-output name=ami-id::ami-evil",
    "a\n::warning::b",
    "::stop-commands::known",
    "\u001b[0m::error::owned",
    "\u2028::error::owned",
    "\u0085::error::owned",
    ":\u001b[m:error::owned",
    ":\u200e:error::owned",
    "#\u001b[31m#[error]owned",
    "##\u0000[error]owned",
    "\u001b]0;x\u0007::error::owned",
    "::endgroup::",
    "####[error]x",
  ])("output %j is no command", (text) => {
    expect(commandsIn(logOf([started, output(text)]))).toEqual([]);
  });

  test("no message, output or name can act as a command", () => {
    const piece = fc.constantFrom(
      "::",
      "##[",
      "error",
      "add-mask",
      "]",
      ":",
      "#",
      "\n",
      "\r",
      " ",
      "\t",
      "\u001b[1m",
      "stop-commands",
      "x",
    );
    const hostile = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    const happening = fc.oneof(
      hostile.map((text): EventData => ({ type: "say", text })),
      hostile.map((text): EventData => ({ type: "message", text })),
      hostile.map((text): EventData => ({ type: "output", stream: "stderr", text })),
    );
    fc.assert(
      fc.property(fc.array(happening), hostile, (happenings, name) => {
        const begun = at(0, { type: "bake-started", builds: [{ name, builder: "x" }] }, null);
        return commandsIn(logOf([begun, ...happenings.map((what) => at(1, what, name))])).length === 0;
      }),
    );
  });

  test("commands of ours work again after remote output", () => {
    const log = logOf([started, output("::error::no"), at(2, { type: "secret", value: "hunter2" })]);
    expect(commandsIn(log)).toEqual([{ name: "add-mask", properties: "", message: "hunter2" }]);
  });
});

describe("annotator", () => {
  const annotate = annotator({
    workspace: "/work",
    workingDirectory: () => "/work/images",
    sources: () => [{ file: "web.json", text: '{\n  "buildrs": []\n}' }],
    secrets: redactor(),
  });
  const position = (line: number, column: number) => ({ offset: 0, line, column });
  const range = { file: "web.json", start: position(2, 3), end: position(2, 12) };

  test("names file, lines and columns from the workspace", () => {
    const command = annotate({
      severity: "error",
      code: "unknown-key",
      summary: 'unknown key "buildrs"',
      hint: 'did you mean "builders"?',
      range,
    });
    expect(command).toContain("::error file=images/web.json,line=2,endLine=2,col=3,endColumn=11::unknown key");
    expect(command).toContain("%0A  Hint: did you mean");
  });

  test("names no file outside the workspace", () => {
    const outside = { ...range, file: "/etc/web.json" };
    expect(annotate({ severity: "warning", code: "x", summary: "y", range: outside })).toMatch(/^::warning line=2/);
  });

  test("annotates ten of a severity, and leaves the rest to the log", () => {
    const told = annotator({ workspace: "/w", workingDirectory: () => "/w", sources: () => [], secrets: redactor() });
    const commands = Array.from({ length: 12 }, () => told({ severity: "notice", code: "x", summary: "y" }));
    expect(commands.filter((command) => command === undefined)).toHaveLength(2);
  });
});

test("workflowCommand escapes data and properties", () => {
  expect(workflowCommand("error", "50%\r\nmore", { file: "a,b:c", line: 1, title: undefined })).toBe(
    "::error file=a%2Cb%3Ac,line=1::50%25%0D%0Amore",
  );
});

test("neutral leaves ordinary text alone", () => {
  expect(neutral("a::b ## [x] # y")).toBe("a::b ## [x] # y");
});
