import { describe, expect, test } from "@jest/globals";
import { readPromoteInputs, readPruneInputs } from "../../src/action/inputs/account.js";
import { PROMOTE } from "../../src/action/promote.js";
import { PRUNE } from "../../src/action/prune.js";
import { putImageParameter } from "../../src/aws/parameter.js";
import { TAG } from "../../src/core/ownership.js";
import { inputsEnvironment, runOnRunner } from "../action/runner.js";
import { type TestCloud, testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { makeImage } from "../support/images.js";
import { idOf, makeThirty, namesIn, REGIONS, STAYING, snapshotsIn, time, useSome } from "../support/thirty-images.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("prune");

const command = (cloud: TestCloud, ...args: string[]) =>
  runReally(args, { cwd: folder(), env: { ...cloud.env(), AWS_REGION: "us-east-1" } });

/** What a runner gives to a step of an action. */
const given = (cloud: TestCloud, inputs: Readonly<Record<string, string>>) => ({
  ...cloud.env(),
  AWS_REGION: "us-east-1",
  ...inputsEnvironment(inputs),
});

async function expectExactlyTheRightOnes(cloud: TestCloud): Promise<void> {
  for (const region of REGIONS) {
    expect([region, await namesIn(cloud, region)]).toEqual([region, STAYING[region]]);
    const { existing, used } = await snapshotsIn(cloud, region);
    expect(existing).toEqual(used);
  }
}

describe("bake-ami prune", () => {
  const cloud = testCloud({ scale: 0, clock: () => time.now });

  test("lists what it would remove in every Region, then removes exactly that", async () => {
    await useSome(cloud, await makeThirty(cloud));
    cloud.endpoint().forget();
    const told = await command(cloud, "prune", "-keep=3");
    expect(told).toMatchObject({ code: 0, err: "" });
    expect(told.out).toMatch(/^REGION +AMI +NAME +AGE +ACTION +REASON$/m);
    expect(told.out).toMatch(/^us-east-1 +ami-\w+ +web-6 +\d+ d +stays +used by launch configuration old-web$/m);
    expect(told.out).toMatch(/^eu-west-1 +ami-\w+ +web-6 +\d+ d +stays +shared with 210987654321$/m);
    expect(told.out).toMatch(/^us-east-1 +ami-\w+ +web-4 +\d+ d +would be removed +6 newer ones$/m);
    expect(told.out).toMatch(
      /19 of 30 images stay \(10 of them used, shared or protected\), 11 would be removed\.\nTo remove them, run the command again with -remove\.$/,
    );
    expect(
      cloud
        .endpoint()
        .calls()
        .filter(({ action }) => !/^(Describe|Get)/.test(action)),
    ).toEqual([]);
    const done = await command(cloud, "prune", "-keep=3", "-remove");
    expect(done).toMatchObject({ code: 0, err: "", out: expect.stringContaining("11 were removed.") });
    expect(done.out).toMatch(/^removed: ami-\w+ \(web-4\) in us-east-1$/m);
    await expectExactlyTheRightOnes(cloud);
  });

  test("removes nothing if it cannot determine which images are in use", async () => {
    cloud.endpoint().faults(
      ["DescribeImageReferences", "DescribeLaunchTemplates"].map((action) => ({
        action,
        region: "us-east-1",
        times: 99,
        do: "error" as const,
        code: "UnauthorizedOperation",
        status: 403,
      })),
    );
    await expect(command(cloud, "prune", "-keep=1", "-remove")).rejects.toMatchObject({
      code: "image-use-unknown",
      message: expect.stringContaining("ec2:DescribeLaunchTemplates"),
    });
    await expectExactlyTheRightOnes(cloud);
    cloud.endpoint().forget();
  });

  test("reports images of earlier versions that it cannot count, with the names to set; the action does too", async () => {
    for (const name of ["legacy-1", "legacy-2"]) {
      await makeImage(cloud, name, "us-east-1", { [TAG.owner]: "bake-ami", [TAG.build]: "legacy" });
    }
    const warning = `2 images were not counted, because they have no tag "bake-ami:image" and another name pattern: legacy-1, legacy-2`;
    const { code, err } = await command(cloud, "prune", "-keep=3", "-regions=us-east-1");
    expect([code, err]).toEqual([
      0,
      `${warning}. Set -keep-names to the names that count together, for example "legacy-*".`,
    ]);
    const inputs = { keep: "3", "dry-run": "true", regions: "us-east-1" };
    const { log } = await runOnRunner(PRUNE, folder(), given(cloud, inputs));
    expect(log).toContain(`::warning::${warning}%0A`);
    expect(log).toContain('Set the input "keep-names" to the names that count together, for example "legacy-*".');
    const named = await command(cloud, "prune", "-keep=1", "-keep-names=legacy-*", "-regions=us-east-1");
    expect([named.err, named.out]).toEqual(["", expect.stringContaining("1 of 2 images stay, 1 would be removed")]);
  });

  test.each([
    [["prune"], 'Flag "-keep" or "-keep-days" is required. Set -keep=5'],
    [["prune", "-keep=0"], 'Flag "-keep" must be a whole number of at least 1'],
    [["prune", "-keep=2", "-disable-first=soon"], 'Flag "-disable-first" must be a duration'],
    [["prune", "-disable-first=7d"], 'Flag "-disable-first" has no effect without "-keep" or "-keep-days"'],
    [["prune", "-keep=2", "-keep-names=*"], 'Flag "-keep-names" must have at least three letters or digits, not "*"'],
    [["prune", "-keep=2", "-regions=nowhere"], 'Flag "-regions" is not a valid Region name'],
    [["promote", "-keep=0", "/p", "ami-01234567"], 'Flag "-keep" must be a whole number'],
  ])("%j is rejected", async (args, message) => {
    const { code, err } = await command(cloud, ...args);
    expect([code, err]).toEqual([1, expect.stringContaining(message)]);
  });
});

describe("prune/action.yml", () => {
  const cloud = testCloud({ scale: 0, clock: () => time.now });

  test("removes, with outputs and a summary", async () => {
    await useSome(cloud, await makeThirty(cloud));
    for (const dry of ["true", "false"]) {
      const { code, outputs, files } = await runOnRunner(PRUNE, folder(), given(cloud, { keep: "3", "dry-run": dry }));
      expect(code).toBe(0);
      expect(JSON.parse(outputs.removed ?? "")).toHaveLength(11);
      expect(JSON.parse(outputs.images ?? "")).toHaveLength(30);
      expect(outputs.left).toBe("[]");
      expect(files.summary).toContain(dry === "true" ? "<b>would be removed</b>" : "<b>removed</b>");
    }
    await expectExactlyTheRightOnes(cloud);
  });

  test.each([
    [{}, 'One of the inputs "keep" and "keep-days" is required'],
    [{ keep: "some" }, 'Input "keep" must be a whole number'],
  ])("%j is rejected", (inputs, message) => {
    const read = readPruneInputs(given(cloud, inputs));
    expect(read.ok ? [] : read.complaints.map(({ summary }) => summary)).toEqual([expect.stringContaining(message)]);
  });
});

describe("after a promotion", () => {
  const cloud = testCloud({ scale: 0, clock: () => time.now });

  test("older images of the kind go, the promoted one and what else is used stay", async () => {
    const ids = await makeThirty(cloud);
    for (const region of REGIONS) {
      await putImageParameter(cloud.scope(region), "/images/web/latest", idOf(ids, region, 8), {
        first: true,
        tags: {},
      });
    }
    const artifact = REGIONS.map((region) => `${region}:${idOf(ids, region, 6)}`).join(",");
    const { code, out, err } = await command(cloud, "promote", "-keep=1", "/images/web/prod", artifact);
    expect([code, err]).toEqual([0, expect.not.stringContaining("Warning")]);
    expect(out).toContain("9 of 30 images stay (6 of them used, shared or protected), 21 were removed.");
    for (const region of REGIONS) expect(await namesIn(cloud, region)).toEqual(["web-10", "web-6", "web-8"]);
    const inputs = { parameter: "/images/web/prod", artifact: "/images/web/latest", keep: "1" };
    expect((await runOnRunner(PROMOTE, folder(), given(cloud, inputs))).code).toBe(0);
    for (const region of REGIONS) expect(await namesIn(cloud, region)).toEqual(["web-10", "web-8"]);
  });

  test("an image without tags of bake-ami is promoted, and nothing is removed", async () => {
    const id = await makeImage(cloud, "foreign");
    const { code, err } = await command(cloud, "promote", "-keep=1", "/images/foreign", `us-east-1:${id}`);
    expect([code, err]).toEqual([0, expect.stringContaining("Cannot find older images of the same series")]);
    expect(err).toContain("Set -keep-names to select images without it.");
  });

  test("a rollback removes nothing", () => {
    const inputs = { parameter: "/images/web/prod", rollback: "true", keep: "1" };
    const read = readPromoteInputs(given(cloud, inputs));
    expect(read.ok ? [] : read.complaints.map(({ summary }) => summary)).toEqual([
      'Input "keep" cannot be used with "rollback"',
    ]);
  });
});
