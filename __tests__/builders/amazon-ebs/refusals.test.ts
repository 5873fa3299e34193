import { DescribeInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { authorizeIngress, createSecurityGroup } from "../../../src/aws/security-group.js";
import type { CallRecord } from "../../../src/local/endpoint/wire/calls.js";
import type { Json } from "../../../src/options/collections.js";
import { testCloud } from "../../support/cloud.js";
import { amis, bake, heldImages } from "./bake.js";

/** Called after each response. */
let onCall: (call: CallRecord) => void = () => undefined;

const cloud = testCloud({ scale: 0, log: (call) => onCall(call) });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

const policy = { Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["*"] }] };

/** Options of a bake that sends every kind of change. */
const everything = (name: string): Readonly<Record<string, Json>> => ({
  ami_name: name,
  ami_regions: ["eu-west-1"],
  ami_users: ["111111111111"],
  snapshot_users: ["111111111111"],
  imds_support: "v2.0",
  ena_support: true,
  deprecate_at: "2030-01-01T00:00:00Z",
  deregistration_protection: { enabled: true },
  temporary_iam_instance_profile_policy_document: policy,
});

/** Bakes, and checks that the bake made its two images and left nothing else. Returns its events. */
async function bakesWell(name: string) {
  const ended = await bake(cloud, everything(name));
  expect(amis(ended).missing).toEqual([]);
  expect(heldImages(cloud)).toEqual([`eu-west-1/${name}`, `us-east-1/${name}`]);
  expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
  return ended.events;
}

const STATE = "Instance is not in state 'running' or 'stopped'";
const PENDING = "The image id '[ami-0]' is pending, and cannot be run";
const BUSY = "currently pending and may not be used for this operation";

describe("a bake survives, twice in a row,", () => {
  test.each([
    ["RunInstances", "InvalidAMIID.Unavailable", PENDING],
    ["StopInstances", "InvalidInstanceID.NotFound", "no"],
    ["ModifyInstanceAttribute", "IncorrectInstanceState", "no"],
    ["CreateImage", "InvalidInstanceID.NotFound", "no"],
    ["CreateImage", "InvalidParameterValue", STATE],
    ["CreateImage", "IncorrectInstanceState", STATE],
    ["CreateImage", "SnapshotCreationPerVolumeRateExceeded", "no"],
    ["CreateImage", "ConcurrentSnapshotLimitExceeded", "no"],
    ["CreateImage", "PendingSnapshotLimitExceeded", "no"],
    ["CopyImage", "InvalidAMIID.NotFound", "no"],
    [
      "CopyImage",
      "ResourceLimitExceeded",
      "Too many snapshot copies in progress. The limit is 20 for this destination region.",
    ],
    ["ModifyImageAttribute", "InvalidAMIID.NotFound", "no"],
    ["ModifyImageAttribute", "InvalidAMIID.Unavailable", BUSY],
    ["ModifySnapshotAttribute", "InvalidSnapshot.NotFound", "no"],
    ["EnableImageDeprecation", "InvalidAMIID.NotFound", "no"],
    ["EnableImageDeprecation", "InvalidAMIID.Unavailable", BUSY],
    ["EnableImageDeregistrationProtection", "InvalidAMIID.NotFound", "no"],
    ["EnableImageDeregistrationProtection", "InvalidAMIID.Unavailable", BUSY],
    ["DeleteTags", "InvalidAMIID.NotFound", "no"],
    ["DeleteTags", "InvalidSnapshot.NotFound", "no"],
    ["DeleteTags", "ConcurrentTagAccess", "no"],
    ["PutRolePolicy", "NoSuchEntity", "no"],
    ["AddRoleToInstanceProfile", "NoSuchEntity", "no"],
    ["TerminateInstances", "InvalidInstanceID.NotFound", "no"],
    ["DeleteSecurityGroup", "InvalidGroup.NotFound", "no"],
    ["DeleteRole", "DeleteConflict", "no"],
    ["DeleteInstanceProfile", "NoSuchEntity", "no"],
  ])("%s refused with %s", async (action, code, message) => {
    cloud.endpoint().faults([{ action, do: "error", code, message, status: 400, times: 2 }]);
    const name = `${action} ${code}`.replaceAll(/[^\w ]/g, "-");
    await bakesWell(name);
    const refused = cloud
      .endpoint()
      .calls()
      .filter((call) => call.action === action && call.error === code);
    expect(refused).toHaveLength(2);
  });
});

describe("a bake survives a replica that does not know new resources for 10 s, at", () => {
  test.each([
    "RunInstances",
    "StopInstances",
    "ModifyInstanceAttribute",
    "CreateImage",
    "CopyImage",
    "ModifyImageAttribute",
    "ModifySnapshotAttribute",
    "EnableImageDeprecation",
    "EnableImageDeregistrationProtection",
    "DeleteTags",
    "PutRolePolicy",
    "AddRoleToInstanceProfile",
    "TerminateInstances",
    "DeleteSecurityGroup",
    "DeleteInstanceProfile",
    "DeleteRole",
    "RemoveRoleFromInstanceProfile",
    "ListInstanceProfilesForRole",
  ])("%s", async (action) => {
    cloud.endpoint().faults([{ action, do: "unseen", lasts: 10 }]);
    await bakesWell(`unseen at ${action}`);
    const refused = cloud
      .endpoint()
      .calls()
      .filter((call) => call.action === action && call.status !== 200);
    expect(refused.length).toBeGreaterThan(1);
  });
});

test("a limit is waited out for hours, with progress", async () => {
  const code = "PendingSnapshotLimitExceeded";
  cloud.endpoint().faults([{ action: "CreateImage", do: "error", code, message: "no", status: 400, times: 300 }]);
  const events = await bakesWell("after hours");
  const lines = events.filter((event) => event.type === "progress" && event.what.includes("limit on snapshots"));
  expect(lines.length).toBeGreaterThan(100);
  expect(lines[0]).toMatchObject({ text: `CreateImage returned ${code}` });
});

test("an instance that terminates is not waited for until it can be imaged", async () => {
  const refusal = { do: "error", code: "IncorrectInstanceState", message: STATE, status: 400 } as const;
  cloud.endpoint().faults([{ action: "CreateImage", ...refusal, times: 100 }]);
  const terminate = async () => {
    const ec2 = await cloud.session().ec2();
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({}));
    const ids = (Reservations ?? [])
      .flatMap(({ Instances }) => Instances ?? [])
      .flatMap(({ InstanceId }) => InstanceId ?? []);
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }));
  };
  onCall = ({ action }) => (action === "CreateImage" ? void terminate() : undefined);
  const { error } = await bake(cloud, everything("terminated by somebody"));
  onCall = () => undefined;
  expect(error).toMatchObject({ awsCode: "IncorrectInstanceState" });
  expect(
    cloud
      .endpoint()
      .calls()
      .filter(({ action }) => action === "CreateImage").length,
  ).toBeLessThan(5);
});

test("a group that is not visible yet is waited for", async () => {
  const scope = cloud.scope();
  const spec = { name: "new group", description: "test", vpcId: undefined, tags: {} };
  const id = await createSecurityGroup(scope, spec, { key: "k", tags: {}, token: "t" });
  cloud.endpoint().faults([{ action: "AuthorizeSecurityGroupIngress", do: "unseen", lasts: 10 }]);
  await authorizeIngress(scope, id, 22, { cidrs: ["198.51.100.7/32"], groupIds: [] });
  const calls = cloud
    .endpoint()
    .calls()
    .filter(({ action }) => action === "AuthorizeSecurityGroupIngress");
  expect(calls.map(({ status }) => status)).toEqual([...calls.slice(1).map(() => 400), 200]);
  expect(calls.length).toBeGreaterThan(2);
});
