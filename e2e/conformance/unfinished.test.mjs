/** Bakes that are cancelled, fail or are killed while a script runs on their instance, on the local cloud with sandboxes. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { startLocal } from "../harness/clouds.mjs";
import { openStep, run } from "../harness/runner.mjs";

/** Time that a runner gives a cancelled step from SIGINT to SIGKILL, in milliseconds. */
const UNTIL_KILLED = 10_000;

let cloud;
let folder;
let step;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "bake-ami-unfinished-"));
  cloud = await startLocal(true);
});
beforeEach(async () => {
  await cloud.baseline();
  await cloud.forget();
});
afterEach(() => step?.close());
after(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(provisioners, inputs = {}) {
  const builder = {
    type: "amazon-ebs",
    region: "us-east-1",
    source_ami_filter: {
      filters: { name: "ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*" },
      owners: ["099720109477"],
      most_recent: true,
    },
    instance_type: "t3.micro",
    ami_name: "unfinished-{{timestamp}}",
    ssh_username: "ubuntu",
  };
  const template = join(folder, "template.json");
  writeFileSync(template, JSON.stringify({ builders: [builder], provisioners }));
  step = openStep(cloud, { template, ...inputs });
  return step;
}

const SLEEPS = [{ type: "shell", inline: ["echo sleeping now", "sleep 600"] }];
const FAILS = [{ type: "shell", inline: ["exit 3"] }];

/** Runs the reactions one by one, each when the log matches its pattern. */
const whenLogMatches = (reactions) => (child) => {
  let log = "";
  let waiting = reactions;
  child.stdout.on("data", (chunk) => {
    log += chunk;
    const [next, ...others] = waiting;
    if (!next?.[0].test(log)) return;
    waiting = others;
    next[1](child);
  });
};

const RUNS_SCRIPT = /: sleeping now/;
const CANCELLED = /after receiving interrupt/;
const interrupt = (child) => child.kill("SIGINT");

describe("a bake with a running script", () => {
  test("stops on SIGINT within the runner's time limit, and leaves nothing for post", async () => {
    let signalled = 0;
    const { signal, log } = await open(SLEEPS).main(
      whenLogMatches([
        [
          RUNS_SCRIPT,
          (child) => {
            signalled = Date.now();
            interrupt(child);
          },
        ],
      ]),
    );
    assert.equal(signal, null, log);
    assert.ok(Date.now() - signalled < UNTIL_KILLED);
    assert.match(log, /Cleanly cancelled builds after being interrupted/);
    assert.deepEqual(await cloud.held(), {});
    assert.match((await step.post()).log, /No resources to remove/);
  });

  test("exits at once on a second SIGINT, and post releases its resources", async () => {
    const hangs = () => cloud.faults([{ action: "TerminateInstances", times: 9, do: "hang" }]);
    let secondSignal = 0;
    const { code, log } = await open(SLEEPS).main(
      whenLogMatches([
        [RUNS_SCRIPT, (child) => hangs().then(() => interrupt(child))],
        [
          CANCELLED,
          (child) => {
            secondSignal = Date.now();
            interrupt(child);
          },
        ],
      ]),
    );
    assert.equal(code, 1, log);
    assert.ok(Date.now() - secondSignal < 5000, "it did not exit at once");
    await cloud.forget();
    assert.equal((await step.post()).code, 0);
    assert.deepEqual(await cloud.held(), {});
  });

  test("is killed: its instance terminates itself without post and sweep", async () => {
    const kill = (child) => child.kill("SIGKILL");
    const { signal, log } = await open(SLEEPS, { "max-instance-minutes": "1" }).main(
      whenLogMatches([[RUNS_SCRIPT, kill]]),
    );
    assert.equal(signal, "SIGKILL", log);
    const until = Date.now() + 120_000;
    while ((await cloud.held()).instances) {
      assert.ok(Date.now() < until, "the instance still exists");
      await new Promise((done) => setTimeout(done, 1000));
    }
    assert.equal((await step.post()).code, 0);
    assert.deepEqual(await cloud.held(), {});
  });
});

describe("a bake with a failing script", () => {
  test("keeps the instance with on-error abort: post lists it and releases nothing, and its expiry stays", async () => {
    const { code, log } = await open(FAILS, { "on-error": "abort" }).main();
    assert.equal(code, 1, log);
    const post = await step.post();
    assert.equal(post.code, 0, post.log);
    assert.match(post.log, /Kept: instance i-\w+ in us-east-1 \(on-error abort\)/);
    const [id] = await tagsOfInstances();
    assert.ok(Date.parse(id["bake-ami:expires"]) > Date.now());
    const swept = await step.sweep();
    assert.equal(swept.code, 0, swept.log);
    assert.deepEqual(await cloud.held(), {});
  });

  test("cleans up without asking if there is no terminal", async () => {
    const { code, log } = await open([{ type: "breakpoint" }, ...FAILS], { "on-error": "ask" }).main();
    assert.equal(code, 1);
    assert.match(log, /::warning.*"on-error" is "ask", but there is no terminal: cleaning up/);
    assert.match(log, /::warning.*breakpoint/i);
    assert.deepEqual(await cloud.held(), {});
  });
});

describe("the command line", () => {
  const env = () => ({ PATH: process.env.PATH, HOME: folder, XDG_STATE_HOME: folder, ...cloud.env });
  const commandLine = (args, onStart) => run("cli.js", env(), onStart, args);

  test("cleans up after a killed build from its ledger", async () => {
    open(SLEEPS);
    const kill = (child) => child.kill("SIGKILL");
    const build = await commandLine(["build", join(folder, "template.json")], whenLogMatches([[RUNS_SCRIPT, kill]]));
    assert.equal(build.signal, "SIGKILL", build.log);
    assert.notDeepEqual(await cloud.held(), {});
    const preview = await commandLine(["cleanup", "-dry-run"]);
    assert.match(preview.log, /would remove: security-group sg-\w+ in us-east-1/);
    const { code, log } = await commandLine(["cleanup"]);
    assert.equal(code, 0, log);
    assert.match(log, /removed: instance i-\w+ in us-east-1/);
    assert.deepEqual(await cloud.held(), {});
    assert.match((await commandLine(["cleanup"])).log, /Nothing to remove/);
  });

  test("cancels on Ctrl-C, and leaves no ledger", async () => {
    open(SLEEPS);
    const { code, log } = await commandLine(
      ["build", join(folder, "template.json")],
      whenLogMatches([[RUNS_SCRIPT, interrupt]]),
    );
    assert.equal(code, 1, log);
    assert.deepEqual(await cloud.held(), {});
    assert.match((await commandLine(["cleanup"])).log, /Nothing to remove/);
  });
});

async function tagsOfInstances() {
  const credentials = { accessKeyId: "observer", secretAccessKey: "observer" };
  const ec2 = new EC2Client({ region: "us-east-1", endpoint: cloud.url, credentials });
  const { Reservations = [] } = await ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: "instance-state-name", Values: ["running"] }] }),
  );
  ec2.destroy();
  return Reservations.flatMap(({ Instances = [] }) =>
    Instances.map(({ Tags = [] }) => Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))),
  );
}
