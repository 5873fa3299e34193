/** Container builds that are interrupted or killed must leave no container and no image. They run on a separate engine. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { root } from "../harness/clouds.mjs";
import { openStep } from "../harness/runner.mjs";

const folder = mkdtempSync(join(tmpdir(), "bake-ami-containers-"));
const engine = join(folder, "engine");
const script = join(root, "e2e", "harness", "engine.sh");
const host = `unix://${join(engine, "docker.sock")}`;
const template = join(folder, "web.json");
const docker = (...args) =>
  execFileSync("docker", args, { env: { ...process.env, DOCKER_HOST: host }, encoding: "utf8" }).trim();

/** Moments of a build, with the log line that announces each. */
const MOMENTS = {
  "the container is started": /Starting docker container/,
  "a script runs": /the script runs/,
  "the image is committed": /Committing the container/,
};

before(() => {
  execFileSync(script, ["start", engine], { stdio: ["ignore", "ignore", "inherit"] });
  importBusybox("base");
  const build = { type: "docker", image: "base", pull: false, commit: true };
  // A big file makes the commit slow enough to be interrupted.
  const inline = [
    "echo the script runs",
    "dd if=/dev/urandom of=/big bs=1M count=${SIZE:-300}",
    "sleep ${WAIT:-0} & wait",
  ];
  const shell = { type: "shell", environment_vars: ["WAIT={{user `wait`}}", "SIZE={{user `size`}}"], inline };
  const variables = { wait: "{{env `WAIT`}}", size: "{{env `SIZE`}}" };
  writeFileSync(template, JSON.stringify({ variables, builders: [build], provisioners: [shell] }));
});
after(() => {
  execFileSync(script, ["stop", engine]);
  rmSync(folder, { recursive: true, force: true });
});

/** Imports an image that contains only BusyBox. */
function importBusybox(image) {
  const bin = join(folder, "rootfs", "bin");
  mkdirSync(bin, { recursive: true });
  for (const name of ["dev", "etc", "proc", "root", "sys", "tmp", "var"]) mkdirSync(join(folder, "rootfs", name));
  execFileSync("cp", ["/bin/busybox", bin]);
  const applets = execFileSync("/bin/busybox", ["--list"], { encoding: "utf8" }).trim().split("\n");
  for (const applet of applets) if (applet !== "busybox") symlinkSync("busybox", join(bin, applet));
  const archive = execFileSync("tar", ["-C", join(folder, "rootfs"), "-c", "."], { maxBuffer: 1 << 26 });
  execFileSync("docker", ["import", "-", image], { env: { ...process.env, DOCKER_HOST: host }, input: archive });
}

/** Sends a signal when the log reaches the moment. */
function signalAt(child, moment, signal) {
  let log = "";
  const read = (chunk) => {
    log += chunk;
    if (!MOMENTS[moment].test(log)) return;
    child.stdout.off("data", read);
    child.kill(signal);
  };
  child.stdout.on("data", read);
}

/** Kills a build while the engine commits its image: the container is paused during the commit. */
async function killWhilePaused(child) {
  child.stdout.resume();
  child.stderr.resume();
  while (child.exitCode === null && docker("ps", "-q", "--filter", "status=paused") === "") await setTimeout(50);
  child.kill("SIGKILL");
}

/** Returns the containers and the unfinished images that the engine holds. */
const listLeftovers = () => ({
  containers: docker("ps", "-aq"),
  unfinished: docker("images", "-q", "--filter", "reference=bake-ami-*"),
});
const NOTHING = { containers: "", unfinished: "" };
const wait = (moment) => (moment === "a script runs" ? "60" : "0");

describe("an interrupted container build leaves nothing", () => {
  for (const moment of Object.keys(MOMENTS)) {
    for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"]) {
      test(`action: ${signal} while ${moment}`, async () => {
        const step = openStep({ env: { DOCKER_HOST: host, WAIT: wait(moment) } }, { template });
        try {
          const main = await step.main((child) => signalAt(child, moment, signal));
          assert.notEqual(main.code, 0, main.log);
          if (signal !== "SIGKILL") assert.deepEqual(listLeftovers(), NOTHING, main.log);
          const post = await step.post();
          assert.equal(post.code, 0, post.log);
          assert.deepEqual(listLeftovers(), NOTHING, `${main.log}\n======\n${post.log}`);
        } finally {
          step.close();
        }
      });
    }
  }

  // The engine continues to commit the image after the client was killed.
  const kills = [
    ["a script runs", { WAIT: "60" }],
    ["the image is committed", { SIZE: "1500" }],
  ];
  for (const [moment, more] of kills) {
    test(`command line: cleanup removes what a build left that was killed while ${moment}`, async () => {
      const env = { PATH: process.env.PATH, HOME: folder, XDG_STATE_HOME: folder, DOCKER_HOST: host, ...more };
      const run = (...args) => spawn(process.execPath, [join(root, "dist", "cli.js"), ...args], { env, cwd: folder });
      const killed = run("build", template);
      const closed = new Promise((done) => killed.once("close", done));
      if (moment === "a script runs") signalAt(killed, moment, "SIGKILL");
      else await killWhilePaused(killed);
      await closed;
      assert.notEqual(listLeftovers().containers, "");
      const cleanup = run("cleanup");
      let log = "";
      for (const stream of [cleanup.stdout, cleanup.stderr]) stream.on("data", (chunk) => (log += chunk));
      assert.equal(await new Promise((done) => cleanup.once("close", done)), 0, log);
      assert.deepEqual(listLeftovers(), NOTHING, log);
      if (moment === "the image is committed") assert.match(log, /removed: docker-image bake-ami-/);
    });
  }
});

test("a successful build keeps its image", async () => {
  const before = new Set(docker("images", "-aq", "--no-trunc").split("\n"));
  const step = openStep({ env: { DOCKER_HOST: host, WAIT: "0" } }, { template });
  try {
    const main = await step.main();
    assert.equal(main.code, 0, main.log);
    const post = await step.post();
    assert.equal(post.code, 0, post.log);
    const made = docker("images", "-aq", "--no-trunc")
      .split("\n")
      .filter((id) => !before.has(id));
    assert.equal(made.length, 1, main.log);
    assert.match(main.log, new RegExp(`Imported Docker image: ${made[0]}`));
    assert.deepEqual(listLeftovers(), NOTHING);
  } finally {
    step.close();
  }
});
