import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect } from "@jest/globals";
import { ansibleLocalOptions } from "../../src/provisioners/ansible-local/options.js";
import { run } from "../../src/provisioners/ansible-local/run.js";
import { describe, test } from "../ssh/openssh.js";
import { temporaryFolder } from "../support/folder.js";
import { sshMachine } from "./machine.js";
import { decode, optionsFor, outputOf, provisionerContext } from "./provision.js";

const folder = temporaryFolder("ansible-local");
const machine = sshMachine();
const at = (...names: string[]) => join(folder(), ...names);

/** Stand-in for Ansible's programs: prints its arguments, its directory and its paths. */
const ANSIBLE =
  '#!/bin/sh\necho "$(basename $0) in $PWD: $*"\n[ -z "$ANSIBLE_COLLECTIONS_PATH" ] || echo "collections $ANSIBLE_COLLECTIONS_PATH"\nexit ${ANSIBLE_EXIT:-0}\n';

beforeAll(() => {
  const files: Record<string, string> = {
    "here/site.yml": "- hosts: all\n",
    "here/other.yml": "- hosts: all\n",
    "here/play/main.yml": "- hosts: all\n",
    "here/play/templates/t.j2": "t",
    "here/roles/web/tasks/main.yml": "[]",
    "here/collections/mine/galaxy.yml": "x",
    "here/group_vars/all.yml": "a: 1",
    "here/requirements.yml": "roles:\n- name: r\ncollections:\n- name: c\n",
    "here/old-requirements.yml": "- src: r\n",
    "here/inventory.ini": "[mine]\n127.0.0.1\n",
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), text);
  }
  for (const name of ["ansible-playbook", "ansible-galaxy"]) {
    mkdirSync(at("bin"), { recursive: true });
    writeFileSync(at("bin", name), ANSIBLE, { mode: 0o755 });
  }
});

async function provision(options: object): Promise<readonly string[]> {
  const context = provisionerContext(machine.communicator(), at("here"));
  const given = {
    staging_directory: at("stage"),
    command: at("bin/ansible-playbook"),
    galaxy_command: at("bin/ansible-galaxy"),
    ...options,
  };
  await run(optionsFor(ansibleLocalOptions, given, at("here")), context);
  return outputOf(context.events).map((line) => line.replaceAll(folder(), ""));
}

const VARIABLES =
  "packer_build_name=web packer_builder_type=amazon-ebs packer_http_addr=ERR_HTTP_ADDR_NOT_IMPLEMENTED_BY_BUILDER -o IdentitiesOnly=yes";

describe("running", () => {
  test("a playbook with Packer's arguments and a generated inventory", async () => {
    expect(await provision({ playbook_file: "site.yml", extra_arguments: ["-v", "--tags", "a,b"] })).toEqual([
      `ansible-playbook in /stage: /stage/site.yml --extra-vars ${VARIABLES} -v --tags a,b -c local -i /stage/inventory`,
    ]);
    expect(readFileSync(at("stage/inventory"), "utf8")).toBe("127.0.0.1\n");
  });

  test("inventory groups", async () => {
    await provision({ playbook_file: "site.yml", inventory_groups: ["web", "db"] });
    expect(readFileSync(at("stage/inventory"), "utf8")).toBe("[web]\n127.0.0.1\n[db]\n127.0.0.1\n");
  });

  test("directories and roles are where Ansible expects them", async () => {
    const staging = at("stage-2");
    await provision({
      playbook_file: "play/main.yml",
      playbook_dir: "play",
      role_paths: ["roles/web/"],
      group_vars: "group_vars",
      inventory_file: "inventory.ini",
      staging_directory: staging,
    });
    for (const path of [
      "templates/t.j2",
      "roles/web/tasks/main.yml",
      "group_vars/all.yml",
      "inventory.ini",
      "main.yml",
    ]) {
      expect([path, existsSync(join(staging, path))]).toEqual([path, true]);
    }
  });

  test("playbooks inside playbook_dir are used in place, others are uploaded", async () => {
    const lines = await provision({ playbook_files: ["play/main.yml", "other.yml"], playbook_dir: "play" });
    expect(lines.map((line) => line.split(" ")[3])).toEqual(["/stage/main.yml", "/stage/other.yml"]);
  });

  test("galaxy installs roles and collections, and the playbook finds them", async () => {
    const lines = await provision({
      playbook_file: "site.yml",
      galaxy_file: "requirements.yml",
      galaxy_force_install: true,
      collection_paths: ["collections/mine"],
    });
    expect(lines.slice(0, 2)).toEqual([
      "ansible-galaxy in /stage: install -r /stage/requirements.yml -p /stage/roles -f",
      "ansible-galaxy in /stage: collection install -r /stage/requirements.yml -p /stage/collections -f",
    ]);
    expect(lines.at(-1)).toMatch(/^collections \/stage\/collections:/);
    expect(existsSync(at("stage/collections/mine/galaxy.yml"))).toBe(true);
  });

  test("a requirements file in the old format has only roles", async () => {
    const lines = await provision({ playbook_file: "site.yml", galaxy_file: "old-requirements.yml" });
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["ansible-galaxy", "ansible-playbook"]);
  });

  test("clean_staging_directory removes the staging directory", async () => {
    const staging = at("stage it's");
    await provision({ playbook_file: "site.yml", staging_directory: at("stage-3"), clean_staging_directory: true });
    expect(existsSync(at("stage-3"))).toBe(false);
    expect(existsSync(staging)).toBe(false);
  });
});

describe("failing", () => {
  test.each([
    ["missing Ansible", { command: "no-such-ansible" }, { code: "ansible-not-found" }],
    [
      "a failed playbook",
      { command: `ANSIBLE_EXIT=2 ${"$BIN"}` },
      { code: "ansible-failed", message: "Ansible failed: exit status 2" },
    ],
  ])("%s", async (_name, options, expected) => {
    const command = options.command.replace("$BIN", at("bin/ansible-playbook"));
    await expect(provision({ playbook_file: "site.yml", command })).rejects.toMatchObject(expected);
  });
});

describe("bad options", () => {
  test.each<[string, object, string]>([
    ["no playbook", {}, "Either playbook_file or playbook_files must be specified"],
    ["both kinds", { playbook_file: "site.yml", playbook_files: ["other.yml"] }, "can be specified, not both"],
    ["a missing playbook", { playbook_file: "nope.yml" }, '"playbook_file" is invalid: "nope.yml": no such file'],
    ["a file for a directory", { playbook_file: "site.yml", playbook_dir: "other.yml" }, "it must be a directory"],
    ["a missing role", { playbook_file: "site.yml", role_paths: ["x"] }, '"role_paths[0]" is invalid: "x"'],
  ])("%s", (_name, options, message) => {
    const { diagnostics } = decode(ansibleLocalOptions, options, at("here"));
    expect(diagnostics.map((each) => each.summary).join("\n")).toContain(message);
  });
});
