import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { shellOptions } from "../../src/provisioners/shell/options.js";
import { run } from "../../src/provisioners/shell/run.js";
import { temporaryFolder } from "../support/folder.js";
import { sshMachine } from "./machine.js";
import { decode, optionsFor, outputOf, provisionerContext, saidIn } from "./provision.js";

const folder = temporaryFolder("shell");
const machine = sshMachine();

/** Runs the provisioner; scripts on the machine go into the test's folder. */
async function provision(options: object) {
  const context = provisionerContext(machine.communicator(), folder());
  const decoded = optionsFor(shellOptions, { remote_folder: folder(), remote_file: "script.sh", ...options }, folder());
  const error = await run(decoded, context).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, output: outputOf(context.events), said: saidIn(context.events) };
}

describe("running", () => {
  test("inline lines are one script with the build's variables", async () => {
    const { error, output } = await provision({
      inline: ["A=1", 'echo "$A $PACKER_BUILD_NAME $PACKER_BUILDER_TYPE $GREETING"', "printf unfinished"],
      environment_vars: ["GREETING=it's = fine"],
    });
    expect(error).toBeUndefined();
    expect(output).toEqual(["1 web amazon-ebs it's = fine", "unfinished"]);
    expect(existsSync(join(folder(), "script.sh"))).toBe(false);
  });

  test("a failing script is named with its code and last lines", async () => {
    writeFileSync(join(folder(), "fails.sh"), "#!/bin/sh\necho before\r\nprintf '\\033[31mred\\007\\n'\nexit 3\n");
    const { error } = await provision({ script: "fails.sh" });
    expect(error).toMatchObject({
      code: "script-failed",
      message: "fails.sh: Script exited with non-zero exit status: 3. Allowed exit codes are: [0]",
      detail: "Its last lines:\nbefore\nred\ufffd",
      range: { file: "template.json" },
    });
  });
});

describe("bad options", () => {
  test.each<[string, object, string]>([
    ["nothing to run", {}, "either a script file or an inline script must be specified"],
    ["two things to run", { inline: ["a"], script: "x" }, 'only one of "script" and "inline" can be specified'],
    ["a missing script", { script: "missing.sh" }, "bad script 'missing.sh': no such file or directory"],
    ["a variable without =", { inline: ["a"], environment_vars: ["A"] }, "an environment variable must have the form"],
  ])("%s", (_name, options, complaint) => {
    const { diagnostics } = decode(shellOptions, options, folder());
    expect(diagnostics.map((each) => each.summary).join("\n")).toContain(complaint);
  });
});
