import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { testCloud } from "../../../support/cloud.js";
import { amis, bake } from "../bake.js";

const cloud = testCloud({ scale: 0 });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

describe("before anything is created", () => {
  test.each<[string, Parameters<typeof bake>[1], object]>([
    [
      "no source image",
      { source_ami_filter: { filters: { name: "nothing-*" }, owners: ["self"] } },
      { code: "source-ami-not-found" },
    ],
    [
      "several source images",
      { source_ami_filter: { filters: { name: "ubuntu*" }, owners: ["099720109477"] } },
      { code: "several-source-amis" },
    ],
    ["an unknown build Region", { region: "us-esat-1" }, { code: "unknown-region", hint: 'Did you mean "us-east-1"?' }],
    [
      "an unknown Region to copy to",
      { ami_regions: ["eu-wset-1"] },
      { code: "unknown-region", hint: 'Did you mean "eu-west-1"?', range: { file: "ami_regions[0]" } },
    ],
    [
      "a VPC filter that matches nothing",
      { vpc_filter: { filters: { "tag:Name": "nowhere" } } },
      { code: "vpc-not-found" },
    ],
    ["a subnet filter that matches several", { subnet_filter: { filters: {} } }, { code: "subnet-not-found" }],
    ["no Region to keep an image in", { skip_save_build_region: true }, { code: "no-target-region" }],
    [
      "a deprecation in eleven years",
      { deprecate_at: new Date(Date.now() + 11 * 366 * 86_400_000).toISOString() },
      { code: "deprecation-too-late", message: expect.stringContaining("more than 10 years away") },
    ],
    [
      "a deprecation of a public image in three years",
      { ami_groups: ["all"], deprecate_at: new Date(Date.now() + 3 * 366 * 86_400_000).toISOString() },
      { code: "deprecation-too-late", message: expect.stringContaining("more than 2 years away") },
    ],
    ["a deprecation in the past", { deprecate_at: "2020-01-01T00:00:00Z" }, { code: "deprecation-in-the-past" }],
    [
      "a missing user data file",
      { user_data_file: fileURLToPath(import.meta.url), source_ami: "ami-0123456789abcdef0" },
      { code: "source-ami-not-found" },
    ],
  ])("%s is reported", async (_, given, expected) => {
    const { error } = await bake(cloud, { ami_name: "before", ...given });
    expect(error).toMatchObject(expected);
    expect(cloud.endpoint().held()).toEqual({});
    const actions = cloud
      .endpoint()
      .calls()
      .map((call) => call.action);
    expect(actions.filter((action) => !/^(Describe|Get)/.test(action))).toEqual([]);
  });
});

describe("a Region to copy to that cannot be used", () => {
  /** In the local cloud the account has not enabled it. */
  const NOT_ENABLED = "eu-south-1";
  const DENIED = { region: "eu-west-1", do: "error", code: "UnauthorizedOperation", status: 403, times: 99 } as const;
  const DOWN = { region: "eu-west-1", do: "error", code: "ServiceUnavailable", status: 503, times: 999 } as const;

  test.each([
    ["is not enabled", NOT_ENABLED, []],
    ["is denied by a service control policy", "eu-west-1", [DENIED]],
    ["is down", "eu-west-1", [DOWN]],
  ])("because it %s costs only its own image with missing-region: warn", async (_, region, faults) => {
    cloud.endpoint().faults(faults);
    const name = `without ${region} ${faults[0]?.code ?? ""}`;
    const given = { ami_name: name, ami_regions: [region, "us-west-2"] };
    const ended = await bake(cloud, given, { settings: { missingRegion: "warn" } });
    const { images, missing } = amis(ended);
    expect(images.map((image) => image.region)).toEqual(["us-east-1", "us-west-2"]);
    expect(missing).toEqual([expect.objectContaining({ region })]);
    const warnings = JSON.stringify(ended.events.filter(({ type }) => type === "diagnostic"));
    expect(warnings).toContain(`${region} will probably get no image`);
  });

  test.each([
    ["is not enabled", NOT_ENABLED, []],
    ["is denied by a service control policy", "eu-west-1", [DENIED]],
  ])("because it %s ends the bake before anything is created otherwise", async (_, region, faults) => {
    cloud.endpoint().faults(faults);
    const { error } = await bake(cloud, { ami_name: "all or none", ami_regions: [region] });
    expect(error).toMatchObject({ region });
    expect(cloud.endpoint().held()).toEqual({});
  });
});
