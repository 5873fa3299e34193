import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openSandboxes } from "../../../src/local/instances/sandboxes.js";
import { describeSandbox, hasRoutingTool, runProgram, until } from "./logins.js";
import { writeProgram } from "./run-elsewhere.js";

const CHILD = `
import { openSandboxes } from "./src/local/instances/sandboxes.js";
const events = { onExit: () => undefined, onNotice: () => undefined };
const sandboxes = await openSandboxes({ stateDir: process.argv[2], events, prefer: "namespace" });
const image = { sourceName: "x", layers: [] };
const { address } = await sandboxes.launch({ instanceId: "i-1", hostName: "one", image, authorizedKeys: [] });
console.log(address);
setInterval(() => undefined, 1000);
`;

describeSandbox("a run that was killed", () => {
  let folder: string;
  let program: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "killed-"));
    program = join(folder, "run.mjs");
    writeProgram(program, CHILD);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(["run alone", "run and its supervisor"])(
    "%s: no process stays, and the next run cleans the rest",
    async (who) => {
      const stateDir = join(folder, who.replaceAll(" ", "-"));
      const child = spawn(process.execPath, [program, stateDir], { stdio: ["ignore", "pipe", "inherit"] });
      await new Promise((resolve) => child.stdout.once("data", resolve));
      const run = readdirSync(join(stateDir, "machines/runs"))[0] ?? "";
      expect(inState(stateDir)).toContain("machines/i-1");
      const range = `uidrange ${readFileSync(join(stateDir, "machines/runs", run, "first"), "utf8")}-`;
      if (hasRoutingTool) expect((await runProgram("ip", ["rule"])).stdout).toContain(range);
      const supervisor = childrenOf(child.pid ?? 0)[0] ?? 0;
      const family = [supervisor, ...childrenOf(supervisor), ...childrenOf(supervisor).flatMap(childrenOf)];
      expect(family.length).toBeGreaterThanOrEqual(3);

      if (who === "run and its supervisor") process.kill(supervisor, "SIGKILL");
      child.kill("SIGKILL");
      await until(() => family.every((pid) => !isRunning(pid)));
      if (who === "run and its supervisor") expect(existsSync(join(stateDir, "machines/runs", run))).toBe(true);

      const events = { onExit: () => undefined, onNotice: () => undefined };
      const sandboxes = await openSandboxes({ stateDir, events, prefer: "namespace" });
      expect(existsSync(join(stateDir, "machines/runs", run))).toBe(false);
      await sandboxes.close();
      expect(inState(stateDir)).toBe("");
      expect(readdirSync(stateDir)).toEqual(["machines"]);
      expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain(stateDir);
      if (hasRoutingTool) expect((await runProgram("ip", ["rule"])).stdout).not.toContain(range);
    },
  );
});

function inState(stateDir: string): string {
  return readdirSync(join(stateDir, "machines/runs"))
    .flatMap((run) => readdirSync(join(stateDir, "machines/runs", run, "machines")).map((id) => `machines/${id}`))
    .join(" ");
}

function childrenOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return existsSync(path) ? readFileSync(path, "utf8").trim().split(" ").filter(Boolean).map(Number) : [];
}

/** True while a process runs and is not a zombie. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
