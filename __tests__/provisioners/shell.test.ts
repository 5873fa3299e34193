import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { noCommunicator } from "../../src/communicators/none.js";
import { Cancelled } from "../../src/core/errors.js";
import type { Machine, ProvisionerContext } from "../../src/core/parts.js";
import { shellOptions } from "../../src/provisioners/shell/options.js";
import { run } from "../../src/provisioners/shell/run.js";
import { describe, test } from "../ssh/openssh.js";
import { temporaryFolder } from "../support/folder.js";
import { sshMachine } from "./machine.js";
import { decode, messagesIn, optionsFor, outputOf, provisionerContext } from "./provision.js";

const folder = temporaryFolder("shell");
/** Programs in the test's directory are first in the machine's PATH; one is a stand-in for systemctl. */
const machine = sshMachine(() => [`SetEnv PATH=${folder()}:${process.env.PATH}`]);

/** Runs the provisioner; scripts are uploaded to the test's directory. */
async function provision(options: object, changes: Partial<ProvisionerContext> = {}) {
  const context = provisionerContext(machine.communicator(), folder(), changes);
  const decoded = optionsFor(shellOptions, { remote_folder: folder(), remote_file: "script.sh", ...options }, folder());
  const error = await run(decoded, context).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, output: outputOf(context.events), said: messagesIn(context.events) };
}

/** Writes a script to the working directory. */
function script(name: string, text: string): string {
  writeFileSync(join(folder(), name), text);
  return name;
}

describe("running", () => {
  test("inline lines run as one script with the build's variables", async () => {
    const { error, output } = await provision({
      inline: ["A=1", 'echo "$A $PACKER_BUILD_NAME $PACKER_BUILDER_TYPE $GREETING"', "printf unfinished"],
      environment_vars: ["GREETING=it's = fine"],
    });
    expect(error).toBeUndefined();
    expect(output).toEqual(["1 web amazon-ebs it's = fine", "unfinished"]);
    expect(existsSync(join(folder(), "script.sh"))).toBe(false);
  });

  test("scripts run in order, and their names are printed", async () => {
    const scripts = [script("one.sh", "echo 1"), script("two.sh", "echo 2")];
    const { output, said } = await provision({ scripts });
    expect(output).toEqual(["1", "2"]);
    expect(said).toEqual(["Provisioning with shell script: one.sh", "Provisioning with shell script: two.sh"]);
  });

  test.each([
    ["the default shebang stops at the first failure", { inline: ["false", "echo on"] }, []],
    ["a shebang of the script's own", { inline: ["#!/bin/sh", "false", "echo on"] }, ["on"]],
    ["inline_shebang", { inline: ["false", "echo on"], inline_shebang: "/bin/sh" }, ["on"]],
  ])("%s", async (_name, options, expected) => {
    expect((await provision(options)).output).toEqual(expected);
  });

  /** A script of two lines that prints its own bytes; its name is `script.sh` on the machine. */
  const crlf = "#!/bin/sh\r\n# a\rb\r\r\nod -An -c $0\r\n";
  const unix = "#!/bin/sh\n# a\rb\r\nod -An -c $0\n";
  test.each<[string, () => object, string]>([
    ["a file", () => ({ script: script("crlf.sh", crlf) }), unix],
    ["a file whose last line has no end", () => ({ script: script("cut.sh", crlf.slice(0, -1)) }), unix],
    ["an inline line with CRLF, as JSON templates have", () => ({ inline: [crlf.slice(0, -2)] }), unix],
    ["a heredoc with CRLF", () => ({ inline: ["od -An -c $0\r\ntrue\r\n"] }), "#!/bin/sh -e\nod -An -c $0\ntrue\n\n"],
  ])("CRLF becomes LF: %s", async (_name, options, expected) => {
    const { error, output } = await provision(options());
    expect(error).toBeUndefined();
    writeFileSync(join(folder(), "expected"), expected);
    const dump = execFileSync("od", ["-An", "-c", join(folder(), "expected")], { encoding: "utf8" });
    expect(output.map((line) => line.trim())).toEqual(
      dump
        .trimEnd()
        .split("\n")
        .map((line) => line.trim()),
    );
  });

  test.each<[string, () => object]>([
    ["a file", () => ({ script: script("crlf.sh", crlf) })],
    ["inline lines", () => ({ inline: [crlf] })],
  ])("CRLF stays in a binary script: %s", async (_name, options) => {
    expect((await provision({ ...options(), binary: true })).error).toMatchObject({ code: "script-failed" });
  });

  test.each([
    [false, "A\nB"],
    [true, "A\r\nB"],
  ])("CRLF in the file of the variables, binary %s", async (binary, value) => {
    const { output } = await provision({
      inline: ['printf %s "$V" | od -An -c'],
      env: { V: "A\r\nB" },
      use_env_var_file: true,
      binary,
    });
    const dump = execFileSync("od", ["-An", "-c"], { input: value, encoding: "utf8" });
    expect(output.map((line) => line.trim())).toEqual([dump.trim()]);
  });

  test("env overrides environment_vars; names are sorted", async () => {
    const { output } = await provision({
      inline: ["exit 0"],
      environment_vars: ["B=1", "A=2"],
      env: { B: "b" },
      execute_command: 'echo "{{.Vars}}"',
    });
    expect(output).toEqual(["A='2' B='b' PACKER_BUILDER_TYPE='amazon-ebs' PACKER_BUILD_NAME='web'"]);
  });

  test("execute_command and env_var_format are used", async () => {
    const { output } = await provision({
      inline: ["echo $1 $GREETING"],
      env: { GREETING: "hi" },
      env_var_format: "%s=%s ",
      execute_command: "{{ .Vars }} sh {{ .Path }} argument",
    });
    expect(output).toEqual(["argument hi"]);
  });

  test("use_env_var_file uploads a file that only the user can read, and removes it", async () => {
    const { error, output } = await provision({
      inline: ['echo "$SECRET"', `stat -c %a ${folder()}/varfile_*.sh`],
      env: { SECRET: "it's\nhidden" },
      use_env_var_file: true,
    });
    expect(error).toBeUndefined();
    expect(output).toEqual(["it's", "hidden", "600"]);
    expect(readdirSync(folder()).filter((name) => name.startsWith("varfile"))).toEqual([]);
  });

  test("skip_clean keeps the script, executable", async () => {
    await provision({ inline: ["exit 0"], skip_clean: true, remote_path: join(folder(), "left.sh") });
    expect(readFileSync(join(folder(), "left.sh"), "utf8")).toBe("#!/bin/sh -e\nexit 0\n");
    expect(statSync(join(folder(), "left.sh")).mode & 0o777).toBe(0o755);
  });

  test("output is split at carriage returns, and invalid UTF-8 is replaced", async () => {
    const { output } = await provision({
      inline: ["printf '10%%\\r100%%\\nbad\\377byte\\nsplit \\303'; sleep 0.1; printf '\\274 \\n'"],
    });
    expect(output).toEqual(["100%", "bad\ufffdbyte", "split ü"]);
  });

  test("an endless line is split and not kept in memory", async () => {
    const before = process.memoryUsage().rss;
    const { output } = await provision({ inline: ["head -c 20000000 /dev/zero | tr '\\0' x"] });
    expect(output.join("")).toHaveLength(20_000_000);
    expect(Math.max(...output.map((line) => line.length))).toBe(16_384);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });
});

describe("failing", () => {
  test("a failed script is reported with its name, exit code, place and sanitized last lines", async () => {
    const path = script("fails.sh", "#!/bin/sh\necho before\r\nprintf '\\033[31mred\\007\\n'\nexit 3\n");
    const { error } = await provision({ script: path });
    expect(error).toMatchObject({
      code: "script-failed",
      message: "fails.sh: Script exited with non-zero exit status: 3. Allowed exit codes are: [0]",
      detail: "Last lines of output:\nbefore\nred",
      range: { file: "template.json" },
    });
  });

  test.each([
    ["an allowed exit code", { inline: ["exit 7"], valid_exit_codes: [0, 7] }],
    ["an allowed signal", { inline: ["kill -9 $$"], valid_exit_codes: [137], execute_command: "exec {{.Path}}" }],
    ["an expected disconnect", { inline: ["exit 0"], expect_disconnect: true, execute_command: "kill -9 $PPID" }],
    [
      "a disconnect allowed by Packer's exit code",
      { inline: ["exit 0"], valid_exit_codes: [0, 2300218], execute_command: "kill -9 $PPID" },
    ],
  ])("%s is success", async (_name, options) => {
    expect((await provision(options)).error).toBeUndefined();
  });

  test("an unexpected disconnect has a hint", async () => {
    const { error } = await provision({ inline: ["exit 0"], execute_command: "kill -9 $PPID" });
    expect(error).toMatchObject({ code: "script-disconnected", hint: expect.stringContaining("expect_disconnect") });
  });

  test("a script that cannot be written fails at once", async () => {
    const { error } = await provision({ inline: ["exit 0"], remote_folder: join(folder(), "missing") });
    expect(error).toMatchObject({ code: "transfer-failed" });
  });

  test("a deleted script is an error", async () => {
    const path = script("gone.sh", "exit 0");
    const decoded = optionsFor(shellOptions, { script: path }, folder());
    execFileSync("rm", [join(folder(), path)]);
    await expect(run(decoded, provisionerContext(machine.communicator(), folder()))).rejects.toMatchObject({
      code: "script-unreadable",
    });
  });

  test("fails at once without a communicator", async () => {
    const context = provisionerContext(noCommunicator(), folder());
    const decoded = optionsFor(shellOptions, { inline: ["true"] }, folder());
    await expect(run(decoded, context)).rejects.toMatchObject({ code: "communicator-none" });
  });

  test("an abort rejects with its reason", async () => {
    const controller = new AbortController();
    const context = provisionerContext(machine.communicator(), folder(), { signal: controller.signal });
    const decoded = optionsFor(shellOptions, { inline: ["echo on", "sleep 100"] }, folder());
    const running = run(decoded, context);
    const watch = setInterval(() => {
      if (outputOf(context.events).length > 0) controller.abort(new Cancelled("stop"));
    }, 20);
    await expect(running).rejects.toThrow("stop");
    clearInterval(watch);
  });
});

describe("a machine that reboots", () => {
  const rebooting = (): Machine => ({
    communicator: machine.communicator(),
    data: {},
    reachable: () => machine.communicator().connected(),
    reconnect: (signal) => machine.communicator().reconnect(signal),
  });

  test("is waited for, and the next script runs once", async () => {
    const runs = join(folder(), "runs");
    const reboot = script("reboot.sh", `#!/bin/sh\necho reboot >> '${runs}'\nkill -9 $PPID\n`);
    const after = script("after.sh", `#!/bin/sh\necho after >> '${runs}'\n`);
    const running = provision(
      { scripts: [reboot, after], expect_disconnect: true, execute_command: "exec {{.Path}}" },
      { machine: rebooting() },
    );
    expect((await running).error).toBeUndefined();
    expect(readFileSync(runs, "utf8")).toBe("reboot\nafter\n");
  });

  test("is waited for when it has not shut down yet as the script ends", async () => {
    const down = join(folder(), "going-down");
    const fake = `#!/bin/sh\n[ -e '${down}' ] || exit 0\nrm '${down}'\necho stopping\n`;
    writeFileSync(join(folder(), "systemctl"), fake, { mode: 0o755 });
    const context = provisionerContext(machine.communicator(), folder(), { machine: rebooting() });
    const options = { inline: [`touch '${down}'`], expect_disconnect: true, remote_folder: folder() };
    const running = run(optionsFor(shellOptions, options, folder()), context);
    const watch = setInterval(() => {
      if (!context.events.some((event) => event.type === "message")) return;
      clearInterval(watch);
      void machine.sshd().restart();
    }, 20);
    await running;
    expect(existsSync(down)).toBe(false);
    expect(context.events).toContainEqual(
      expect.objectContaining({ type: "message", text: expect.stringContaining("shutting down") }),
    );
  });

  test("is retried until it is reachable", async () => {
    await machine.sshd().end();
    const running = provision({ inline: ["echo there"] }, { machine: rebooting() });
    setTimeout(() => void machine.sshd().restart(), 700);
    expect((await running).output).toEqual(["there"]);
  });

  test("is an error when it is not reachable within the window", async () => {
    await machine.sshd().end();
    const running = provision({ inline: ["echo there"], start_retry_timeout: "400ms" }, { machine: rebooting() });
    expect((await running).error).toMatchObject({
      code: "machine-unreachable",
      message: expect.stringMatching(/^The machine was not reachable for 400 milliseconds/),
    });
    await machine.sshd().restart();
  });
});

describe("bad options", () => {
  test.each<[string, object, string]>([
    ["nothing to run", {}, "Either a script file or an inline script must be specified"],
    ["two things to run", { inline: ["a"], script: "x" }, 'Only one of "script" and "inline" can be specified'],
    ["a missing script", { script: "missing.sh" }, "Bad script 'missing.sh': no such file or directory"],
    ["a directory as script", { scripts: ["."] }, "Bad script '.': it is a directory"],
    [
      "a variable without =",
      { inline: ["a"], environment_vars: ["A"] },
      "Environment variable not in format 'key=value'",
    ],
    ["a bad duration", { inline: ["a"], pause_after: "soon" }, "is not a duration"],
    ["a bad exit code", { inline: ["a"], valid_exit_codes: ["x"] }, "must be a whole number"],
  ])("%s", (_name, options, message) => {
    const { diagnostics } = decode(shellOptions, options, folder());
    expect(diagnostics.map((each) => each.summary).join("\n")).toContain(message);
  });
});
