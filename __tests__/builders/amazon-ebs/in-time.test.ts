import { DescribeImageAttributeCommand, DescribeSnapshotAttributeCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { describeOwnImages } from "../../../src/aws/image.js";
import { testCloud } from "../../support/cloud.js";
import { amis, bake, heldImages } from "./bake.js";

/** A cloud with delays of 1/500 of the real ones: new ids are not visible at once, images are pending. */
const cloud = testCloud({ scale: 0.002, times: { consistency: 15 } });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

const policy = { Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["*"] }] };

describe("a bake in a slow cloud", () => {
  test("waits for resources that are not visible yet, pending, or still in use", async () => {
    const given = {
      ami_name: "slow",
      ami_regions: ["eu-west-1"],
      temporary_iam_instance_profile_policy_document: policy,
    };
    expect(amis(await bake(cloud, given)).missing).toEqual([]);
    expect(heldImages(cloud)).toEqual(["eu-west-1/slow", "us-east-1/slow"]);
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
  });

  test.each(["CreateSecurityGroup", "RunInstances", "CreateImage", "CopyImage"])(
    "finds what %s created when its response was lost",
    async (action) => {
      cloud.endpoint().faults([{ action, when: "after", do: "hangup" }]);
      const name = `late ${action}`;
      expect(amis(await bake(cloud, { ami_name: name, ami_regions: ["eu-west-1"] })).missing).toEqual([]);
      expect(heldImages(cloud)).toEqual([`eu-west-1/${name}`, `us-east-1/${name}`]);
      expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
    },
  );

  test("ignores stale reads", async () => {
    const reads = ["DescribeInstances", "DescribeImages"];
    cloud
      .endpoint()
      .faults(reads.flatMap((action) => [4, 6, 8].map((nth) => ({ action, nth, do: "stale", seconds: 30 }) as const)));
    amis(await bake(cloud, { ami_name: "backwards" }));
    expect(heldImages(cloud)).toEqual(["us-east-1/backwards"]);
  });

  test("stops waiting at once when Describe calls are denied", async () => {
    cloud
      .endpoint()
      .faults([
        { action: "DescribeInstances", do: "error", code: "UnauthorizedOperation", status: 403, message: "no" },
      ]);
    const { error } = await bake(cloud, { ami_name: "blind" });
    expect(error).toMatchObject({ code: "aws-denied", hint: expect.stringMatching(/ec2:DescribeInstances/) });
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("slows down when EC2 throttles its requests", async () => {
    cloud.endpoint().throttle({ rate: 300, burst: 3 });
    try {
      amis(await bake(cloud, { ami_name: "paced", ami_regions: ["eu-west-1"] }));
    } finally {
      cloud.endpoint().throttle(null);
    }
    expect(heldImages(cloud)).toEqual(["eu-west-1/paced", "us-east-1/paced"]);
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
  });

  test("reports why an image failed, and removes it", async () => {
    cloud
      .endpoint()
      .faults([
        { action: "CreateImage", do: "fail", code: "Client.InternalError", message: "Given key ID is not accessible" },
      ]);
    const { error } = await bake(cloud, { ami_name: "no key" });
    expect(error).toMatchObject({
      code: "image-key-unusable",
      message: expect.stringMatching(/is in state "failed" in us-east-1.*Given key ID is not accessible/),
      hint: expect.stringMatching(/region_kms_key_ids/),
    });
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("replaces old images with the name in every Region", async () => {
    const given = {
      ami_name: "again",
      ami_regions: ["eu-west-1"],
      force_deregister: true,
      force_delete_snapshot: true,
    };
    amis(await bake(cloud, given));
    expect(amis(await bake(cloud, given)).missing).toEqual([]);
    expect(heldImages(cloud)).toEqual(["eu-west-1/again", "us-east-1/again"]);
    expect(cloud.endpoint().held().snapshots).toBeUndefined();
  });

  test("sets the attributes in each Region: shared, deprecated, protected, with IMDSv2", async () => {
    const account = "210987654321";
    const given = {
      ami_name: "shared",
      ami_description: "from {{ .SourceAMI }}",
      ami_regions: ["eu-west-1"],
      ami_users: [account],
      ami_org_arns: ["arn:aws:organizations::123456789012:organization/o-abc"],
      snapshot_users: [account],
      imds_support: "v2.0",
      deprecate_at: "2035-01-01T00:00:00Z",
      deregistration_protection: { enabled: true },
    };
    const { images, source } = amis(await bake(cloud, given));
    for (const { region, imageId, snapshotIds } of images) {
      const ec2 = await cloud.session().ec2(region);
      const permission = await ec2.send(
        new DescribeImageAttributeCommand({ ImageId: imageId, Attribute: "launchPermission" }),
      );
      expect(permission.LaunchPermissions).toHaveLength(2);
      const [SnapshotId] = snapshotIds;
      const volumes = await ec2.send(
        new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute: "createVolumePermission" }),
      );
      expect(volumes.CreateVolumePermissions).toEqual([{ UserId: account }]);
      const [image] = await describeOwnImages(cloud.scope(region), [{ Name: "image-id", Values: [imageId] }]);
      expect(image?.description).toBe(`from ${source.imageId}`);
      expect(image?.imdsV2).toBe(true);
    }
    const order = cloud
      .endpoint()
      .calls()
      // A copy of an image that requires IMDSv2 requires it too. It is set again if the copy began before the image required it.
      .filter((call) => call.region === "eu-west-1" && !("ImdsSupport" in (call.params as object)))
      .map((call) => call.action);
    expect(order.slice(order.indexOf("CopyImage") + 1).filter((action) => !action.startsWith("Describe"))).toEqual([
      "EnableImageDeprecation",
      "ModifyImageAttribute",
      "ModifySnapshotAttribute",
      "EnableImageDeregistrationProtection",
      "DeleteTags",
    ]);
  });
});
