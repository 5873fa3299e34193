import { CreateLaunchTemplateCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { testCloud } from "../../../support/cloud.js";
import { amis, bake } from "../bake.js";
import { decode, MINIMUM } from "../options.js";

const cloud = testCloud({ scale: 0.02 });
const REGIONS = ["us-east-1", "eu-west-1", "us-west-2"];

beforeEach(() => cloud.endpoint().forget());

const WINDOWS = {
  source_ami_filter: {
    filters: { name: "Windows_Server-2022-English-Full-Base-*" },
    owners: ["amazon"],
    most_recent: true,
  },
} as const;

/** Returns the calls of EnableFastLaunch: Region and parameters without the image. */
function enabled(): readonly object[] {
  const calls = cloud
    .endpoint()
    .calls()
    .filter(({ action }) => action === "EnableFastLaunch");
  return calls
    .map(({ region, params }) => ({
      region,
      ...Object.fromEntries(Object.entries(params).filter(([name]) => !/^(ImageId|Action|Version)$/.test(name))),
    }))
    .sort((a, b) => a.region.localeCompare(b.region));
}

async function template(region: string, name: string): Promise<string> {
  const ec2 = await cloud.session(region).ec2(region);
  const data = { LaunchTemplateName: name, LaunchTemplateData: { InstanceType: "t3.large" } } as const;
  const made = await ec2.send(new CreateLaunchTemplateCommand(data), new AbortController().signal);
  return made.LaunchTemplate?.LaunchTemplateId ?? "";
}

describe("fast launch", () => {
  test("is enabled in every Region after its image is available, and is not waited for", async () => {
    const ended = await bake(cloud, {
      ...WINDOWS,
      ami_name: "fast everywhere",
      ami_regions: REGIONS,
      fast_launch: { max_parallel_launches: 8, target_resource_count: 3 },
    });
    expect(amis(ended).images).toHaveLength(3);
    const settings = { MaxParallelLaunches: "8", SnapshotConfiguration: { TargetResourceCount: "3" } };
    expect(enabled()).toEqual([...REGIONS].sort().map((region) => ({ region, ...settings })));
    expect(
      cloud
        .endpoint()
        .calls()
        .map(({ action }) => action),
    ).not.toContain("DescribeFastLaunchImages");
  });

  test("is waited for if the template says so", async () => {
    const ended = await bake(cloud, {
      ...WINDOWS,
      ami_name: "fast and waited for",
      fast_launch: { enable_fast_launch: true, wait_until_enabled: true },
    });
    expect(amis(ended).images).toHaveLength(1);
    const waits = ended.events.filter(
      (event) => event.type === "say" && /fast launch to become ready/.test(event.text),
    );
    expect(waits).toHaveLength(1);
    const reads = cloud
      .endpoint()
      .calls()
      .filter(({ action }) => action === "DescribeFastLaunchImages");
    expect(reads.length).toBeGreaterThan(1);
  });

  test("that EC2 cannot enable fails a bake that waits for it, with EC2's reason, and keeps the image", async () => {
    cloud
      .endpoint()
      .faults([
        { action: "EnableFastLaunch", do: "fail", code: "Client.InternalError", message: "sysprep did not end" },
      ]);
    const ended = await bake(
      cloud,
      { ...WINDOWS, ami_name: "fast fails", fast_launch: { enable_fast_launch: true, wait_until_enabled: true } },
      { release: true },
    );
    expect(ended.error).toMatchObject({
      code: "fast-launch-failed",
      message: expect.stringMatching(
        /is in the state "enabling-failed" in us-east-1: "Client.InternalError: sysprep did not end"$/,
      ),
    });
    expect(ended.kept).toHaveLength(1);
  });

  test("uses the launch template of each Region, the latest version, and the default where there is none", async () => {
    const [home, other] = [await template("us-east-1", "fast-home"), await template("eu-west-1", "fast-eu")];
    const ended = await bake(cloud, {
      ...WINDOWS,
      ami_name: "fast by template",
      ami_regions: REGIONS,
      fast_launch: {
        template_name: "fast-home",
        region_launch_templates: [{ region: "eu-west-1", template_id: other, template_version: 1 }],
      },
    });
    expect(amis(ended).images).toHaveLength(3);
    expect(enabled()).toEqual([
      { region: "eu-west-1", LaunchTemplate: { LaunchTemplateId: other, Version: "1" } },
      { region: "us-east-1", LaunchTemplate: { LaunchTemplateId: home, Version: "1" } },
      { region: "us-west-2" },
    ]);
  });

  test.each<[string, object, readonly string[]]>([
    [
      "a Region that turns it off",
      { region_launch_templates: [{ region: "eu-west-1", enable_fast_launch: false }] },
      ["us-east-1", "us-west-2"],
    ],
    ["all Regions if it is turned off", { enable_fast_launch: false, max_parallel_launches: 6 }, []],
    ["all Regions if the block is empty", {}, []],
  ])("leaves out %s", async (what, block, regions) => {
    const ended = await bake(cloud, {
      ...WINDOWS,
      ami_name: `fast without ${what}`,
      ami_regions: REGIONS,
      fast_launch: block as { enable_fast_launch?: boolean },
    });
    expect(amis(ended).images).toHaveLength(3);
    expect(enabled()).toEqual(regions.map((region) => ({ region })));
  });

  test.each<[string, object, object]>([
    [
      "a launch template that does not exist",
      { fast_launch: { template_name: "nowhere" } },
      {
        code: "launch-template-not-found",
        message: 'The launch template "nowhere" of "fast_launch" does not exist in us-east-1',
      },
    ],
    [
      "a source image of another system",
      {
        source_ami_filter: {
          filters: { name: "ubuntu/images/*jammy-22.04-amd64*" },
          owners: ["099720109477"],
          most_recent: true,
        },
        fast_launch: { enable_fast_launch: true },
      },
      { code: "fast-launch-not-windows", range: expect.objectContaining({ file: "fast_launch" }) },
    ],
    [
      "an ed25519 key",
      { temporary_key_pair_type: "ed25519" },
      { code: "key-type-not-accepted", range: expect.objectContaining({ file: "temporary_key_pair_type" }) },
    ],
  ])("and Windows refuse %s before anything is created", async (_what, given, error) => {
    const ended = await bake(cloud, { ...WINDOWS, ami_name: "refused", ...(given as Record<string, string>) });
    expect(ended.error).toMatchObject(error);
    expect(ended.records).toEqual([]);
  });

  test("of an image that is replaced is disabled before the image is deregistered", async () => {
    const given = { ...WINDOWS, ami_name: "fast and replaced", fast_launch: { enable_fast_launch: true } };
    amis(await bake(cloud, given));
    cloud.endpoint().forget();
    amis(await bake(cloud, { ...given, force_deregister: true }));
    const calls = cloud
      .endpoint()
      .calls()
      .filter(({ action }) => /^(Dis|En)ableFastLaunch$|^DeregisterImage$/.test(action))
      .map(({ action, error }) => [action, error]);
    // The copy that only keeps the new image until the name is free never had fast launch.
    expect(calls).toEqual([
      ["DisableFastLaunch", undefined],
      ["DeregisterImage", undefined],
      ["EnableFastLaunch", undefined],
      ["DisableFastLaunch", "InvalidRequest"],
      ["DeregisterImage", undefined],
    ]);
  });

  test("that EC2 cannot enable for a copy is a warning about its Region, and is disabled before the copy is removed", async () => {
    const Fault = { code: "Client.InternalError", message: "no default VPC" };
    cloud.endpoint().faults([{ action: "EnableFastLaunch", region: "eu-west-1", do: "fail", ...Fault }]);
    const ended = await bake(cloud, {
      ...WINDOWS,
      ami_name: "fast but not everywhere",
      ami_regions: ["eu-west-1"],
      fast_launch: { enable_fast_launch: true, wait_until_enabled: true },
    });
    expect(amis(ended)).toMatchObject({
      images: [{ region: "us-east-1" }],
      missing: [
        { region: "eu-west-1", reason: expect.stringMatching(/"enabling-failed" in eu-west-1: .*no default VPC/) },
      ],
    });
    const removed = cloud
      .endpoint()
      .calls()
      .filter(({ action, region }) => region === "eu-west-1" && /^DisableFastLaunch$|^DeregisterImage$/.test(action));
    expect(removed.map(({ action }) => action)).toEqual(["DisableFastLaunch", "DeregisterImage"]);
  });

  test("of a reused image is not enabled again, and is enabled where it is not", async () => {
    const settings = { skipUnchanged: { enabled: true, maxAge: undefined } };
    const given = { ...WINDOWS, ami_name: "fast and reused", fast_launch: { enable_fast_launch: true } };
    const again = async (more: object) => {
      cloud.endpoint().forget();
      const ended = await bake(cloud, { ...given, ...more }, { settings, fingerprint: "f".repeat(64) });
      expect(amis(ended).images).toHaveLength(1);
      return { skipped: amis(ended).skip?.skipped, enabled: enabled().length };
    };
    expect(await again({ fast_launch: {} })).toEqual({ skipped: false, enabled: 0 });
    expect(await again({})).toEqual({ skipped: true, enabled: 1 });
    expect(await again({})).toEqual({ skipped: true, enabled: 0 });
  });

  test("of a Linux image is not asked for when it is replaced", async () => {
    amis(await bake(cloud, { ami_name: "replaced" }));
    amis(await bake(cloud, { ami_name: "replaced", force_deregister: true }));
    expect(
      cloud
        .endpoint()
        .calls()
        .some(({ action }) => action === "DisableFastLaunch"),
    ).toBe(false);
  });

  test("has a launch template version that exists", async () => {
    const id = await template("us-east-1", "fast-versions");
    const ended = await bake(cloud, {
      ...WINDOWS,
      ami_name: "fast by version",
      fast_launch: { template_id: id, template_version: 4 },
    });
    expect(ended.error).toMatchObject({
      message: `The launch template "${id}" of "fast_launch" has no version 4; its latest version is 1 in us-east-1`,
    });
  });
});

describe("the options of fast launch", () => {
  const problems = (block: object) =>
    decode({ ...MINIMUM, fast_launch: block as { template_id?: string } }).diagnostics.map(({ summary }) => summary);

  test.each<[object, readonly string[]]>([
    [{ max_parallel_launches: 5 }, ['"max_parallel_launches" must be 6 or more, not 5']],
    [{ max_parallel_launches: 0, target_resource_count: 0 }, []],
    [{ target_resource_count: -1 }, ['"target_resource_count" must be 1 or more, not -1']],
    [{ template_id: "lt-1", template_name: "a" }, ['Only one of "template_id" and "template_name" can be specified']],
    [{ template_version: 2 }, ['"template_version" needs "template_id" or "template_name"']],
    [{ template_name: "a", template_version: -2 }, ['"template_version" must be 1 or more, not -2']],
    [
      { region_launch_templates: [{ region: "eu-west-1" }, { region: "eu-west-1", template_id: "lt-1" }] },
      ['"fast_launch" has two launch templates for eu-west-1'],
    ],
    [
      { template_id: "lt-1", region_launch_templates: [{ region: "us-east-1" }] },
      ['"fast_launch" has two launch templates for us-east-1'],
    ],
    [{ region_launch_templates: [{ region: "eu-west-1", enable_fast_launch: false, template_version: 2 }] }, []],
    [{ enable_fast_launch: false, max_parallel_launches: 1 }, []],
  ])("%j: %j", (block, expected) => {
    expect(problems(block)).toEqual(expected);
  });
});
