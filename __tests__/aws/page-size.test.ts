import { beforeAll, expect, test } from "@jest/globals";
import { describeSnapshotsTagged } from "../../src/aws/snapshot.js";
import { findExpired } from "../../src/cleanup/sweep.js";
import { bake } from "../builders/amazon-ebs/bake.js";
import { testCloud } from "../support/cloud.js";

const cloud = testCloud({ scale: 0 });

/** Calls without pages, or without a page size in EC2's API. */
const WITHOUT = /^Describe(KeyPairs|Regions|ImageAttribute|SnapshotAttribute|ImageReferences)$/;

beforeAll(async () => {
  const policy = { Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["*"] }] };
  const options = { temporary_iam_instance_profile_policy_document: policy, associate_public_ip_address: true };
  await bake(cloud, { ami_name: "paged", ami_regions: ["eu-west-1"], ...options }, { fingerprint: "f" });
  const stop = new AbortController();

  await findExpired(cloud.session(), { regions: ["us-east-1"], signal: stop.signal, sessionIn: cloud.session });
});

test("every Describe call of EC2 has a page size, except those with IDs", () => {
  const calls = cloud
    .endpoint()
    .calls()
    .filter(({ action }) => action.startsWith("Describe") && !WITHOUT.test(action));
  expect(new Set(calls.map(({ action }) => action)).size).toBeGreaterThan(6);
  const unpaged = calls.filter(({ params }) => {
    const names = Object.keys(params as object);
    return (
      !names.includes("MaxResults") &&
      !names.some((name) => /Ids?(\.|$)|^(Image|Instance|Snapshot|Group|Subnet|Vpc)Id/.test(name))
    );
  });
  expect(unpaged.map(({ action, params }) => [action, params])).toEqual([]);
});

test("an endpoint that counts owners as a list of ids is read without a page size", async () => {
  const message = "The parameter maxResults cannot be used with a list of ids in the same request";
  const fault = {
    action: "DescribeSnapshots",
    do: "error",
    code: "InvalidParameterCombination",
    message,
    status: 400,
  } as const;
  cloud.endpoint().faults([fault]);
  expect((await describeSnapshotsTagged(cloud.scope(), "bake-ami:owner")).length).toBeGreaterThan(0);
  const reads = cloud
    .endpoint()
    .calls()
    .filter(({ action }) => action === "DescribeSnapshots");
  expect(reads.slice(-2).map(({ params }) => Object.keys(params as object).includes("MaxResults"))).toEqual([
    true,
    false,
  ]);
});
