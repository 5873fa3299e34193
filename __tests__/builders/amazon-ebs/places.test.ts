import { expect, test } from "@jest/globals";
import { BakeError } from "../../../src/core/errors.js";
import type { Json } from "../../../src/options/collections.js";
import { testCloud } from "../../support/cloud.js";
import { bake } from "./bake.js";

const cloud = testCloud({ scale: 0 });

const WINDOWS = { filters: { name: "Windows_Server-2022-*" }, owners: ["amazon"] };
const none = { filters: { name: "no-such-thing" } };

test.each<readonly [string, Readonly<Record<string, Json>>]>([
  ["source_ami", { source_ami: "ami-0123456789abcdef0", source_ami_filter: {} }],
  ["source_ami_filter", { source_ami_filter: { ...none, owners: ["self"] } }],
  ["region", { region: "us-esat-1" }],
  ["ami_regions[0]", { ami_regions: ["eu-wst-1"] }],
  ["subnet_id", { subnet_id: "subnet-0123456789abcdef0" }],
  ["subnet_filter", { subnet_filter: none }],
  ["vpc_filter", { vpc_filter: none }],
  ["temporary_key_pair_type", { source_ami_filter: WINDOWS, temporary_key_pair_type: "ed25519" }],
  ["fast_launch", { fast_launch: { enable_fast_launch: true } }],
  ["iam_instance_profile", { iam_instance_profile: "nobody" }],
])("an error about %s is reported at that option", async (option, given) => {
  const { error } = await bake(cloud, { ami_name: "nowhere", ...given });
  expect(error).toBeInstanceOf(BakeError);
  expect(error).toMatchObject({ range: { file: option } });
});

test("a name in use is reported at ami_name", async () => {
  await bake(cloud, { ami_name: "in use" });
  const { error } = await bake(cloud, { ami_name: "in use" });
  expect(error).toMatchObject({ range: { file: "ami_name" } });
});

test("a denied call is not reported at an option", async () => {
  cloud
    .endpoint()
    .faults([{ action: "DescribeSubnets", do: "error", code: "UnauthorizedOperation", message: "no", status: 403 }]);
  const { error } = await bake(cloud, { ami_name: "denied", subnet_id: "subnet-0123456789abcdef0" });
  expect(error).toMatchObject({ code: "aws-denied", range: undefined });
});
