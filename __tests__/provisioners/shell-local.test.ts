import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { noCommunicator } from "../../src/communicators/none.js";
import { Cancelled } from "../../src/core/errors.js";
import type { ProvisionerContext } from "../../src/core/parts.js";
import { shellLocalOptions } from "../../src/provisioners/shell-local/options.js";
import { run } from "../../src/provisioners/shell-local/run.js";
import { temporaryFolder } from "../support/folder.js";
import { decode, messagesIn, optionsFor, outputOf, provisionerContext } from "./provision.js";

const folder = temporaryFolder("shell-local");

async function provision(options: object, changes: Partial<ProvisionerContext> = {}) {
  const context = provisionerContext(noCommunicator(), folder(), changes);
  const error = await run(optionsFor(shellLocalOptions, options, folder()), context).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, output: outputOf(context.events), said: messagesIn(context.events) };
}

describe("running", () => {
  test.each<[string, object, readonly string[]]>([
    ["command", { command: "echo command, with a comma" }, ["command, with a comma"]],
    ["inline", { inline: ["A=1", "echo $A"] }, ["1"]],
    ["the working directory", { inline: ["test -d . && basename $(pwd) | cut -c1-20"] }, ["bake-ami-shell-local"]],
    ["the build's variables", { inline: ["echo $PACKER_BUILD_NAME $PACKER_BUILDER_TYPE"] }, ["web amazon-ebs"]],
    ["the build's credentials", { inline: ["echo $AWS_ACCESS_KEY_ID"] }, ["AKIDEXAMPLE"]],
    ["the default shebang, also before one of the script's own", { inline: ["#!/bin/sh", "echo $-"] }, ["e"]],
    ["variables", { inline: ["echo $A $B"], environment_vars: ["A=it's"], env: { B: "b" } }, ["it's b"]],
    [
      "an interpreter",
      { inline: ["echo $0 | cut -c1-5"], execute_command: ["/bin/sh", "-c", "sh {{.Script}}"] },
      ["/tmp/"],
    ],
    ["one part alone", { command: "unused", execute_command: "echo a,b {{.Command}}" }, ["a,b unused"]],
    ["an allowed exit code", { inline: ["echo x; exit 3"], valid_exit_codes: [3] }, ["x"]],
    ["another system", { inline: ["echo x"], only_on: ["windows", "solaris"] }, []],
    ["this system", { inline: ["echo x"], only_on: [process.platform] }, ["x"]],
  ])("%s", async (_name, options, expected) => {
    const childEnvironment = async () => ({ AWS_ACCESS_KEY_ID: "AKIDEXAMPLE" });
    const { error, output } = await provision(options, { childEnvironment });
    expect(error).toBeUndefined();
    expect(output).toEqual(expected);
  });

  test("a variable that does not belong to the build's credentials is removed", async () => {
    const env = { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: "AKIAAMBIENT", AWS_SESSION_TOKEN: "t", AWS_PROFILE: "p" };
    const left = "echo ${AWS_ACCESS_KEY_ID-none} ${AWS_SESSION_TOKEN-none} ${AWS_PROFILE-none}";
    const { output } = await provision(
      { inline: [left] },
      {
        surroundings: { ...provisionerContext(noCommunicator(), folder()).surroundings, env },
        childEnvironment: async () => ({ AWS_ACCESS_KEY_ID: "AKIATEMPLATE", AWS_SESSION_TOKEN: undefined }),
      },
    );
    expect(output).toEqual(["AKIATEMPLATE none p"]);
  });

  test("a script by its path, including one with a space", async () => {
    writeFileSync(join(folder(), "a script.sh"), "#!/bin/sh\necho ran\n", { mode: 0o755 });
    const { output, said } = await provision({ script: "a script.sh" });
    expect(output).toEqual(["ran"]);
    expect(said).toEqual(["Running local shell script: a script.sh"]);
  });
});

describe("failing", () => {
  test("a failed script is reported with its name, exit code and last lines", async () => {
    const { error } = await provision({ inline: ["echo before", "exit 4"] });
    expect(error).toMatchObject({
      code: "script-failed",
      message: "inline script: Script exited with non-zero exit status: 4. Allowed exit codes are: [0]",
      detail: "Last lines of output:\nbefore",
    });
  });

  test("a script that is not executable has a hint", async () => {
    writeFileSync(join(folder(), "plain.sh"), "echo x", { mode: 0o644 });
    const { error } = await provision({ script: "plain.sh" });
    expect(error).toMatchObject({ hint: expect.stringContaining("chmod +x") });
  });

  test("a missing program is an error", async () => {
    const { error } = await provision({ command: "x", execute_command: ["/no/such/program", "x"] });
    expect(error).toMatchObject({ code: "program-not-started", message: expect.stringContaining("/no/such/program") });
  });

  test("an abort terminates the script and its children", async () => {
    const controller = new AbortController();
    const context = provisionerContext(noCommunicator(), folder(), { signal: controller.signal });
    const inline = ["sleep 600 & echo $!", "wait"];
    const running = run(optionsFor(shellLocalOptions, { inline }, folder()), context);
    const watch = setInterval(() => {
      if (outputOf(context.events).length > 0) controller.abort(new Cancelled("stop"));
    }, 10);
    await expect(running).rejects.toThrow("stop");
    clearInterval(watch);
    await gone(Number(outputOf(context.events)[0]));
  });

  test("a background child with open output does not block the build", async () => {
    const { error, output } = await provision({ inline: ["sleep 600 & echo $!"] });
    expect(error).toBeUndefined();
    process.kill(Number(output[0]), "SIGKILL");
  });
});

/** Resolves when no process has the ID; the test's time limit ends the wait. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("bad options", () => {
  test.each<[string, object, string]>([
    ["nothing to run", {}, "must be specified"],
    ["two things to run", { command: "a", inline: ["b"] }, "Only one of"],
    ["a missing script", { script: "nope.sh" }, "Bad script 'nope.sh'"],
    ["an unknown system", { command: "a", only_on: ["beos"] }, "must be one of"],
  ])("%s", (_name, options, message) => {
    const { diagnostics } = decode(shellLocalOptions, options, folder());
    expect(diagnostics.map((each) => each.summary).join("\n")).toContain(message);
  });
});
