import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { openSandboxes } from "../../../src/local/instances/sandboxes.js";
import { describeSandbox, runProgram } from "./logins.js";
import { writeProgram } from "./run-elsewhere.js";

const events = { onExit: () => undefined, onNotice: () => undefined };

const hasSudo = spawnSync("sudo", ["-V"]).status === 0;

const OPEN = `
import { openSandboxes } from "./src/local/instances/sandboxes.js";
const events = { onExit: () => undefined, onNotice: () => undefined };
try {
  await openSandboxes({ stateDir: process.argv[2], events, docker: { program: "/no/such/docker" } });
} catch (error) {
  console.log(error.code + "|" + error.message + "|" + error.hint);
}
`;

describeSandbox("machines that cannot be had", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "refusals-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("without root, sudo and engine: the hint names what to install or change", async () => {
    const program = join(folder, "open.mjs");
    writeProgram(program, OPEN);
    const state = join(folder, "state");
    mkdirSync(state);
    for (const path of [folder, state]) chmodSync(path, 0o777);
    // Node may be installed in a home that other users cannot read.
    const node = join(folder, "node");
    copyFileSync(process.execPath, node);
    const nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", node, program, state];
    const { stdout } = await runProgram("setpriv", nobody);
    const [code, message, hint] = stdout.trim().split("|");
    expect(code).toBe("local-machines");
    expect(message).toMatch(
      hasSudo ? /^Could not start local instances: sudo: / : /not root, and "sudo" is not installed$/,
    );
    expect(hint).toMatch(hasSudo ? /^Run as root, allow sudo without a password / : /^Run as root, install sudo /);
    expect(hint).toMatch(/ or start a Docker engine that this user can access\.$/);
    expect(readdirSync(state)).toEqual([]);
  });

  test("on a full disk: it is reported, and nothing is left", async () => {
    const state = join(folder, "small");
    mkdirSync(state);
    expect((await runProgram("mount", ["-t", "tmpfs", "-o", "size=48k", "small", state])).code).toBe(0);
    try {
      const opening = openSandboxes({ stateDir: state, events, prefer: "namespace" });
      await expect(opening).rejects.toThrow(/No space left on device/);
      expect(readdirSync(state)).toEqual(["machines"]);
      expect(readdirSync(join(state, "machines/runs"))).toEqual([]);
    } finally {
      await runProgram("umount", [state]);
    }
  });

  test("with the state in a directory shared with instances: the hint names other places", async () => {
    const state = mkdtempSync("/var/tmp/refusals-");
    try {
      const opening = openSandboxes({ stateDir: state, events, prefer: "namespace" });
      await expect(opening).rejects.toMatchObject({
        code: "local-state-shared",
        message: expect.stringContaining("is inside /var, which local instances share with the host"),
        hint: expect.stringContaining("--local-state"),
      });
      expect(readdirSync(state)).toEqual([]);
    } finally {
      rmSync(state, { recursive: true, force: true });
    }
  });
});
