import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { windowsShellOptions } from "../../src/provisioners/windows-shell/options.js";
import { run } from "../../src/provisioners/windows-shell/run.js";
import { temporaryFolder } from "../support/folder.js";
import { decode } from "./provision.js";
import { provisionWindows } from "./windows/machine.js";

const folder = temporaryFolder("windows-shell");
const provision = (options: object, more: Parameters<typeof provisionWindows>[2] = {}) =>
  provisionWindows({ schema: windowsShellOptions, run }, options, { cwd: folder(), ...more });

const PATH = "c:/Windows/Temp/script.bat";
const BUILD = 'set "PACKER_BUILDER_TYPE=amazon-ebs" && set "PACKER_BUILD_NAME=web" && ';

test("inline lines are one batch file, which runs with the variables", async () => {
  const { error, requests, said } = await provision({
    inline: ["echo one", "echo %X%"],
    environment_vars: ["X=1 2&3"],
  });
  expect(error).toBeUndefined();
  expect(requests).toEqual([
    { file: PATH, text: "echo one\r\necho %X%\r\n" },
    { line: `${BUILD}set "X=1 2&3" && "${PATH}"` },
  ]);
  expect(said).toEqual(["Provisioning with windows-shell...", "Provisioning with shell script: inline script"]);
});

test.each([
  ["LF becomes CRLF, because cmd.exe needs it", {}, "a\r\nb\r\nc"],
  ["a binary file is uploaded unchanged", { binary: true }, "a\nb\r\nc"],
])("%s", async (_name, more, text) => {
  writeFileSync(join(folder(), "a.bat"), "a\nb\r\nc");
  const { requests } = await provision({ script: "a.bat", remote_path: "D:/x/", ...more });
  expect(requests).toEqual([{ file: "D:/x/a.bat", text }, { line: `${BUILD}"D:/x/a.bat"` }]);
});

test("execute_command and env_var_format are used, env overrides environment_vars", async () => {
  const { requests } = await provision({
    inline: ["x"],
    environment_vars: ["A=1"],
    env: { A: "2" },
    env_var_format: "set %s=%s&",
    execute_command: 'cmd /c {{.Vars}}call "{{.Path}}"',
  });
  const vars = "set A=2&set PACKER_BUILDER_TYPE=amazon-ebs&set PACKER_BUILD_NAME=web&";
  expect(requests[1]).toEqual({ line: `cmd /c ${vars}call "${PATH}"` });
});

test.each<[string, object, object | undefined]>([
  ["is an error", {}, { code: "script-failed", message: expect.stringContaining("non-zero exit status: 5.") }],
  ["can be allowed", { valid_exit_codes: [5] }, undefined],
])("another exit code %s", async (_name, more, expected) => {
  const answer = (text: string) => (text.includes(PATH) ? { end: { status: "exited", code: 5 } as const } : undefined);
  const { error } = await provision({ inline: ["exit /b 5"], ...more }, { answer });
  if (expected) expect(error).toMatchObject(expected);
  else expect(error).toBeUndefined();
});

test("a script that ends with the connection is not started again", async () => {
  const answer = (text: string) => (text.includes(PATH) ? { end: { status: "disconnected" } as const } : undefined);
  const { error, requests } = await provision({ inline: ["shutdown /r /t 0"] }, { answer });
  expect(error).toMatchObject({ code: "script-disconnected" });
  expect(requests).toHaveLength(2);
});

test.each([
  ["nothing to run", {}, "Either a script file or an inline script must be specified"],
  ["a variable without a name", { inline: ["x"], environment_vars: ["=b"] }, "Environment variable not in format"],
  [
    "a line break in environment_vars",
    { inline: ["x"], environment_vars: ["A=1\n2"] },
    "The value of A has a line break",
  ],
  ["one quote in a value", { inline: ["x"], env: { B: '5" disk' } }, "The value of B has double quotes"],
  ["an operator between quotes", { inline: ["x"], env: { B: 'a"&"b' } }, "The value of B has double quotes"],
  ["a line break in env", { inline: ["x"], env: { B: "1\r2" } }, "The value of B has a line break"],
])("validation: %s", (_name, options, summary) => {
  const { diagnostics } = decode(windowsShellOptions, options, folder());
  expect(diagnostics.map((each) => each.summary)).toEqual([expect.stringContaining(summary)]);
});

test.each([
  ["a pair of quotes", { env: { A: 'say "x" & y' } }],
  ["operators and percent signs", { env: { A: "a&b|c<d>e^f%g%h" } }],
  ["a quote in a format of the template", { env: { A: '5"' }, env_var_format: "set %s=%s&" }],
])("cmd.exe can set %s", (_name, options) => {
  expect(decode(windowsShellOptions, { inline: ["x"], ...options }, folder()).diagnostics).toEqual([]);
});

test("a value that cmd.exe cannot set ends the build before the script is uploaded", async () => {
  const { error, requests } = await provision({ inline: ["x"], env: { PW: 'a"b' } });
  expect(error).toMatchObject({ code: "variable-not-settable", message: expect.stringContaining("The value of PW") });
  expect(requests).toEqual([]);
});
