import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { BakeError } from "../../src/core/errors.js";
import { powershellOptions } from "../../src/provisioners/powershell/options.js";
import { run } from "../../src/provisioners/powershell/run.js";
import { temporaryFolder } from "../support/folder.js";
import { decode } from "./provision.js";
import { asked, cleanup, provisionWindows } from "./windows/machine.js";

const folder = temporaryFolder("powershell");
const kind = { schema: powershellOptions, run };
const provision = (options: object, more: Parameters<typeof provisionWindows>[2] = {}) =>
  provisionWindows(kind, options, { cwd: folder(), ...more });

const ENV = "c:/Windows/Temp/packer-ps-env-vars-id1.ps1";
const SCRIPT = "c:/Windows/Temp/script-id2.ps1";
const BUILD = '$env:PACKER_BUILDER_TYPE="amazon-ebs"; $env:PACKER_BUILD_NAME="web"; ';

/** Writes a script to the working directory. */
function script(name: string, text: string): string {
  writeFileSync(join(folder(), name), text);
  return name;
}

describe("running", () => {
  test("inline lines are one script with the variables, which runs as Packer runs it", async () => {
    const { error, requests, said } = await provision({ inline: ["Write-Host 'a'", "b"], environment_vars: ["A=1"] });
    expect(error).toBeUndefined();
    const [variables, inline, command, ...rest] = asked(requests);
    expect(variables).toEqual({ file: ENV, text: `$env:A="1"; ${BUILD}` });
    expect(inline).toMatchObject({
      file: SCRIPT,
      text: expect.stringContaining(`\n$env:A="1"; ${BUILD}\nWrite-Host 'a'\nb\n`),
    });
    expect(command).toEqual({ line: `powershell -executionpolicy bypass -file ${SCRIPT}` });
    expect(rest).toEqual([]);
    expect(said).toEqual(["Provisioning with Powershell...", "Provisioning with powershell script: inline script"]);
  });

  test("script files are uploaded unchanged, in order, to one path", async () => {
    const scripts = [script("a.ps1", "A\r\n"), script("b.ps1", "B\n")];
    const { requests } = await provision({ scripts });
    const line = `powershell -executionpolicy bypass "& { if (Test-Path variable:global:ProgressPreference){set-variable -name variable:global:ProgressPreference -value 'SilentlyContinue'};. ${ENV}; &'${SCRIPT}'; exit $LastExitCode }"`;
    expect(asked(requests)).toEqual([
      { file: ENV, text: BUILD },
      { file: SCRIPT, text: "A\r\n" },
      { line },
      { file: ENV, text: BUILD },
      { file: SCRIPT, text: "B\n" },
      { line },
    ]);
  });

  test.each<[string, object, string]>([
    [
      "another policy and a trace level",
      { execution_policy: "RemoteSigned" },
      "powershell -executionpolicy remotesigned -file P",
    ],
    ["a policy by its number", { execution_policy: 1 }, "powershell -executionpolicy allsigned -file P"],
    ["no policy", { execution_policy: "none" }, "powershell -file P"],
    ["PowerShell 7", { use_pwsh: true }, "pwsh -executionpolicy bypass -file P"],
    [
      "a path with spaces",
      { remote_path: "C:/My Files/ü.ps1" },
      'powershell -executionpolicy bypass -file "C:/My Files/ü.ps1"',
    ],
    ["a directory", { remote_path: "D:\\x\\" }, "powershell -executionpolicy bypass -file D:\\x\\script-id2.ps1"],
    ["execute_command", { execute_command: "ps {{.Vars}} {{ .Path }}" }, `ps ${ENV} P`],
  ])("inline: %s", async (_name, options, line) => {
    const { requests } = await provision({ inline: ["x"], ...options });
    expect(asked(requests).at(-1)).toEqual({ line: line.replace("P", SCRIPT) });
  });

  test.each<[string, object, string]>([
    ["no policy", { execution_policy: "none" }, "powershell \"& { QUIET. E; &'P'; exit $LastExitCode }\""],
    [
      "a trace level",
      { debug_mode: 2 },
      "powershell -executionpolicy bypass \"& { QUIETSet-PsDebug -Trace 2;. E; &'P'; exit $LastExitCode }\"",
    ],
    [
      "PowerShell 7",
      { use_pwsh: true },
      "pwsh -executionpolicy bypass -command \"& { QUIET. E; &'P'; exit $LastExitCode }\"",
    ],
    [
      "paths with spaces and quotes",
      { remote_path: "C:/it's/a b.ps1", remote_env_var_path: "C:/a b/e.ps1" },
      "powershell -executionpolicy bypass \"& { QUIET. 'C:/a b/e.ps1'; &'C:/it''s/a b.ps1'; exit $LastExitCode }\"",
    ],
  ])("script file: %s", async (_name, options, line) => {
    const { requests } = await provision({ script: script("a.ps1", "A"), ...options });
    const quiet = /if \(Test-Path .*?'SilentlyContinue'\};/;
    const last = asked(requests).at(-1);
    expect(last && "line" in last ? last.line.replace(quiet, "QUIET") : last).toBe(
      line.replace("E;", `${ENV};`).replace("'P'", `'${SCRIPT}'`),
    );
  });

  test.each([
    ["characters with a meaning in PowerShell", "re$d\"q'x`t", '$env:V="re`$d`"q`\'x``t"; '],
    ["typographic quotes, which end a string too", "a”b’c", '$env:V="a`”b`’c"; '],
    ["characters with a meaning in cmd.exe, and line ends", "a&b%c\r\nd^|<>", '$env:V="a&b%c\r\nd^|<>"; '],
  ])("the value of a variable: %s", async (_name, value, text) => {
    const [variables] = (await provision({ inline: ["x"], env: { V: value } })).requests;
    expect(variables).toMatchObject({ text: expect.stringContaining(text) });
  });

  test("env overrides environment_vars, and the format is the template's", async () => {
    const options = {
      inline: ["x"],
      environment_vars: ["B=1", "A=2=3"],
      env: { B: "b" },
      env_var_format: "$env:%s='%s'\n",
    };
    const [variables] = (await provision(options)).requests;
    expect(variables).toMatchObject({
      text: "$env:A='2=3'\n$env:B='b'\n$env:PACKER_BUILDER_TYPE='amazon-ebs'\n$env:PACKER_BUILD_NAME='web'\n",
    });
  });

  test("values use the build's data", async () => {
    const changes = { data: { WinRMPassword: "pa$$" } };
    const [variables] = (await provision({ inline: ["x"], environment_vars: ["P={{.WinRMPassword}}"] }, { changes }))
      .requests;
    expect(variables).toMatchObject({ text: expect.stringContaining('$env:P="pa`$`$"; ') });
  });

  test("generated files with other than ASCII characters begin with a byte-order mark", async () => {
    const { requests } = await provision({ inline: ["Write-Host 'grüß dich'"], env: { N: "Å" } });
    expect(requests.slice(0, 2)).toMatchObject([
      { text: expect.stringMatching(/^\uFEFF\n/) },
      { text: expect.stringMatching(/^\uFEFF\n/) },
    ]);
  });

  test("pause_after waits after the last script", async () => {
    const { said } = await provision({ inline: ["x"], pause_after: "90s" });
    expect(said.at(-1)).toBe("Pausing 1 minute 30 seconds after this provisioner...");
  });
});

describe("failing", () => {
  const exits = (code: number) => (text: string) =>
    text.includes("-file") ? { end: { status: "exited", code } as const, stderr: "bad thing\r\n" } : undefined;

  test("an exit code that is not allowed names the script and its last lines", async () => {
    const { error, requests } = await provision({ inline: ["exit 7"] }, { answer: exits(7) });
    expect(error).toMatchObject({
      code: "script-failed",
      message: "inline script: Script exited with non-zero exit status: 7. Allowed exit codes are: [0]",
      detail: "Last lines of output:\nbad thing",
    });
    expect(cleanup(requests)).toHaveLength(1);
  });

  test.each([3010, -1073741819, 4294967295])("valid_exit_codes allows %d", async (code) => {
    expect(
      (await provision({ inline: ["x"], valid_exit_codes: [0, code] }, { answer: exits(code) })).error,
    ).toBeUndefined();
  });

  const lost = (text: string) =>
    text.includes("-file") ? { end: { status: "disconnected", reason: "it restarts" } as const } : undefined;

  test("a script that ends with the connection is not started again, and the error says what to do", async () => {
    const { error, requests } = await provision({ inline: ["Restart-Computer"] }, { answer: lost });
    expect(error).toMatchObject({
      code: "script-disconnected",
      message: "inline script: Script disconnected unexpectedly: it restarts",
      hint: expect.stringContaining("2300218"),
    });
    expect(asked(requests).filter((each) => "line" in each)).toHaveLength(1);
  });

  test("valid_exit_codes can accept that the connection ends", async () => {
    const { error } = await provision({ inline: ["x"], valid_exit_codes: [0, 2300218] }, { answer: lost });
    expect(error).toBeUndefined();
  });

  test("a command that could not be started is sent again, with its files", async () => {
    let tries = 0;
    const answer = (text: string) =>
      text.includes("-file") && ++tries < 3 ? { error: new BakeError("no", { code: "winrm-unreachable" }) } : undefined;
    const { error, requests } = await provision({ inline: ["x"] }, { answer });
    expect(error).toBeUndefined();
    expect(asked(requests).filter((each) => "file" in each)).toHaveLength(6);
  });

  test("past start_retry_timeout the machine counts as not reachable", async () => {
    const answer = () => ({ error: new BakeError("refused", { code: "winrm-unreachable" }) });
    const { error } = await provision({ inline: ["x"], start_retry_timeout: "10s" }, { answer });
    expect(error).toMatchObject({ code: "machine-unreachable", message: expect.stringContaining("refused") });
  });
});

describe("validation, in Packer's words", () => {
  test.each<[string, object, string]>([
    ["nothing to run", {}, "Either a script file or an inline script must be specified"],
    ["a script that does not exist", { script: "none.ps1" }, "Bad script 'none.ps1': no such file or directory"],
    [
      "a variable without a value",
      { inline: ["x"], environment_vars: ["A"] },
      `Environment variable not in format 'key=value': "A"`,
    ],
    [
      "a password without a user",
      { inline: ["x"], elevated_password: "p" },
      "Must supply an 'elevated_user' if 'elevated_password' provided",
    ],
    [
      "a trace level",
      { inline: ["x"], debug_mode: 3 },
      '3 is an invalid Trace level for "debug_mode"; valid values are 0, 1, and 2',
    ],
    [
      "a policy",
      { inline: ["x"], execution_policy: "free" },
      '"execution_policy" is an invalid execution policy: "free". Please supply one of: "bypass", "allsigned", "default", "remotesigned", "restricted", "undefined", "unrestricted", "none"',
    ],
    ["an empty policy", { inline: ["x"], execution_policy: "" }, 'invalid execution policy: ""'],
    [
      "a policy by a number that Packer does not have",
      { inline: ["x"], execution_policy: 8 },
      'invalid execution policy: "8"',
    ],
  ])("%s", (_name, options, summary) => {
    const { diagnostics } = decode(powershellOptions, options, folder());
    expect(diagnostics.map((each) => each.summary)).toEqual([expect.stringContaining(summary)]);
  });
});
