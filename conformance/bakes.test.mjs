/** The examples, baked by the Action on moto with real OpenSSH instances. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { startMoto } from "./clouds.mjs";
import { openStep } from "./runner.mjs";

let cloud;
before(async () => {
  cloud = await startMoto();
});
after(() => cloud?.close());

const haveAnsible = spawnSync("ansible-playbook", ["--version"]).status === 0;

/** Template, regions that get the image, and what the log must show of the provisioners. */
const EXAMPLES = [
  ["examples/first/first-example.json", ["us-east-1"], []],
  ["examples/provisioners/provisioners.json", ["us-east-1"], ["Welcome to an image", "Built by amazon-ebs"]],
  ["examples/base-and-node/base-and-node.json", ["us-east-1"], ["base is in place", "the web node is in place"]],
  [
    "examples/mesos/ubuntu-14.04-mesos.json",
    [
      "ap-northeast-1",
      "ap-southeast-1",
      "ap-southeast-2",
      "eu-west-1",
      "sa-east-1",
      "us-east-1",
      "us-west-1",
      "us-west-2",
    ],
    ["created the service mesos-master"],
  ],
  [
    "examples/ansible/ansible.json",
    ["us-east-1"],
    ["elasticsearch: enabled"],
    haveAnsible ? false : "ansible-playbook is not installed here",
  ],
];

describe("the examples", () => {
  for (const [template, regions, seen, skip] of EXAMPLES) {
    test(template, { skip: skip ?? false }, async () => {
      await cloud.baseline();
      const step = openStep(cloud, {
        template,
        "ssm-parameter": "/images/{image}/latest",
        variables: "aws_access_key=\naws_secret_key=",
      });
      const main = await step.main();
      assert.equal(main.code, 0, main.log);
      const post = await step.post();
      assert.equal(post.code, 0, post.log);
      for (const text of seen) assert.ok(main.log.includes(text), `the log shows no "${text}":\n${main.log}`);
      const outputs = step.outputs();
      const images = JSON.parse(outputs["ami-ids"]);
      assert.deepEqual(Object.keys(images).sort(), regions);
      assert.match(outputs["artifact-id"], /^[a-z0-9-]+:ami-/);
      for (const region of regions) assert.ok(step.summary().includes(images[region]), `the summary lacks ${region}`);
      const held = await cloud.held();
      assert.deepEqual(Object.keys(held).sort(), ["images", "parameters"], JSON.stringify(held));
      assert.equal(held.images.length, regions.length);
      for (const image of held.images) assert.match(image, / available$/);
      const named = held.parameters.map((line) => line.split(" "));
      assert.deepEqual(Object.fromEntries(named.map(([region, , id]) => [region, id])), images);
      step.close();
    });
  }
});

describe("bad input leaves nothing", () => {
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
