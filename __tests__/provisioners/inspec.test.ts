import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, expect } from "@jest/globals";
import { inspecOptions } from "../../src/provisioners/inspec/options.js";
import { run } from "../../src/provisioners/inspec/run.js";
import { describe, test } from "../ssh/openssh.js";
import { temporaryFolder } from "../support/folder.js";
import { sshMachine } from "./machine.js";
import { decode, messagesIn, optionsFor, outputOf, provisionerContext } from "./provision.js";
import { type Recording, recordPrograms, writeFiles } from "./recording.js";

// InSpec is in no package registry: a stand-in records its arguments, and logs in with ssh as InSpec would.
const folder = temporaryFolder("inspec");
const at = (...names: string[]) => join(folder(), ...names);
const machine = sshMachine();
let recording: Recording;

beforeAll(() => {
  recording = recordPrograms(folder(), ["inspec"]);
  writeFiles(at("here"), { "inputs.yml": "a: 1\n", "inputs/b.yml": "b: 1\n", "no-key": "hello" });
});

beforeEach(() => recording.clear());

async function provision(options: object) {
  const context = provisionerContext(machine.communicator(), at("here"));
  const given = { profile: "profile", command: at("bin/inspec"), ...options };
  await run(optionsFor(inspecOptions, given, at("here")), context);
  const calls = recording.calls().map((call) =>
    call
      .replaceAll(folder(), "")
      .replace(/\[[^\]]*\/bake-login-\w+/g, "[LOGIN")
      .replace(/\[[^\]]*packer-provisioner-inspec\.\w+\.yml\]/g, "[INPUTS]")
      .replace(/\[--port\] \[\d+\]/, "[--port] [PORT]"),
  );
  return { calls, events: context.events };
}

const user = () => machine.sshd().user;

describe("arguments of InSpec", () => {
  test("with the defaults", async () => {
    const { calls, events } = await provision({});
    expect(calls).toEqual([
      `inspec [exec] [profile] [--backend] [ssh] [--host] [127.0.0.1] [--user] [${user()}] [--key-files] [LOGIN/key] [--port] [PORT] [--input-file] [INPUTS]`,
    ]);
    expect(messagesIn(events)[0]).toBe("Provisioning with Inspec...");
    expect(messagesIn(events)[1]).toMatch(/^Executing Inspec: .*inspec exec profile --backend ssh /);
  });

  test.each<[string, object, string]>([
    [
      "another user, inputs and arguments",
      { user: "me", attributes: ["inputs.yml"], extra_arguments: ["--no-color", "a b"] },
      "inspec [exec] [profile] [--backend] [ssh] [--host] [127.0.0.1] [--user] [me] [--key-files] [LOGIN/key] [--port] [PORT] [--input-file] [inputs.yml] [INPUTS] [--no-color] [a b]",
    ],
    [
      "a container",
      { backend: "docker", host: "abc123", user: "root" },
      "inspec [exec] [profile] [--backend] [docker] [--host] [abc123] [--user] [root] [--input-file] [INPUTS]",
    ],
  ])("%s", async (_name, options, expected) => {
    expect((await provision(options)).calls).toEqual([expected]);
  });

  test("the input file names the build and is removed", async () => {
    recording.respond("inspec", 'cat "$(ls inputs/packer-*)"; echo "$MINE"');
    const { events } = await provision({ attributes_directory: "inputs", inspec_env_vars: ["MINE=x=y"] });
    expect(outputOf(events)).toEqual(["packer_build_name: web", "packer_builder_type: amazon-ebs", "x=y"]);
    expect(readdirSync(at("here/inputs"))).toEqual(["b.yml"]);
  });

  test("no input file is left in the temporary directory", async () => {
    const { events } = await provision({});
    const [, key = "", inputs = ""] = /--key-files (\S+) .*--input-file (\S+)/.exec(messagesIn(events)[1] ?? "") ?? [];
    expect(inputs).not.toBe("");
    expect([existsSync(key), existsSync(inputs)]).toEqual([false, false]);
  });

  test("InSpec can log in to the machine with them", async () => {
    const ssh =
      'ssh -F none -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR -i "${10}" -p "${12}" "$8@$6"';
    recording.respond("inspec", `${ssh} 'echo "on the machine: $SSH_CONNECTION"'`);
    const { events } = await provision({});
    const [line = ""] = outputOf(events);
    expect(line).toMatch(new RegExp(`^on the machine: 127\\.0\\.0\\.1 \\d+ 127\\.0\\.0\\.1 ${machine.sshd().port}$`));
  });
});

describe("exit codes", () => {
  test.each([0, 101])("%d is success", async (code) => {
    recording.respond("inspec", `exit ${code}`);
    await expect(provision({})).resolves.toBeDefined();
  });

  test.each<[number, string]>([
    [100, "failed controls"],
    [172, "--chef-license=accept-silent"],
  ])("%d is a failure", async (code, hint) => {
    recording.respond("inspec", `echo last; exit ${code}`);
    await expect(provision({})).rejects.toMatchObject({
      code: "inspec-failed",
      message: `Inspec exited with unexpected exit status: ${code}. Expected exit codes are: [0 101]`,
      hint: expect.stringContaining(hint),
      detail: expect.stringContaining("last"),
    });
    await expect(provision({ valid_exit_codes: [code] })).resolves.toBeDefined();
  });

  test("missing InSpec", async () => {
    await expect(provision({ command: "no-such-inspec" })).rejects.toMatchObject({
      code: "program-not-found",
      message: '"no-such-inspec" is not installed on this host',
    });
  });
});

describe("bad options", () => {
  test.each<[string, object, string]>([
    ["no profile", {}, "profile"],
    ["an unknown backend", { profile: "p", backend: "telnet" }, 'not "telnet"'],
    [
      "a container without its name",
      { profile: "p", backend: "docker" },
      '"host" must be specified for the docker backend',
    ],
    ["an invalid port", { profile: "p", local_port: 99_999 }, '"local_port" must be a valid port, not 99999'],
    ["a missing key", { profile: "p", ssh_host_key_file: "no" }, '"ssh_host_key_file" is invalid: "no"'],
    ["no key", { profile: "p", ssh_host_key_file: "no-key" }, 'no private key found in "no-key"'],
  ])("%s", (_name, options, message) => {
    const { diagnostics } = decode(inspecOptions, options, at("here"));
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(errors.map((each) => each.summary).join("\n")).toContain(message);
  });

  test("missing InSpec is only a warning, because a provisioner may install it", () => {
    const { value, diagnostics } = decode(inspecOptions, { profile: "p", command: "no-such-inspec" }, at("here"));
    expect(value).toBeDefined();
    expect(diagnostics).toMatchObject([{ severity: "warning" }]);
  });
});
