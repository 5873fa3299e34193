import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Cancelled } from "../../src/core/errors.js";
import { powershellOptions } from "../../src/provisioners/powershell/options.js";
import { run } from "../../src/provisioners/powershell/run.js";
import { temporaryFolder } from "../support/folder.js";
import { cleanup, provisionWindows } from "./windows/machine.js";

const folder = temporaryFolder("powershell-elevated");
const kind = { schema: powershellOptions, run };
const provision = (options: object, more: Parameters<typeof provisionWindows>[2] = {}) =>
  provisionWindows(kind, options, { cwd: folder(), ...more });

const ENV = "c:/Windows/Temp/packer-ps-env-vars-id1.ps1";
const SCRIPT = "c:/Windows/Temp/script-id2.ps1";

/** Writes a script to the working directory. */
function script(name: string, text: string): string {
  writeFileSync(join(folder(), name), text);
  return name;
}

describe("removing files", () => {
  test.each<[string, object, string[]]>([
    ["after a good end", {}, [ENV, SCRIPT]],
    ["with skip_clean", { skip_clean: true }, []],
    ["at a path with spaces", { remote_path: "C:/a b.ps1" }, [ENV, '"C:\\a b.ps1"']],
  ])("%s", async (_name, options, paths) => {
    const { requests } = await provision({ inline: ["x"], ...options });
    const names = paths.map((path) => path.replaceAll("/", "\\"));
    const checks = names.map((name) => `(if exist ${name} exit 1)`).join(" & ");
    expect(cleanup(requests)).toEqual(
      names.length === 0 ? [] : [`del /f /q ${names.join(" ")} & ${checks} & exit 0 & rem packer-cleanup`],
    );
  });

  test.each<[string, object, boolean]>([
    ["an inline script", { inline: ["x"] }, true],
    ["an inline script with skip_clean", { inline: ["x"], skip_clean: true }, false],
    ["an inline script with a command of its own", { inline: ["x"], execute_command: "ps {{.Path}}" }, false],
    ["a script file", { script: "a.ps1" }, false],
  ])("%s removes its own files first: a machine that it shuts down keeps nothing", async (_name, options, itself) => {
    script("a.ps1", "A");
    const { requests, events } = await provision(options, {
      answer: (text) => (/^(powershell -|ps )/.test(text) ? { end: { status: "disconnected" } } : undefined),
    });
    const uploaded = requests.find((each) => "file" in each && each.file === SCRIPT);
    const own = `Remove-Item -Force -ErrorAction SilentlyContinue -LiteralPath '${SCRIPT}', '${ENV}'`;
    expect(uploaded && "text" in uploaded && uploaded.text.includes(own)).toBe(itself);
    expect(cleanup(requests)).toHaveLength(itself || "skip_clean" in options ? 0 : 1);
    expect(events.some(({ type }) => type === "diagnostic")).toBe(false);
  });

  test("files that stay are a warning", async () => {
    const answer = (text: string) =>
      text.startsWith("del") ? { end: { status: "exited", code: 1 } as const } : undefined;
    const { error, events } = await provision({ inline: ["x"] }, { answer });
    expect(error).toBeUndefined();
    expect(events).toContainEqual(
      expect.objectContaining({ diagnostic: expect.objectContaining({ code: "files-left-on-machine" }) }),
    );
  });

  test("an aborted build removes them too", async () => {
    const abort = new AbortController();
    const answer = (text: string) => {
      if (!text.includes("-file")) return undefined;
      abort.abort(new Cancelled("stop"));
      return { error: new Cancelled("stop") };
    };
    const { error, requests } = await provision({ inline: ["x"] }, { answer, changes: { signal: abort.signal } });
    expect(error).toMatchObject({ message: "stop" });
    expect(cleanup(requests)).toHaveLength(1);
  });
});

describe("elevated", () => {
  const options = { inline: ["x"], elevated_user: "DOM$A\\adm'in", elevated_password: "a\"b'c`d$e<f>&gü%h" };
  const RUNNER = "C:/Windows/Temp/packer-elevated-shell-id3.ps1";

  test("a scheduled task runs the command; the password is in no file and on no command line", async () => {
    const { requests, events } = await provision(options);
    const [, runner, , command] = requests;
    expect(runner).toMatchObject({ file: RUNNER });
    const text = runner && "text" in runner ? runner.text : "";
    expect(text).toContain("<UserId>DOM$A\\adm'in</UserId>");
    expect(text).toContain("$user = 'DOM$A\\adm''in'");
    expect(text).toContain(
      `<Arguments>/c powershell -executionpolicy bypass -file ${SCRIPT} &gt; %SYSTEMROOT%\\Temp\\packer-id3.out 2&gt;&amp;1</Arguments>`,
    );
    expect(command).toEqual({
      line: `powershell -executionpolicy bypass -file "${RUNNER}"`,
      stdin: `${Buffer.from(options.elevated_password).toString("base64")}\n`,
    });
    expect(JSON.stringify(requests.map((each) => ("stdin" in each ? each.line : each)))).not.toContain("c`d$e");
    expect(events).toContainEqual(expect.objectContaining({ type: "secret", value: options.elevated_password }));
    expect(cleanup(requests)).toEqual([expect.stringContaining("packer-elevated-shell-id3.ps1")]);
  });

  test("the build's password by the name that Packer's users write", async () => {
    const changes = { data: { WinRMPassword: "s3cret" } };
    const given = { inline: ["x"], elevated_user: "Administrator", elevated_password: "{{.WinRMPassword}}" };
    const { requests } = await provision(given, { changes });
    expect(requests).toContainEqual(
      expect.objectContaining({ stdin: `${Buffer.from("s3cret").toString("base64")}\n` }),
    );
  });

  test("a service account has no password and no logon type", async () => {
    const { requests } = await provision({ inline: ["x"], elevated_user: "SYSTEM", elevated_password: "" });
    const [, runner, , command] = requests;
    expect(runner).toMatchObject({ text: expect.not.stringContaining("LogonType") });
    expect(command).not.toHaveProperty("stdin");
  });

  test("elevated_execute_command and elevated_env_var_format replace the others", async () => {
    const given = {
      script: script("a.ps1", "A"),
      elevated_user: "SYSTEM",
      execute_command: "never",
      elevated_execute_command: "ps {{.Path}}",
      elevated_env_var_format: "%s:%s,",
    };
    const { requests } = await provision(given);
    expect(requests[0]).toMatchObject({ text: "PACKER_BUILDER_TYPE:amazon-ebs,PACKER_BUILD_NAME:web," });
    expect(requests[1]).toMatchObject({ text: expect.stringContaining(`/c ps ${SCRIPT} &gt;`) });
  });

  test("skip_clean removes the runner all the same", async () => {
    const { requests } = await provision({ ...options, skip_clean: true });
    expect(cleanup(requests)).toEqual([expect.stringMatching(/^del \/f \/q \S+elevated-shell-id3\.ps1 &/)]);
  });

  test.each([
    ["the connection is lost", false],
    ["the build is aborted", true],
  ])("the task and its programs are ended when %s", async (_name, aborted) => {
    const abort = new AbortController();
    const { error, requests } = await provision(options, {
      changes: { signal: abort.signal },
      answer(text) {
        if (!text.startsWith("powershell -")) return undefined;
        if (!aborted) return { end: { status: "disconnected" } };
        abort.abort(new Cancelled("stop"));
        return { error: new Cancelled("stop") };
      },
    });
    expect(error).toMatchObject(aborted ? { message: "stop" } : { code: "script-disconnected" });
    const [stopped, removed] = cleanup(requests);
    expect(stopped).toContain("schtasks.exe /delete /f /tn packer-id3");
    expect(removed).toContain("packer-elevated-shell-id3.ps1");
  });

  test("a task that ended with an exit code is not ended again", async () => {
    const answer = (text: string) =>
      text.startsWith("powershell -") ? { end: { status: "exited", code: 3 } as const } : undefined;
    const { error, requests } = await provision(options, { answer });
    expect(error).toMatchObject({ code: "script-failed" });
    expect(cleanup(requests)).toEqual([expect.stringMatching(/^del /)]);
  });
});
