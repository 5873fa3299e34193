import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { isLogged, traceOf, withPrefix } from "../../src/core/debug.js";
import type { Diagnostic } from "../../src/core/diagnostics.js";
import { BakeError } from "../../src/core/errors.js";
import { openDebugLog, runHeader } from "../../src/engine/debug-log.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("debug-log");
const NOW = new Date(2026, 1, 3, 4, 5, 6).getTime();

/** Opens a log with these variables. Secrets are "hunter2". */
function open(env: Readonly<Record<string, string>>) {
  const printed: string[] = [];
  const warnings: Diagnostic[] = [];
  const log = openDebugLog({
    env,
    cwd: folder(),
    now: () => NOW,
    clean: (text) => text.replaceAll("hunter2", "<sensitive>"),
    print: (line, time) => printed.push(`${time}|${line}`),
    warn: (diagnostic) => warnings.push(diagnostic),
  });
  return { ...log, printed, warnings };
}

const at = (name: string) => join(folder(), name);
const written = (name: string) => readFileSync(at(name), "utf8");
const modeOf = (name: string) => (statSync(at(name)).mode & 0o777).toString(8);

describe("the debug log", () => {
  test.each<[Readonly<Record<string, string>>, boolean]>([
    [{}, false],
    [{ RUNNER_DEBUG: "1" }, true],
    [{ RUNNER_DEBUG: "0" }, false],
    [{ ACTIONS_STEP_DEBUG: "true" }, true],
    [{ ACTIONS_STEP_DEBUG: "false" }, false],
    [{ PACKER_LOG: "1" }, true],
    [{ PACKER_LOG: "trace" }, true],
    [{ PACKER_LOG: "" }, false],
    [{ PACKER_LOG: "0" }, false],
    [{ BAKE_AMI_LOG: "debug" }, true],
    [{ BAKE_AMI_LOG: "off" }, false],
    [{ BAKE_AMI_LOG: "0", PACKER_LOG: "1" }, true],
    [{ PACKER_LOG_PATH: "off.log", BAKE_AMI_LOG_PATH: "off.log" }, false],
  ])("with %j is on: %p", (env, on) => {
    const { debug, printed } = open(env);
    let built = 0;
    debug(() => {
      built += 1;
      return "text";
    });
    expect(built).toBe(on ? 1 : 0);
    expect(printed).toEqual(on ? ["2026/02/03 04:05:06|text"] : []);
    expect(isLogged(debug)).toBe(on);
    expect(existsSync(at("off.log"))).toBe(false);
  });

  test.each([
    ["PACKER_LOG", { PACKER_LOG_PATH: "packer.log" }, "packer.log"],
    ["RUNNER_DEBUG", { PACKER_LOG_PATH: "runner.log" }, "runner.log"],
    ["BAKE_AMI_LOG", { BAKE_AMI_LOG_PATH: "own.log", PACKER_LOG_PATH: "unused.log" }, "own.log"],
  ])("of %s goes to the file in %j, which only its user can read", (name, paths, file) => {
    const { debug, copy, printed } = open({ [name]: "1", ...paths });
    expect(existsSync(at(file))).toBe(false);
    debug(() => "first\nwith hunter2");
    copy("==> web: hunter2");
    expect(printed).toEqual([]);
    expect(written(file)).toBe(
      [
        "2026/02/03 04:05:06 [DEBUG] first",
        "2026/02/03 04:05:06 [DEBUG] with <sensitive>",
        "2026/02/03 04:05:06 ui: ==> web: <sensitive>",
        "",
      ].join("\n"),
    );
    expect(modeOf(file)).toBe("600");
    expect(existsSync(at("unused.log"))).toBe(false);
  });

  test("is appended to the file of an earlier step, whose mode is corrected", () => {
    writeFileSync(at("both.log"), "the bake\n", { mode: 0o644 });
    open({ PACKER_LOG: "1", PACKER_LOG_PATH: "both.log" }).debug(() => "post");
    expect(written("both.log")).toBe("the bake\n2026/02/03 04:05:06 [DEBUG] post\n");
    expect(modeOf("both.log")).toBe("600");
  });

  test.each([
    ["PACKER_LOG_PATH", "no/such/directory/x.log", "no such file or directory"],
    ["BAKE_AMI_LOG_PATH", ".", "it is a directory"],
  ])("whose file in %s is %s is printed, with one warning", (name, path, why) => {
    const { debug, copy, printed, warnings } = open({ PACKER_LOG: "1", [name]: path });
    for (const text of ["one", "two"]) {
      debug(() => text);
      copy("not printed twice");
    }
    expect(printed.map((line) => line.split("|")[1])).toEqual(["one", "two"]);
    expect(warnings).toMatchObject([
      {
        severity: "warning",
        summary: `The debug log is printed, because its file cannot be used: Could not write "${path}": ${why}`,
        hint: `Set ${name} to a file that can be written, or unset it.`,
      },
    ]);
  });

  test("has no copies of the printed text if it is printed too", () => {
    const { copy, printed } = open({ PACKER_LOG: "1" });
    copy("==> web: text");
    expect(printed).toEqual([]);
  });

  test("cuts a line that fills it", () => {
    const { debug, printed } = open({ PACKER_LOG: "1" });
    debug(() => "x".repeat(1_000_000));
    expect(printed[0]?.length).toBeLessThan(4100);
  });

  test("begins with version, Node, platform, the names of settings and the template", () => {
    const startedAt = new Date("2026-02-03T04:05:06Z");
    const run = { what: "Command: build", names: ["-var", "-force"], template: "web.pkr.hcl", startedAt };
    expect(runHeader(run)).toBe(
      [
        `bake-ami 0.1.0, Node ${process.version}, ${process.platform} ${process.arch}, 2026-02-03T04:05:06.000Z`,
        "Command: build, with -var, -force",
        "Template: web.pkr.hcl",
      ].join("\n"),
    );
    expect(runHeader({ ...run, names: [], template: undefined })).toMatch(/\nCommand: build, with no settings$/);
  });

  test("is documented with its variables", () => {
    const page = readFileSync(new URL("../../docs/debugging.md", import.meta.url), "utf8");
    for (const name of ["RUNNER_DEBUG", "ACTIONS_STEP_DEBUG", "PACKER_LOG", "BAKE_AMI_LOG"])
      expect(page).toContain(`\n| \`${name}\` | not empty`);
    for (const name of ["PACKER_LOG_PATH", "BAKE_AMI_LOG_PATH"]) expect(page).toContain(`\`${name}\``);
  });

  test("has a prefix before each line of a build, and stays off", () => {
    const { debug, printed } = open({ PACKER_LOG: "1" });
    withPrefix(debug, "web: ")(() => "a\nb");
    expect(printed.map((line) => line.split("|")[1])).toEqual(["web: a", "web: b"]);
    expect(isLogged(withPrefix(open({}).debug, "web: "))).toBe(false);
  });

  test("has an error with its causes, also if these are a circle", () => {
    const cause = new Error("inner");
    const error = new Error("outer", { cause });
    expect(traceOf(error)).toMatch(/^Error: outer\n[\s\S]*\nCaused by: Error: inner\n/);
    cause.cause = error;
    expect(traceOf(error).match(/outer/g)).toHaveLength(3);
    expect(traceOf("text")).toBe("text");
  });

  test("has an expected error without stacks", () => {
    const error = new BakeError("No AWS Region is set", { code: "no-region", cause: new TypeError("inner") });
    expect(traceOf(error)).toBe("BakeError (no-region): No AWS Region is set\nCaused by: TypeError: inner");
  });
});
