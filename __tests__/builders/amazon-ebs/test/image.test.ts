import { beforeEach, describe, expect, test } from "@jest/globals";
import { describeOwnImages, type FoundImage } from "../../../../src/aws/image.js";
import type { BakeError } from "../../../../src/core/errors.js";
import type { TestResult } from "../../../../src/core/image-tests.js";
import { TAG } from "../../../../src/core/ownership.js";
import type { Fault } from "../../../../src/local/endpoint/wire/faults.js";
import { testCloud } from "../../../support/cloud.js";
import { amis, bake, type Ended, heldImages } from "../bake.js";
import { sandboxesAt } from "../machine/sandboxes-at.js";
import { reportOf, tests } from "./requested.js";

const cloud = testCloud({ scale: 0, sandboxes: sandboxesAt("127.94.0.1") });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
  cloud.endpoint().faults([]);
});

const IMPAIRED: Fault = { action: "RunInstances", nth: 2, do: "impair" };
const KEEP = { onFailure: "keep" } as const;
const SKIP = { skipUnchanged: { enabled: true, maxAge: undefined } };

const calls = (action: string) =>
  cloud
    .endpoint()
    .calls()
    .filter((call) => call.action === action);
const results = (ended: Ended) =>
  reportOf(ended).instances.map(({ instanceType, results: all }) => [
    instanceType,
    ...all.map(({ name, outcome }: TestResult) => `${name}: ${outcome}`),
  ]);
const imagesNamed = async (name: string, region = "us-east-1"): Promise<readonly FoundImage[]> =>
  describeOwnImages(cloud.scope(region), [{ Name: "name", Values: [name] }]);

describe("an image that passes", () => {
  test("is tagged in each Region before it is published, and nothing else is left", async () => {
    const at: (string | undefined)[] = [];
    const publish = async () => {
      for (const region of ["us-east-1", "eu-west-1"]) {
        const [image] = await imagesNamed("passes", region);
        at.push(image?.tags[TAG.tested], image?.tags[TAG.unfinished]);
      }
    };
    const ended = await bake(cloud, { ami_name: "passes", ami_regions: ["eu-west-1"] }, { tests: tests(), publish });
    const { tests: report, images } = amis(ended);
    expect(at).toEqual(
      Array(2)
        .fill([expect.stringMatching(/^tests-1 2\S+Z run-1$/), expect.any(String)])
        .flat(),
    );
    expect(results(ended)).toEqual([["t3.micro", "boot: running: passed", "boot: status checks: passed"]]);
    expect(report).toEqual(reportOf(ended));
    expect(images).toHaveLength(2);
    expect(cloud.endpoint().held()).toEqual({ images: expect.any(Array) });
    const [image] = await imagesNamed("passes");
    expect(image?.tags).not.toHaveProperty([TAG.unfinished]);
  });

  test("is launched as its users do: without key pair, user data, profile and block devices of the build", async () => {
    const options = {
      ami_name: "as users",
      user_data: "#!/bin/sh\necho build",
      temporary_iam_instance_profile_policy_document: {
        Statement: [{ Effect: "Allow", Action: ["s3:*"], Resource: ["*"] }],
      },
      launch_block_device_mappings: [{ device_name: "/dev/sda1", volume_size: 9 }],
      metadata_options: { http_tokens: "required", http_put_response_hop_limit: 2 },
    };
    const artifact = amis(await bake(cloud, options, { tests: tests({ instanceProfile: undefined }) }));
    const [build, tested] = calls("RunInstances").map(({ params }) => params as Record<string, unknown>);
    expect(build).toMatchObject({ UserData: expect.any(String), IamInstanceProfile: expect.anything() });
    expect(tested).toMatchObject({
      ImageId: artifact.images[0]?.imageId,
      InstanceType: "t3.micro",
      InstanceInitiatedShutdownBehavior: "terminate",
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: "2" },
      // The build did not delete this volume with the instance of its users. The test does.
      BlockDeviceMapping: [{ DeviceName: "/dev/sda1", Ebs: { DeleteOnTermination: "true" } }],
    });
    for (const name of ["UserData", "IamInstanceProfile", "KeyName"]) expect(tested).not.toHaveProperty(name);
    expect(cloud.endpoint().held()).toEqual({ images: expect.any(Array) });
  });

  test.each([
    ["encrypt_boot", { encrypt_boot: true }, ["us-east-1"]],
    ["skip_save_build_region", { skip_save_build_region: true, ami_regions: ["eu-west-1"] }, ["eu-west-1"]],
  ])("is, with %s, the image of the instance. Its copy is tagged", async (name, more, regions) => {
    const ended = await bake(cloud, { ami_name: name, ...more }, { tests: tests() });
    const { images } = amis(ended);
    expect(images.map(({ region }) => region)).toEqual(regions);
    expect(reportOf(ended).imageId).not.toBe(images[0]?.imageId);
    const [image] = await imagesNamed(name, regions[0]);
    expect(image?.tags[TAG.tested]).toMatch(/^tests-1 /);
    expect(heldImages(cloud)).toEqual([`${regions[0]}/${name}`]);
  });

  test("is used by a run without changes at once, and tested again, not baked, when the tests changed", async () => {
    const once = { fingerprint: "reused", settings: SKIP };
    const first = amis(await bake(cloud, { ami_name: "reused", ami_regions: ["eu-west-1"] }, once));
    const more = { ami_name: "reused 2", ami_regions: ["eu-west-1"] };
    for (const [hash, launches, reason] of [
      ["tests-1", 1, ", to be tested)"],
      ["tests-1", 0, ", tested with the same tests)"],
      ["tests-2", 1, ", to be tested again, because the tests changed)"],
    ] as const) {
      cloud.endpoint().forget();
      const ended = await bake(cloud, more, { ...once, tests: tests({}, hash) });
      expect(amis(ended)).toMatchObject({
        images: first.images,
        skip: { skipped: true, reason: expect.stringContaining(reason) },
      });
      expect(calls("RunInstances")).toHaveLength(launches);
      expect(calls("CreateImage")).toEqual([]);
      expect(reportOf(ended)).toMatchObject({ testsHash: hash, instances: Array(launches).fill(expect.anything()) });
      for (const region of ["us-east-1", "eu-west-1"])
        expect((await imagesNamed("reused", region))[0]?.tags[TAG.tested]).toMatch(new RegExp(`^${hash} `));
    }
    expect(cloud.endpoint().held()).toEqual({ images: expect.any(Array) });
  });
});

describe("an image that fails", () => {
  test("is removed with its copies. Nothing is published, and the artifact has no image", async () => {
    cloud.endpoint().faults([IMPAIRED]);
    const published: string[] = [];
    const ended = await bake(
      cloud,
      { ami_name: "fails", ami_regions: ["eu-west-1", "us-west-2"], deregistration_protection: { enabled: true } },
      { tests: tests(), fingerprint: "fails", publish: async () => void published.push("published") },
    );
    expect(ended.error).toMatchObject({
      code: "image-tests-failed",
      message: expect.stringMatching(/^1 of 2 tests of AMI ami-\w+ failed: "boot: status checks"$/),
      detail: expect.stringMatching(/the instance status check is impaired: reachability failed since 20/),
      hint: expect.stringContaining('set ‹on-test-failure› to "keep"'),
    });
    expect(published).toEqual([]);
    expect(reportOf(ended)).toMatchObject({
      outcome: "failed",
      instances: [{ results: [{}, { output: ["booted"] }] }],
    });
    expect(ended.kept).toEqual([expect.objectContaining({ images: [], tests: reportOf(ended) })]);
    // A rerun resumes from the image of the build Region if the runner is lost before.
    expect(calls("DeregisterImage").at(-1)?.region).toBe("us-east-1");
    expect(cloud.endpoint().held()).toEqual({});
  });

  test.each([
    ["remains, replaced by nothing", {}],
    ["remains with on-test-failure: keep", KEEP],
  ])("of which the earlier image with the name %s", async (_, more) => {
    const name = `replaced ${Object.keys(more).length}`;
    const regions = { ami_regions: ["eu-west-1"] };
    const earlier = amis(await bake(cloud, { ami_name: name, ...regions }));
    cloud.endpoint().forget();
    cloud.endpoint().faults([IMPAIRED]);
    const replacing = { ami_name: name, force_deregister: true, force_delete_snapshot: true, ...regions };
    const { error } = await bake(cloud, replacing, { tests: tests(more) });
    expect(error).toMatchObject({ code: "image-tests-failed" });
    for (const { region, imageId } of earlier.images) expect((await imagesNamed(name, region))[0]?.id).toBe(imageId);
  });

  test("is kept with on-test-failure: keep, and neither reused nor resumed with these tests or without tests", async () => {
    cloud.endpoint().faults([IMPAIRED]);
    const circumstances = { fingerprint: "kept", settings: SKIP };
    const failed = await bake(cloud, { ami_name: "kept 1" }, { ...circumstances, tests: tests(KEEP) });
    expect(failed.error).toMatchObject({ code: "image-tests-failed", hint: expect.stringContaining("The AMI stays") });
    const [image] = await imagesNamed("kept 1");
    expect(image?.tags).toMatchObject({ [TAG.testFailed]: expect.stringMatching(/^tests-1 \S+ run-1$/) });
    expect(image?.tags).not.toHaveProperty([TAG.unfinished]);
    expect(failed.kept).toEqual([expect.objectContaining({ images: [] })]);
    const kept = { action: "kept", kind: "image", id: image?.id, region: "us-east-1", why: "its tests failed" };
    expect(failed.events).toContainEqual(expect.objectContaining(kept));
    for (const [name, asked] of [
      ["kept 2", tests(KEEP)],
      ["kept 3", undefined],
    ] as const) {
      const again = await bake(cloud, { ami_name: name }, { ...circumstances, ...(asked ? { tests: asked } : {}) });
      const reason = `${image?.id} is unchanged, but its tests failed`;
      if (name === "kept 2") expect(amis(again)).toMatchObject({ imageName: name, skip: { skipped: false, reason } });
      else expect(amis(again).imageName).toBe("kept 2");
    }
    expect([...heldImages(cloud)].sort()).toEqual(["us-east-1/kept 1", "us-east-1/kept 2"]);
  });

  test("of an earlier run is not removed, but marked in each Region. Other tests may use it", async () => {
    const regions = { ami_regions: ["eu-west-1"] };
    const circumstances = { fingerprint: "retested", settings: SKIP };
    const first = amis(await bake(cloud, { ami_name: "old", ...regions }, { ...circumstances, tests: tests() }));
    cloud.endpoint().forget();
    cloud.endpoint().faults([{ ...IMPAIRED, nth: 1 }]);
    const ended = await bake(cloud, { ami_name: "new", ...regions }, { ...circumstances, tests: tests({}, "tests-2") });
    expect(ended.error).toMatchObject({
      code: "image-tests-failed",
      hint: expect.stringContaining("is not reused with these tests"),
    });
    const failedIn = await imagesNamed("old", "us-east-1");
    expect(failedIn[0]?.tags).toMatchObject({ [TAG.testFailed]: expect.stringMatching(/^tests-2 /) });
    expect(failedIn[0]?.tags).not.toHaveProperty([TAG.tested]);
    expect(heldImages(cloud)).toEqual(["eu-west-1/old", "us-east-1/old"]);
    const third = await bake(cloud, { ami_name: "new", ...regions }, { ...circumstances, tests: tests({}, "tests-3") });
    expect(amis(third).images).toEqual(first.images);
    const [image] = await imagesNamed("old");
    expect(image?.tags).not.toHaveProperty([TAG.testFailed]);
    expect(image?.tags[TAG.tested]).toMatch(/^tests-3 /);
  });

  test("on one of two types fails, and the error names the type", async () => {
    cloud.endpoint().faults([{ ...IMPAIRED, nth: 3 }]);
    const ended = await bake(cloud, { ami_name: "two" }, { tests: tests({ instanceTypes: ["t3.micro", "m5.large"] }) });
    const failed = reportOf(ended).instances.filter(({ results: all }) =>
      all.some(({ outcome }) => outcome === "failed"),
    );
    expect(failed).toHaveLength(1);
    expect((ended.error as BakeError).message).toBe(
      `1 of 4 tests of AMI ${reportOf(ended).imageId} failed: "boot: status checks" on ${failed[0]?.instanceType}`,
    );
    expect(cloud.endpoint().held()).toEqual({});
  });

  test.each([
    [
      "InvalidParameterCombination",
      "Enhanced networking with the Elastic Network Adapter (ENA) is required for the 't3.micro' instance type.",
    ],
    ["InvalidParameterValue", "The instance type's supported boot modes do not include the boot mode of the AMI."],
  ])("at the launch, because it does not fit the type (%s), has failed", async (code, message) => {
    cloud.endpoint().faults([{ action: "RunInstances", nth: 2, do: "error", status: 400, code, message }]);
    const ended = await bake(cloud, { ami_name: `misfit ${code}` }, { tests: tests() });
    expect(ended.error).toMatchObject({ code: "image-tests-failed" });
    expect(reportOf(ended).instances).toMatchObject([
      { instanceId: undefined, results: [{ name: "boot: running", message: expect.stringContaining(message) }] },
    ]);
  });
});
