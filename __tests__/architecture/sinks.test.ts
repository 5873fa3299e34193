import { describe, expect, test } from "@jest/globals";
import { files } from "./imports.js";

/** Every place that prints, and what redacts its text. */
const PRINTERS: Readonly<Record<string, string>> = {
  "cli/terminal.ts": "sealTerminal, which is around the only terminal",
  "action/step.ts": "redactPrinted; workflow commands have redacted text",
  "engine/process.ts": "Node's own warnings, and the error of a stream: no text of others",
};

/** Every place of the front ends that writes a file, and what redacts its text. */
const WRITERS: Readonly<Record<string, string>> = {
  "engine/files.ts":
    "the callers: the reports below and the debug log, which is cleaned; formatted templates are exact",
  "engine/debug-log.ts": "clean",
  "engine/test-results.ts": "the callers: redactDeep at the end of the run, because a mask would break the XML",
  "cli/commands/build.ts": "mask, after redactDeep",
  "cli/ledger-file.ts": "ledgers have no secrets",
  "cli/autocomplete.ts": "lines of ours",
  "action/reports.ts": "mask; outputs are exact, and the runner masks them",
  "action/documents.ts": "mask, after redactDeep",
  "action/runner-commands.ts": "outputs and state are exact: the runner masks them",
  "action/state.ts": "the state has the keys for the post step, which only the runner reads",
};

const PRINTS = /\bprocess\.std(out|err)\b|\bconsole\.(log|error|warn|info|debug)\(|\bemitWarning\(/;
const WRITES =
  /\b(appendFile|appendFileSync|writeFile|writeFileSync|writeSync|createWriteStream|writeReport|appendToPrivateFile|appendWhole)\(/;

/** Returns the files whose code matches, without comments and declarations of functions. */
function matching(pattern: RegExp, rooms: RegExp): readonly string[] {
  return [...files]
    .filter(([file]) => rooms.test(file))
    .filter(([, text]) => pattern.test(text.replace(/^\s*(\/\/|\*|\/\*).*$/gm, "")))
    .map(([file]) => file)
    .sort();
}

describe("the places where text leaves the process", () => {
  test("PRINTERS lists every one that prints", () => {
    expect(matching(PRINTS, /^(?!local\/)/)).toEqual(expect.arrayContaining(["action/step.ts", "cli/terminal.ts"]));
    expect(matching(PRINTS, /^(?!local\/)/).filter((file) => !(file in PRINTERS))).toEqual([]);
  });

  test("WRITERS lists every one of the front ends that writes a file", () => {
    const found = matching(WRITES, /^(action|cli|engine|report|core)\//).filter((file) => !isTool(file));
    expect(found.filter((file) => !(file in WRITERS))).toEqual([]);
  });

  test("the terminal of the process is opened once, and sealed", () => {
    expect(matching(/\bprocessTerminal\(/, /./)).toEqual(["cli/main.ts", "cli/terminal.ts"]);
    expect(files.get("cli/main.ts")).toContain("withDebugLog(processTerminal(), ");
    expect(files.get("cli/debug.ts")).toMatch(/const terminal = sealTerminal\(output, /);
    expect(matching(/\bterminal: output\b|output\.(write|error)\(/, /^cli\/debug\.ts$/)).toEqual([]);
  });

  test("output of commands is divided into lines only after it is redacted", () => {
    expect(matching(/\blineSplitter\(/, /^(?!local\/)/)).toEqual(["core/output.ts", "core/text.ts"]);
  });

  test("no regular expression is made of a secret", () => {
    expect(matching(/new RegExp\(/, /^(core\/secrets|report)\//)).toEqual([]);
  });
});

/** Writes the texts that are generated at build time. */
function isTool(file: string): boolean {
  return file === "action/metadata.ts" || file === "action/reference-page.ts" || file === "cli/man-page.ts";
}
