import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import { deregisterImage, describeOwnImages } from "../../src/aws/image.js";
import { putImageParameter, readParameter } from "../../src/aws/parameter.js";
import { removeTags, setTags } from "../../src/aws/tags.js";
import { TAG } from "../../src/core/ownership.js";
import { SOURCE } from "../builders/amazon-ebs/bake.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const cloud = testCloud();
const folder = temporaryFolder("skip-unchanged");
const REGIONS = ["us-east-1", "eu-west-1"];
const PARAMETER = "/images/web/latest";

const builder = {
  type: "amazon-ebs",
  region: "us-east-1",
  ami_regions: ["eu-west-1"],
  instance_type: "t3.micro",
  communicator: "none",
  ami_name: "web {{uuid}}",
  user_data_file: "user-data.sh",
  tags: { App: "web", Baked: "{{uuid}}" },
  ...SOURCE,
};

function write(more: Readonly<Record<string, unknown>> = {}): void {
  writeFileSync(join(folder(), "web.json"), JSON.stringify({ builders: [{ ...builder, ...more }] }));
}

/** Bakes as a night does; answers the log and the calls that it took. */
async function night(more: readonly string[] = []) {
  cloud.endpoint().forget();
  const args = ["build", "-skip-unchanged", `-ssm-parameter=${PARAMETER}`, "-region=us-east-1", ...more, "web.json"];
  const { code, out, err } = await runReally(args, {
    cwd: folder(),
    env: { ...cloud.env(), XDG_STATE_HOME: folder(), BAKE_AMI_SSH_SOURCE_CIDRS: "127.0.0.0/8" },
  });
  expect({ code, err, out: code === 0 ? "" : out }).toEqual({ code: 0, err: "", out: "" });
  const calls = cloud.endpoint().calls();
  const launches = calls.filter(({ action }) => action === "RunInstances" || action === "CreateFleet").length;
  return { out, calls, baked: launches > 0 };
}

async function imageIn(region: string) {
  const images = await describeOwnImages(cloud.scope(region), [{ Name: "name", Values: ["web *"] }]);
  return [...images].sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0];
}

beforeAll(() => {
  writeFileSync(join(folder(), "user-data.sh"), "#!/bin/sh\n");
  write();
});

test("a second run skips; it repairs a deleted copy, a moved parameter and a lost tag", async () => {
  expect((await night()).out).toContain("Not skipped: no earlier image of this build exists");
  const [home, copy] = [await imageIn("us-east-1"), await imageIn("eu-west-1")];
  await deregisterImage(cloud.scope("eu-west-1"), copy?.id ?? "", copy?.snapshotIds ?? []);
  await putImageParameter(cloud.scope(), PARAMETER, home?.tags[TAG.source] ?? "", {
    first: false,
    dataType: undefined,
  });
  await removeTags(cloud.scope(), [home?.id ?? ""], ["App"]);
  const second = await night();
  expect(second.baked).toBe(false);
  expect(second.out).toContain(`Unchanged since ${home?.createdAt}: reusing AMI ${home?.id}`);
  const mended = await imageIn("eu-west-1");
  expect(mended).toMatchObject({ name: home?.name, state: "available" });
  expect(mended?.tags[TAG.unfinished]).toBeUndefined();
  expect((await imageIn("us-east-1"))?.tags).toEqual(home?.tags);
  expect(await readParameter(cloud.scope(), PARAMETER)).toMatchObject({ value: home?.id });
  expect(await readParameter(cloud.scope("eu-west-1"), PARAMETER)).toMatchObject({ value: mended?.id });
});

test("a scheduled run without changes changes nothing, in at most 10 calls to EC2 at home and one elsewhere", async () => {
  const { out, calls, baked } = await night();
  expect(baked).toBe(false);
  expect(out).toContain("Unchanged since");
  const ec2 = (region: string) => calls.filter((call) => call.service === "ec2" && call.region === region);
  expect(ec2("us-east-1").length).toBeLessThanOrEqual(10);
  expect(ec2("eu-west-1").length).toBe(1);
  expect(calls.filter(({ action }) => !/^(Describe|Get)/.test(action))).toEqual([]);
  for (const region of REGIONS) {
    const ssm = calls.filter((call) => call.service === "ssm" && call.region === region);
    expect(ssm.map(({ action }) => action)).toEqual(["GetParameter"]);
  }
});

test("a tag whose value the template changed is set, one that has the time of the bake is left", async () => {
  const before = await imageIn("us-east-1");
  write({ tags: { App: "other", Baked: "{{uuid}}" } });
  expect((await night()).baked).toBe(false);
  for (const region of REGIONS) {
    expect((await imageIn(region))?.tags).toMatchObject({ App: "other", Baked: before?.tags.Baked });
  }
  write();
});

test.each([
  ["the user data", () => writeFileSync(join(folder(), "user-data.sh"), "#!/bin/sh\nexit\n"), "option user_data_file"],
  ["the instance type", () => write({ instance_type: "t3.large" }), "option instance_type"],
  ["the name", () => write({ ami_name: "web two {{uuid}}" }), "no earlier image of this build exists"],
])("a change of %s bakes, and is reported", async (_, change, told) => {
  change();
  const { out, baked } = await night();
  expect(baked).toBe(true);
  expect(out).toContain(told);
  write();
  rmSync(join(folder(), "user-data.sh"));
  writeFileSync(join(folder(), "user-data.sh"), "#!/bin/sh\n");
});

test("an image that is too old is not reused", async () => {
  const { out, baked } = await night(["-max-age=0s"]);
  expect(baked).toBe(true);
  expect(out).toMatch(/ami-\w+ is unchanged, but older than .* \("max-age"\)/);
});

test("a forged fingerprint on another image is not trusted", async () => {
  const real = await imageIn("us-east-1");
  for (const region of REGIONS) {
    const images = await describeOwnImages(cloud.scope(region), [{ Name: "name", Values: ["web *"] }]);
    const forged = { ...real?.tags, [TAG.owner]: "someone" };
    for (const image of images) await setTags(cloud.scope(region), [image.id], forged);
  }
  expect((await night()).baked).toBe(true);
});
