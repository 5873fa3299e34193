import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, expect } from "@jest/globals";
import { puppetMasterlessOptions } from "../../src/provisioners/puppet-masterless/options.js";
import { run } from "../../src/provisioners/puppet-masterless/run.js";
import { describe, test } from "../ssh/openssh.js";
import { temporaryFolder } from "../support/folder.js";
import { sshMachine } from "./machine.js";
import { decode, optionsFor, outputOf, provisionerContext } from "./provision.js";
import { type Recording, recordPrograms, writeFiles } from "./recording.js";
import { describeWith } from "./tools.js";

const folder = temporaryFolder("puppet");
const at = (...names: string[]) => join(folder(), ...names);
const machine = sshMachine(() => [`SetEnv PATH=${at("bin")}:${process.env.PATH}`]);
let recording: Recording;

beforeAll(() => {
  recording = recordPrograms(folder(), ["recorded-puppet"]);
  writeFiles(at("here"), {
    "site.pp": "include hello\n",
    "manifests/a.pp": "$a = 1\n",
    "hiera.yaml": "version: 5\n",
    "modules/hello/manifests/init.pp":
      "class hello($to = lookup(\"to\")) { file { $to: content => \"hello ${facts['packer_build_name']} ${facts['fruit']}\" } }\n",
    "fails.pp": 'exec { "/bin/false": }\n',
  });
});

beforeEach(() => recording.clear());

async function provision(options: object) {
  const staging = at("stage");
  const context = provisionerContext(machine.communicator(), at("here"));
  const given = { staging_directory: staging, ...options };
  await run(optionsFor(puppetMasterlessOptions, given, at("here")), context);
  return context.events;
}

/** Returns the command that ran on the machine, without the test's directory. */
function commandIn(events: Awaited<ReturnType<typeof provision>>): string {
  const messages = events.flatMap((event) => (event.type === "message" ? [event.text] : []));
  return (messages.find((text) => text.startsWith("Running Puppet: ")) ?? "").slice(16).replaceAll(folder(), "");
}

const FACTS = "FACTER_packer_build_name='web' FACTER_packer_builder_type='amazon-ebs'";

describeWith("puppet", "apt-get install puppet-agent")("Puppet itself", () => {
  const facts = { fruit: "it's an apple" };

  test("applies a manifest with a module, Hiera and facts", async () => {
    const to = at("said");
    writeFiles(at("here"), {
      "hiera.yaml": `version: 5\nhierarchy: [{ name: all, path: common.yaml, data_hash: yaml_data }]\ndefaults: { datadir: ${at("here")} }\n`,
      "common.yaml": `to: ${to}\n`,
    });
    const events = await provision({
      manifest_file: "site.pp",
      module_paths: ["modules"],
      hiera_config_path: "hiera.yaml",
      facter: facts,
      clean_staging_directory: true,
    });
    expect(readFileSync(to, "utf8")).toBe("hello web it's an apple");
    expect(commandIn(events)).toBe(
      `cd /stage && FACTER_fruit='it'"'"'s an apple' ${FACTS} sudo -E puppet apply --detailed-exitcodes --modulepath='/stage/module-0' --hiera_config='/stage/hiera.yaml' /stage/manifests/site.pp`,
    );
    expect(recording.calls()).toContain(
      `sudo [-E] [puppet] [apply] [--detailed-exitcodes] [--modulepath=${at("stage/module-0")}] [--hiera_config=${at("stage/hiera.yaml")}] [${at("stage/manifests/site.pp")}]`,
    );
    expect(existsSync(at("stage"))).toBe(false);
  }, 120_000);

  test("reports the failed resource", async () => {
    await expect(provision({ manifest_file: "fails.pp" })).rejects.toMatchObject({
      code: "puppet-failed",
      message: "Puppet failed: exit status 4",
      detail: expect.stringContaining("/bin/false"),
    });
  }, 120_000);
});

describe("uploads and command", () => {
  test("with the defaults", async () => {
    await provision({ manifest_file: "site.pp", execute_command: "recorded-puppet {{.ManifestFile}}" });
    expect(recording.calls().map((call) => call.replaceAll(folder(), ""))).toEqual([
      "sudo [mkdir] [-p] [/stage]",
      "sudo [chmod] [0777] [/stage]",
      "sudo [mkdir] [-p] [/stage/manifests]",
      "sudo [chmod] [0777] [/stage/manifests]",
      "recorded-puppet [/stage/manifests/site.pp]",
    ]);
  });

  test.each<[string, object, string]>([
    [
      "two directories of manifests",
      { manifest_file: "manifests", manifest_dir: "manifests" },
      `cd /stage && ${FACTS} sudo -E /nowhere/puppet apply --detailed-exitcodes --manifestdir='/stage/manifests' /stage/manifests`,
    ],
    [
      "arguments as one template",
      { manifest_file: "site.pp", extra_arguments: ["--a", "--in={{.WorkingDir}}", "{{.ModulePathJoiner}}"] },
      `cd /stage && ${FACTS} sudo -E /nowhere/puppet apply --detailed-exitcodes --a --in=/stage : /stage/manifests/site.pp`,
    ],
    [
      "without sudo, in another directory",
      { manifest_file: "site.pp", prevent_sudo: true, working_directory: "/" },
      `cd / && ${FACTS} /nowhere/puppet apply --detailed-exitcodes /stage/manifests/site.pp`,
    ],
  ])("%s", async (_name, options, expected) => {
    // Puppet is not installed; only the command is checked.
    const events = await provision({ puppet_bin_dir: at("nowhere"), ignore_exit_codes: true, ...options });
    expect(commandIn(events)).toBe(expected);
  });
});

describe("exit codes", () => {
  const command = "recorded-puppet";
  test.each([0, 2])("%d is success", async (code) => {
    recording.respond("recorded-puppet", `exit ${code}`);
    await expect(provision({ manifest_file: "site.pp", execute_command: command })).resolves.toBeDefined();
  });

  test.each<[string, string, object]>([
    ["4", "exit 4", { message: "Puppet failed: exit status 4", hint: expect.stringContaining("failed resources") }],
    [
      "sudo that does not find Puppet",
      "echo 'sudo: puppet: command not found' >&2; exit 1",
      { hint: expect.stringContaining("puppet_bin_dir") },
    ],
  ])("%s is a failure", async (_name, response, expected) => {
    recording.respond("recorded-puppet", response);
    const options = { manifest_file: "site.pp", execute_command: command };
    await expect(provision(options)).rejects.toMatchObject({ code: "puppet-failed", ...expected });
    await expect(provision({ ...options, ignore_exit_codes: true })).resolves.toBeDefined();
  });
});

describe("bad options", () => {
  test.each<[string, object, string]>([
    ["no manifest", {}, "manifest_file"],
    ["a missing manifest", { manifest_file: "no.pp" }, '"manifest_file" is invalid: "no.pp": no such file'],
    [
      "a file for modules",
      { manifest_file: "site.pp", module_paths: ["site.pp"] },
      '"module_paths[0]" is invalid: "site.pp"',
    ],
    ["a directory for Hiera", { manifest_file: "site.pp", hiera_config_path: "modules" }, "it must be a file"],
    ["another system", { manifest_file: "site.pp", guest_os_type: "plan9" }, 'must be "unix"'],
  ])("%s", (_name, options, message) => {
    const { diagnostics } = decode(puppetMasterlessOptions, options, at("here"));
    expect(diagnostics.map((each) => each.summary).join("\n")).toContain(message);
  });
});

test("the output of Puppet is emitted as it arrives", async () => {
  recording.respond("recorded-puppet", "echo Notice: applied");
  const events = await provision({ manifest_file: "site.pp", execute_command: "recorded-puppet" });
  expect(outputOf(events)).toEqual(["Notice: applied"]);
});
