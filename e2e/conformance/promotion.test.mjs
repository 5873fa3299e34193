/** Promotions on moto: the action moves a parameter, a label and a launch template, and is killed at some of the calls. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  CreateLaunchTemplateCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  RegisterImageCommand,
} from "@aws-sdk/client-ec2";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { startMoto } from "../harness/clouds.mjs";
import { openStep } from "../harness/runner.mjs";

/** The action is killed at every fourth call; with BAKE_AMI_FAULTS=all at each call. */
const STEP = process.env.BAKE_AMI_FAULTS === "all" ? 1 : 4;

const REGIONS = ["us-east-1", "eu-west-1"];

let cloud;
before(async () => {
  cloud = await startMoto("0.004");
});
after(() => cloud.close());

function client(Kind, region) {
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = cloud.env;
  return new Kind({ region, endpoint: cloud.url, credentials: { accessKeyId, secretAccessKey } });
}

/** Makes an image in each region; returns their ids by region. */
async function makeImages(name) {
  const made = REGIONS.map(async (region) => {
    const ec2 = client(EC2Client, region);
    const volume = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 1 }));
    const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId: volume.VolumeId }));
    const { ImageId } = await ec2.send(
      new RegisterImageCommand({
        Name: name,
        Architecture: "x86_64",
        RootDeviceName: "/dev/sda1",
        BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId } }],
      }),
    );
    return [region, ImageId];
  });
  return Object.fromEntries(await Promise.all(made));
}

async function makeTemplates(name, images) {
  for (const region of REGIONS) {
    const LaunchTemplateData = { ImageId: images[region], InstanceType: "t3.micro" };
    await client(EC2Client, region).send(
      new CreateLaunchTemplateCommand({ LaunchTemplateName: name, LaunchTemplateData }),
    );
  }
}

async function valueIn(region, name) {
  const response = client(SSMClient, region).send(new GetParameterCommand({ Name: name }));
  return (await response.catch(() => undefined))?.Parameter?.Value;
}

const values = async (name) =>
  Object.fromEntries(await Promise.all(REGIONS.map(async (r) => [r, await valueIn(r, name)])));

async function launchedImages(name) {
  const found = REGIONS.map(async (region) => {
    const response = await client(EC2Client, region).send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: name, Versions: ["$Default"] }),
    );
    return [region, response.LaunchTemplateVersions?.[0]?.LaunchTemplateData?.ImageId];
  });
  return Object.fromEntries(await Promise.all(found));
}

/** Returns Markdown with its character references (`&#58;`) decoded. */
const decodeReferences = (markdown) => markdown.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

let runs = 0;
/** Runs the action once; returns its exit code, log, outputs and summary. */
async function promoteWith(inputs, onStart) {
  runs += 1;
  const step = openStep(cloud, inputs, { runId: `${runs}` });
  const { code, log } = await step.promote(onStart);
  const outputs = step.outputs();
  const summary = step.summary();
  step.close();
  return { code, log, outputs, summary };
}

async function mustSucceed(inputs) {
  const ran = await promoteWith(inputs);
  assert.equal(ran.code, 0, ran.log);
  return ran;
}

test("promotes a parameter, a label and a launch template, and rolls them back", async () => {
  const [one, two] = [await makeImages("one"), await makeImages("two")];
  const parameter = "/images/web/prod";
  await makeTemplates("web", one);
  const all = { parameter, "launch-template": "web" };
  await mustSucceed({ ...all, artifact: JSON.stringify(one) });
  const moved = await mustSucceed({ ...all, artifact: REGIONS.map((region) => `${region}:${two[region]}`).join(",") });
  assert.deepEqual(JSON.parse(moved.outputs.previous), one);
  assert.match(moved.summary, /## ✅ Promoted/);
  assert.deepEqual([await values(parameter), await launchedImages("web")], [two, two]);
  await mustSucceed({ parameter, label: "live", artifact: parameter });
  assert.deepEqual(await values(`${parameter}:live`), two);

  await mustSucceed({ ...all, rollback: "true" });
  assert.deepEqual([await values(parameter), await launchedImages("web")], [one, one]);
  const step = openStep(cloud, {}, {});
  const { code, log } = await step.command("history", "-regions=eu-west-1", parameter);
  step.close();
  assert.equal(code, 0, log);
  assert.match(log, new RegExp(`${one["eu-west-1"]}.*rollback by run`));
});

test("requires image tests, refuses an image whose tests failed, and rolls back past it", async () => {
  const [one, two, three] = [await makeImages("tested 1"), await makeImages("tested 2"), await makeImages("tested 3")];
  const parameter = "/images/web/tested";
  const tag = async (images, Key) => {
    const Tags = [
      { Key: "bake-ami:owner", Value: "bake-ami" },
      { Key, Value: "0a1b 2026-11-20T22:13:00.000Z 4711" },
    ];
    for (const region of REGIONS) {
      await client(EC2Client, region).send(new CreateTagsCommand({ Resources: [images[region]], Tags }));
    }
  };
  const required = (images) => ({ parameter, artifact: JSON.stringify(images), "require-tested": "true" });
  const untested = await promoteWith(required(one));
  assert.deepEqual([untested.code, await valueIn("us-east-1", parameter)], [1, undefined]);
  assert.match(untested.log, /::error::.*eu-west-1: ami-\w+ has no tag "bake-ami:tested"/);
  for (const images of [one, two, three]) await tag(images, "bake-ami:tested");
  for (const images of [one, two, three]) await mustSucceed(required(images));

  await tag(two, "bake-ami:test-failed");
  const refused = await promoteWith({ parameter, artifact: JSON.stringify(two), "overwrite-parameter": "true" });
  assert.equal(refused.code, 1);
  assert.match(refused.log, /us-east-1: the tests of ami-\w+ failed \(2026-11-20T22:13:00.000Z, run 4711\)/);
  assert.deepEqual(await values(parameter), three);

  const back = await mustSucceed({ parameter, rollback: "true" });
  assert.match(back.log, /us-east-1: skipped ami-\w+ \(tested 2\): its tests failed/);
  assert.match(back.summary, /Skipped, because the tests failed: /);
  assert.deepEqual(await values(parameter), one);
});

test("reports wrong inputs as annotations and in the summary, and fails the step", async () => {
  const promoted = await promoteWith({ parameter: "/p", artifact: "web", rollback: "true" });
  assert.equal(promoted.code, 1);
  assert.match(promoted.log, /::error.*Input "artifact" cannot be used with "rollback"/);
  assert.match(promoted.summary, /Invalid inputs/);
  const step = openStep(cloud, { "on-error": "panic" });
  const baked = await step.main();
  assert.deepEqual([baked.code, step.outputs().outcome], [1, "failed"]);
  assert.match(step.summary(), /Input `template` is required[\s\S]*`on-error` must be one of/);
  step.close();
});

test("wrong input moves nothing", async () => {
  const images = await makeImages("lonely");
  await client(SSMClient, "us-east-1").send(
    new PutParameterCommand({ Name: "/text", Value: "hunter2", Type: "String" }),
  );
  const wrong = [
    [{ artifact: "us-east-1:ami-00000000000000000" }, /ami-00000000000000000 does not exist/],
    [{ artifact: `us-east-1:${images["eu-west-1"]}` }, /us-east-1: ami-\w+ does not exist/],
    [{ artifact: "/nowhere" }, /has no image in any Region/],
    [
      { artifact: JSON.stringify(images), parameter: "/text" },
      /us-east-1: the value of the parameter "\/text" is not an AMI id/,
    ],
    [{ artifact: JSON.stringify(images), "shared-with": "111122223333" }, /is not shared with 111122223333/],
    [{ artifact: JSON.stringify(images), "launch-template": "nope" }, /launch template "nope" does not exist/],
    [{ rollback: "true" }, /Parameter "\/images\/never" does not exist/],
  ];
  for (const [inputs, message] of wrong) {
    const { code, log, summary } = await promoteWith({ parameter: "/images/never", ...inputs });
    assert.equal(code, 1, log);
    // The summary has names in code spans, the log has them in quotes.
    for (const text of [log, decodeReferences(summary).replaceAll("`", '"')]) {
      assert.match(text, message);
      assert.doesNotMatch(text, /hunter2/);
    }
  }
  assert.deepEqual(await values("/images/never"), { "us-east-1": undefined, "eu-west-1": undefined });
  assert.equal(await valueIn("us-east-1", "/text"), "hunter2");
});

describe("killed at each call", () => {
  const inputs = (images, row) => ({
    parameter: `/images/${row}`,
    "launch-template": row,
    artifact: JSON.stringify(images),
  });

  test("each region names the old or the new image; another run or a rollback completes the move", async (t) => {
    const [old, next] = [await makeImages("old"), await makeImages("next")];
    await makeTemplates("calm", old);
    await mustSucceed(inputs(old, "calm"));
    await cloud.forget();
    await mustSucceed(inputs(next, "calm"));
    const calls = (await cloud.calls()).length;
    assert.ok(calls > 10);
    for (let seq = 1; seq <= calls; seq += STEP) {
      for (const when of ["before", "after"]) {
        const row = `killed-${seq}-${when}`;
        await makeTemplates(row, old);
        await mustSucceed(inputs(old, row));
        await cloud.forget();
        const killed = await promoteWith(inputs(next, row), (child) =>
          cloud.faults([{ seq, when, do: "kill", pid: child.pid }]),
        );
        await cloud.forget();
        const now = await values(`/images/${row}`);
        for (const region of REGIONS) assert.ok([old[region], next[region]].includes(now[region]), `${row}: ${region}`);
        if (killed.code === 0) t.diagnostic(`${row}: this run made fewer calls`);
        const isPartial = new Set(REGIONS.map((region) => now[region] === next[region])).size > 1;
        const expected = isPartial && when === "after" ? old : next;
        await mustSucceed(
          expected === old ? { ...inputs(next, row), artifact: "", rollback: "true" } : inputs(next, row),
        );
        assert.deepEqual([await values(`/images/${row}`), await launchedImages(row)], [expected, expected], row);
      }
    }
  });
});
