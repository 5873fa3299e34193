import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, expect } from "@jest/globals";
import { chefSoloOptions } from "../../src/provisioners/chef-solo/options.js";
import { run } from "../../src/provisioners/chef-solo/run.js";
import { describe, test } from "../ssh/openssh.js";
import { temporaryFolder } from "../support/folder.js";
import { sshMachine } from "./machine.js";
import { decode, optionsFor, provisionerContext } from "./provision.js";
import { type Recording, recordPrograms, writeFiles } from "./recording.js";

// Chef is in no package registry: a stand-in records its arguments, and the test checks the files that it would read.
const folder = temporaryFolder("chef");
const at = (...names: string[]) => join(folder(), ...names);
const machine = sshMachine(() => [`SetEnv PATH=${at("bin")}:${process.env.PATH}`]);
let recording: Recording;

beforeAll(() => {
  recording = recordPrograms(folder(), ["chef-solo", "curl"]);
  writeFiles(at("here"), {
    "cookbooks/web/recipes/default.rb": "package 'nginx'\n",
    "site-cookbooks/own/recipes/default.rb": "# own\n",
    "roles/web.json": "{}",
    "data_bags/users/me.json": "{}",
    "environments/live.json": "{}",
    secret: "s3cret",
    "solo.rb.tpl": 'cookbook_path [{{.CookbookPaths}}]\nlicence "{{.ChefLicense}}"\n',
  });
});

beforeEach(() => recording.clear());

async function provision(options: object) {
  const context = provisionerContext(machine.communicator(), at("here"));
  const given = { staging_directory: at("stage"), ...options };
  await run(optionsFor(chefSoloOptions, given, at("here")), context);
  return recording.calls().map((call) => call.replaceAll(folder(), ""));
}

const staged = (name: string) => readFileSync(at("stage", name), "utf8").replaceAll(folder(), "");
const CHEF = "chef-solo [--no-color] [-c] [/stage/solo.rb] [-j] [/stage/node.json]";

describe("a run", () => {
  test("uploads everything, installs Chef and runs it", async () => {
    const calls = await provision({
      version: "18.4.2",
      cookbook_paths: ["cookbooks", "site-cookbooks/"],
      remote_cookbook_paths: ["/opt/cookbooks"],
      roles_path: "roles",
      data_bags_path: "data_bags",
      encrypted_data_bag_secret_path: "secret",
      environments_path: "environments",
      chef_environment: "live",
      run_list: ["recipe[web]", "role[web]"],
      json: { nginx: { workers: 4, gzip: true, names: ["a", "b"] } },
    });
    const made = (path: string) => [`sudo [mkdir] [-p] [${path}]`, `sudo [chmod] [0777] [${path}]`];
    // The two ends of a pipe, in any order.
    expect(calls.slice(0, 2).sort()).toEqual([
      "curl [-L] [https://omnitruck.chef.io/install.sh]",
      "sudo [bash] [-s] [--] [-v] [18.4.2]",
    ]);
    expect(calls.slice(2)).toEqual([
      ...["", "/cookbooks-0", "/cookbooks-1", "/roles", "/data_bags", "/environments"].flatMap((name) =>
        made(`/stage${name}`),
      ),
      `sudo [${CHEF.replace(" ", "] ")}`,
      CHEF,
    ]);
    expect(staged("solo.rb")).toBe(
      [
        'cookbook_path ["/opt/cookbooks","/stage/cookbooks-0","/stage/cookbooks-1"]',
        'chef_license "accept-silent"',
        'role_path "/stage/roles"',
        'data_bag_path "/stage/data_bags"',
        'encrypted_data_bag_secret "/stage/encrypted_data_bag_secret"',
        'environment_path "/stage/environments"',
        'environment "live"',
        "",
      ].join("\n"),
    );
    expect(JSON.parse(staged("node.json"))).toEqual({
      nginx: { workers: 4, gzip: true, names: ["a", "b"] },
      run_list: ["recipe[web]", "role[web]"],
    });
    expect(staged("cookbooks-0/web/recipes/default.rb")).toBe("package 'nginx'\n");
    expect(staged("cookbooks-1/own/recipes/default.rb")).toBe("# own\n");
    expect(staged("roles/web.json") + staged("data_bags/users/me.json") + staged("environments/live.json")).toBe(
      "{}{}{}",
    );
    expect(staged("encrypted_data_bag_secret")).toBe("s3cret");
    expect(statSync(at("stage/encrypted_data_bag_secret")).mode & 0o777).toBe(0o600);
  });

  test("without sudo, with custom commands, configuration and attributes", async () => {
    const calls = await provision({
      prevent_sudo: true,
      install_command: "curl {{.Version}} {{.Sudo}}",
      execute_command: "chef-solo {{.ConfigPath}} {{.JsonPath}} {{.Sudo}}",
      version: "17",
      chef_license: "accept",
      config_template: "solo.rb.tpl",
      json_string: '{"a": {"b": null}}',
    });
    expect(calls).toEqual(["curl [17] [false]", "chef-solo [/stage/solo.rb] [/stage/node.json] [false]"]);
    expect(staged("solo.rb")).toBe('cookbook_path []\nlicence "accept"\n');
    expect(JSON.parse(staged("node.json"))).toEqual({ a: { b: null } });
  });

  test("with skip_install nothing is installed, and no license is accepted", async () => {
    expect((await provision({ skip_install: true })).filter((call) => /curl|bash/.test(call))).toEqual([]);
    expect(staged("solo.rb")).toBe("cookbook_path []\n");
    expect(staged("node.json")).toBe("{}");
  });
});

describe("failing", () => {
  test.each<[string, string, string, object]>([
    ["the installation", "curl", "exit 6", { code: "chef-not-installed" }],
    ["a resource", "chef-solo", "echo bad >&2; exit 1", { code: "chef-failed", message: "Chef failed: exit status 1" }],
    [
      "missing Chef",
      "chef-solo",
      "echo 'sudo: chef-solo: command not found' >&2; exit 1",
      { hint: expect.stringContaining("skip_install") },
    ],
  ])("%s", async (_name, program, response, expected) => {
    recording.respond(program, response);
    await expect(provision({ install_command: "curl" })).rejects.toMatchObject(expected);
  });
});

describe("bad options", () => {
  test.each<[string, object, string]>([
    ["a missing cookbook directory", { cookbook_paths: ["no"] }, '"cookbook_paths[0]" is invalid: "no"'],
    ["a file for roles", { roles_path: "secret" }, '"roles_path" is invalid: "secret": it must be a directory'],
    ["a missing template", { config_template: "no.rb" }, '"config_template" is invalid: "no.rb"'],
    ["invalid JSON", { json_string: "{" }, '"json_string" is not valid JSON'],
    ["JSON that is not an object", { json_string: "[1]" }, '"json_string" must be an object'],
    ["an unknown system", { guest_os_type: "plan9" }, 'must be "unix" or "windows", not "plan9"'],
  ])("%s", (_name, options, message) => {
    const { diagnostics } = decode(chefSoloOptions, options, at("here"));
    expect(diagnostics.map((each) => each.summary).join("\n")).toContain(message);
  });
});
