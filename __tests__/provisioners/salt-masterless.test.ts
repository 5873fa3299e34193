import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, beforeEach, expect } from "@jest/globals";
import { saltMasterlessOptions } from "../../src/provisioners/salt-masterless/options.js";
import { run } from "../../src/provisioners/salt-masterless/run.js";
import { describe, test } from "../ssh/openssh.js";
import { temporaryFolder } from "../support/folder.js";
import { sshMachine } from "./machine.js";
import { decode, optionsFor, provisionerContext } from "./provision.js";
import { type Recording, recordPrograms, writeFiles } from "./recording.js";

// Salt is in no package registry: a stand-in records its arguments, and the test checks the trees that it would read.
const folder = temporaryFolder("salt");
const at = (...names: string[]) => join(folder(), ...names);
const machine = sshMachine(() => [`SetEnv PATH=${at("bin")}:${process.env.PATH}`]);
let recording: Recording;

beforeAll(() => {
  recording = recordPrograms(folder(), ["salt-call", "curl", "wget", "sh-install"]);
  writeFiles(at("here"), {
    "states/top.sls": "base: {}\n",
    "states/.git/config": "x",
    "pillar/top.sls": "base: {p: []}\n",
  });
});

beforeEach(() => {
  recording.clear();
  mkdirSync(at("srv/salt/old"), { recursive: true });
});

async function provision(options: object) {
  const context = provisionerContext(machine.communicator(), at("here"));
  const given = {
    local_state_tree: "states",
    temp_config_dir: at("temp"),
    remote_state_tree: at("srv/salt"),
    remote_pillar_roots: at("srv/pillar"),
    skip_bootstrap: true,
    ...options,
  };
  await run(optionsFor(saltMasterlessOptions, given, at("here")), context);
  const calls = recording
    .calls()
    .map((call) => call.replaceAll(folder(), "").replace(/\[\S*\/(states|pillar)-\w{8}/g, "[$1-ID"));
  return { calls, events: context.events };
}

describe("a run", () => {
  test("uploads states and pillar and runs Salt", async () => {
    const { calls } = await provision({ local_pillar_roots: "pillar/" });
    expect(calls).toEqual([
      "sudo [mkdir] [-p] [/temp]",
      "sudo [rm] [-rf] [/temp/states]",
      "sudo [mv] [states-ID] [/temp/states]",
      "sudo [rm] [-rf] [/srv/salt]",
      "sudo [mkdir] [-p] [/srv]",
      "sudo [mv] [/temp/states] [/srv/salt]",
      "sudo [rm] [-rf] [/temp/pillar]",
      "sudo [mv] [pillar-ID] [/temp/pillar]",
      "sudo [rm] [-rf] [/srv/pillar]",
      "sudo [mkdir] [-p] [/srv]",
      "sudo [mv] [/temp/pillar] [/srv/pillar]",
      "sudo [salt-call] [--local] [state.highstate] [--file-root=/srv/salt] [--pillar-root=/srv/pillar] [--retcode-passthrough] [-l] [info]",
      "salt-call [--local] [state.highstate] [--file-root=/srv/salt] [--pillar-root=/srv/pillar] [--retcode-passthrough] [-l] [info]",
    ]);
    expect(readFileSync(at("srv/salt/top.sls"), "utf8")).toBe("base: {}\n");
    expect(readFileSync(at("srv/pillar/top.sls"), "utf8")).toBe("base: {p: []}\n");
    expect([existsSync(at("srv/salt/old")), existsSync(at("srv/salt/.git"))]).toEqual([false, false]);
  });

  test.each<[string, object, string]>([
    [
      "a state, arguments, a log level",
      { custom_state: "web.server", salt_call_args: "pillar='{a: 1}'", log_level: "debug" },
      "salt-call [--local] [state.sls] [web.server] [--file-root=/srv/salt] [--pillar-root=/srv/pillar] [--retcode-passthrough] [-l] [debug] [pillar={a: 1}]",
    ],
    [
      "ignored failures, without sudo, from another directory",
      { no_exit_on_failure: true, disable_sudo: true, salt_bin_dir: "BIN" },
      "salt-call [--local] [state.highstate] [--file-root=/srv/salt] [--pillar-root=/srv/pillar] [-l] [info]",
    ],
  ])("with %s", async (_name, options, expected) => {
    const { calls } = await provision(JSON.parse(JSON.stringify(options).replace("BIN", at("bin"))));
    expect(calls.at(-1)).toBe(expected);
    if ("disable_sudo" in options) expect(calls).toHaveLength(1);
  });

  test("installs Salt first; a failed bootstrap is a warning, and Salt still runs", async () => {
    recording.respond("curl", "exit 6");
    recording.respond("wget", "exit 4");
    const { calls, events } = await provision({ skip_bootstrap: false, bootstrap_args: "-M stable" });
    expect(calls.slice(0, 3)).toEqual([
      "curl [-L] [https://bootstrap.saltproject.io] [-o] [/tmp/install_salt.sh]",
      "wget [-O] [/tmp/install_salt.sh] [https://bootstrap.saltproject.io]",
      "sudo [sh] [/tmp/install_salt.sh] [-M] [stable]",
    ]);
    expect(events).toContainEqual(
      expect.objectContaining({ diagnostic: expect.objectContaining({ code: "salt-bootstrap" }) }),
    );
  });

  test("leaves nothing in the login user's home", async () => {
    await provision({ local_pillar_roots: "pillar" });
    // Another run may use the same home at the same time: only the directories of this run are checked.
    const uploaded = recording.calls().flatMap((call) => /\[(\S*\/(?:states|pillar)-\w{8})\]/.exec(call)?.[1] ?? []);
    expect(uploaded.map((path) => dirname(path))).toEqual([userInfo().homedir, userInfo().homedir]);
    expect(uploaded.filter((path) => existsSync(path))).toEqual([]);
  });
});

describe("formulas", () => {
  beforeAll(() => {
    writeFiles(at("vim-formula"), { "vim/init.sls": "vim: pkg.installed\n", "README.md": "x" });
    const git = (...args: string[]) => execFileSync("git", ["-C", at("vim-formula"), ...args], { stdio: "ignore" });
    git("init", "-q");
    git("add", ".");
    git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "first");
    git("tag", "v1");
    writeFiles(at("vim-formula"), { "vim/init.sls": "newer\n" });
    git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-a", "-m", "second");
    execFileSync("git", ["clone", "-q", "--bare", at("vim-formula"), at("vim.git")], { stdio: "ignore" });
  });

  test.each([
    ["the newest", "", "newer\n"],
    ["a tag", "?ref=v1", "vim: pkg.installed\n"],
  ])("%s is fetched, uploaded, and removed from the runner", async (_name, query, expected) => {
    await provision({ formulas: [`git::file://${at("vim.git")}//vim${query}`] });
    expect(readFileSync(at("srv/salt/vim/init.sls"), "utf8")).toBe(expected);
    expect(existsSync(at("here/states/vim"))).toBe(false);
  });

  test("an existing formula is used and kept", async () => {
    writeFiles(at("here/states"), { "vim/init.sls": "own\n" });
    await provision({ formulas: [`git::file://${at("vim.git")}//vim`] });
    expect(readFileSync(at("srv/salt/vim/init.sls"), "utf8")).toBe("own\n");
    expect(existsSync(at("here/states/vim"))).toBe(true);
    rmSync(at("here/states/vim"), { recursive: true });
  });

  test.each([
    ["a missing repository", "none.git//vim"],
    ["a missing directory in the repository", "vim.git//emacs"],
    ["a missing tag", "vim.git//vim?ref=v9"],
  ])("%s is an error", async (_name, path) => {
    await expect(provision({ formulas: [`git::file://${folder()}/${path}`] })).rejects.toMatchObject({
      code: "formula-not-fetched",
    });
    expect(existsSync(at("here/states/vim"))).toBe(false);
  });
});

describe("failing", () => {
  test.each<[string, string, object]>([
    ["a state", "exit 2", { code: "salt-failed", message: "salt-call failed: exit status 2" }],
    ["missing Salt", "echo 'salt-call: not found'; exit 127", { hint: expect.stringContaining("skip_bootstrap") }],
  ])("%s", async (_name, response, expected) => {
    recording.respond("salt-call", response);
    await expect(provision({})).rejects.toMatchObject(expected);
    await expect(provision({ no_exit_on_failure: true })).resolves.toBeDefined();
  });
});

describe("bad options", () => {
  test.each<[string, object, string]>([
    ["no state tree", {}, "local_state_tree"],
    ["a file for the state tree", { local_state_tree: "states/top.sls" }, "it must be a directory"],
    [
      "a formula without a directory",
      { local_state_tree: "states", formulas: ["git::https://x/y.git"] },
      "Invalid formula URL",
    ],
    [
      "a remote directory with a configuration",
      { local_state_tree: "states", minion_config: "states/top.sls", remote_state_tree: "/x" },
      'only apply when "minion_config" is not used',
    ],
  ])("%s", (_name, options, message) => {
    const { diagnostics } = decode(saltMasterlessOptions, options, at("here"));
    expect(diagnostics.map((each) => each.summary).join("\n")).toContain(message);
  });
});
