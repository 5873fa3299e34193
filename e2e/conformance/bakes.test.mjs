/** Bakes the examples with the action, on moto with real OpenSSH instances. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { root, startMoto } from "../harness/clouds.mjs";
import { runOn } from "../harness/login.mjs";
import { openStep } from "../harness/runner.mjs";

let cloud;
before(async () => {
  cloud = await startMoto();
});
after(() => cloud?.close());

const haveAnsible = spawnSync("ansible-playbook", ["--version"]).status === 0;

/**
 * Templates. Each of the `builds` makes an image in each of the `regions`. The log must contain the `output` of the provisioners.
 * `check` is a command to run on a new instance of the image, and the text that it must print.
 */
const EXAMPLES = [
  { template: "examples/first/first-example.json" },
  {
    template: "examples/provisioners/provisioners.json",
    output: ["Welcome to an image", "Built by amazon-ebs"],
    check: {
      user: "ubuntu",
      command: "cat /etc/motd welcome.txt",
      text: /Built by amazon-ebs \(amazon-ebs\)\.\n.*Welcome/s,
    },
  },
  {
    template: "examples/base-and-node/base-and-node.json",
    output: ["base is in place", "the web node is in place"],
    check: { user: "ubuntu", command: "cat /srv/www/index.html", text: /Served by a baked image/ },
  },
  {
    template: "examples/mesos/ubuntu-14.04-mesos.json",
    regions: [
      "ap-northeast-1",
      "ap-southeast-1",
      "ap-southeast-2",
      "eu-west-1",
      "sa-east-1",
      "us-east-1",
      "us-west-1",
      "us-west-2",
    ],
    output: ["created the service mesos-master"],
    check: { user: "ubuntu", command: "cat /etc/default/mesos-version", text: /^MESOS_VERSION=0\.21\.1\n$/ },
  },
  {
    template: "examples/mesos-hcl2",
    regions: ["eu-west-1", "us-east-1"],
    builds: 2,
    output: ["jammy is in place: mesos-master mesos-slave", "noble is in place: mesos-master mesos-slave"],
    check: {
      user: "ubuntu",
      command: "cat /etc/default/docker-version /etc/default/mesos-version",
      text: /^DOCKER_VERSION=1\.5\.0\nMESOS_VERSION=0\.21\.1\n$/,
    },
  },
  {
    template: "examples/ansible/ansible.json",
    output: ["elasticsearch: enabled"],
    skip: haveAnsible ? false : "ansible-playbook is not installed",
  },
];

describe("the examples", () => {
  for (const { template, regions = ["us-east-1"], builds = 1, output = [], check, skip = false } of EXAMPLES) {
    test(template, { skip: existsSync(join(root, template)) ? skip : "the example does not exist" }, async () => {
      await cloud.baseline();
      const step = openStep(cloud, {
        template,
        "ssm-parameter": builds > 1 ? "/images/{image}/{build}" : "/images/{image}/latest",
        variables: template.endsWith(".json") ? "aws_access_key=\naws_secret_key=" : "",
      });
      const main = await step.main();
      assert.equal(main.code, 0, main.log);
      const post = await step.post();
      assert.equal(post.code, 0, post.log);
      for (const text of output) assert.ok(main.log.includes(text), `the log does not contain "${text}":\n${main.log}`);
      await checkResult(step, regions, builds);
      const image = JSON.parse(step.outputs()["ami-ids"])[regions.at(-1)];
      if (check) assert.match(await runOn(cloud, regions.at(-1), image, check.user, check.command), check.text);
      step.close();
    });
  }
});

/** Checks that outputs and summary name the images, and that the account holds only these images and their parameters. */
async function checkResult(step, regions, builds) {
  const outputs = step.outputs();
  const made = JSON.parse(outputs.builds).map((build) => build["ami-ids"]);
  assert.equal(made.length, builds);
  assert.deepEqual(JSON.parse(outputs["ami-ids"]), made[0]);
  assert.match(outputs["artifact-id"], /^[a-z0-9-]+:ami-/);
  for (const images of made) {
    assert.deepEqual(Object.keys(images).sort(), regions);
    for (const id of Object.values(images))
      assert.ok(step.summary().includes(id), `the summary does not contain ${id}`);
  }
  const held = await cloud.held();
  assert.deepEqual(Object.keys(held).sort(), ["images", "parameters"], JSON.stringify(held));
  assert.equal(held.images.length, regions.length * builds);
  for (const image of held.images) assert.match(image, / available$/);
  const parameters = held.parameters.map((line) => line.split(" "));
  const [lists, pointers] = [true, false].map((isList) =>
    parameters.filter(([, , value]) => (value === "bake-ami-packages") === isList),
  );
  // The other parameters hold the images' package lists, in several parts.
  for (const [, , , , image] of lists)
    assert.ok(
      made.some((images) => Object.values(images).includes(image)),
      image,
    );
  const actual = pointers.map(([region, , id]) => `${region} ${id}`);
  const expected = made.flatMap((images) => Object.entries(images).map(([region, id]) => `${region} ${id}`));
  assert.deepEqual(actual.sort(), expected.sort());
}

/** With 47 tags those of bake-ami are packed into three: EC2 allows 50, and every filter must still find them. */
test("a template with 47 tags is resumed after a killed bake, reused by the next run, and planned", async () => {
  await cloud.baseline();
  const folder = mkdtempSync(join(tmpdir(), "bake-ami-tags-"));
  const tags = Object.fromEntries(Array.from({ length: 47 }, (_, n) => [`tag-${n}`, `value ${n}`]));
  const builder = {
    ...{ type: "amazon-ebs", region: "us-east-1", instance_type: "t3.micro", communicator: "none", run_tags: tags },
    ...{ ami_name: "tagged-{{timestamp}}", ami_regions: ["eu-west-1"] },
    source_ami_filter: {
      filters: { name: "ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*" },
      ...{ owners: ["099720109477"], most_recent: true },
    },
  };
  const template = join(folder, "tagged.json");
  writeFileSync(template, JSON.stringify({ builders: [builder] }));
  const run = async (runId, attempt, onStart) => {
    const env = { GITHUB_RUN_ATTEMPT: attempt };
    const step = openStep(cloud, { template, "skip-unchanged": "true", image: "tagged" }, { runId, env });
    const ended = { main: await step.main(onStart), post: await step.post(), outputs: step.outputs() };
    step.close();
    return ended;
  };
  assert.deepEqual(plan(template), [2, "bake", "no earlier image of this build exists"]);
  const killed = await run("1", "1", ({ pid }) =>
    cloud.faults([{ action: "CopyImage", nth: 1, when: "before", do: "kill", pid }]),
  );
  assert.equal(killed.main.signal, "SIGKILL", killed.main.log);
  assert.equal(killed.post.code, 0, killed.post.log);
  const resumed = await run("1", "2");
  assert.equal(resumed.main.code, 0, resumed.main.log);
  assert.match(resumed.main.log, /Resuming from AMI ami-\w+, left unfinished by run 1/);
  const reused = await run("2", "1");
  assert.equal(reused.main.code, 0, reused.main.log);
  assert.equal(reused.outputs.skipped, "true", reused.main.log);
  assert.equal(reused.outputs["ami-ids"], resumed.outputs["ami-ids"]);
  const [code, decision] = plan(template);
  assert.deepEqual([code, decision], [0, "reuse"]);
  writeFileSync(template, JSON.stringify({ builders: [{ ...builder, instance_type: "t3.small" }] }));
  const [changedCode, changed, reason] = plan(template);
  assert.deepEqual([changedCode, changed], [2, "bake"]);
  // The record of the inputs has no room in the tags.
  assert.match(reason, /^changed since ami-\w+, the newest image of the build: other inputs$/);
  const held = await cloud.held();
  assert.deepEqual([Object.keys(held), held.images.length], [["images"], 2]);
  rmSync(folder, { recursive: true });
});

/** Returns the exit code of a plan with `-detailed-exitcode`, and the decision about its build with the reason. */
function plan(template) {
  const flags = ["-json", "-detailed-exitcode", "-skip-unchanged", "-image=tagged"];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "dist/cli.js"), "plan", ...flags, template],
    {
      ...{ env: { PATH: process.env.PATH, ...cloud.env }, encoding: "utf8" },
    },
  );
  const { decision, reason, not_looked_up: unknown } = JSON.parse(stdout || "{}").builds?.[0] ?? {};
  assert.deepEqual([stderr, unknown], ["", []]);
  return [status, decision, reason];
}

describe("bad input creates no resources", () => {
  for (const [name, inputs, message] of [
    ["a missing template", { template: "examples/none.json" }, /no such file or directory/],
    [
      "an undefined required variable",
      { template: "examples/mesos/ubuntu-14.04-mesos.json", variables: "ami_prefix" },
      /variables/,
    ],
    ["an unknown region", { template: "examples/first/first-example.json", regions: "us-esat-1" }, /us-esat-1/],
  ]) {
    test(name, async () => {
      await cloud.baseline();
      const step = openStep(cloud, inputs);
      const { code, log } = await step.main();
      assert.equal(code, 1, log);
      assert.match(log, message);
      assert.deepEqual(await cloud.held(), {});
      step.close();
    });
  }
});
