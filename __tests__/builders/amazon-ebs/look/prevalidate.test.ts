import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { testCloud } from "../../../support/cloud.js";
import { bake } from "../bake.js";

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
