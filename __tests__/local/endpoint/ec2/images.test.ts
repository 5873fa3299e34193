import {
  CreateImageCommand,
  type CreateImageCommandInput,
  CreateSnapshotCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  RegisterImageCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { refused, started, there } from "../started.js";
import { baked, image, launched } from "../steps.js";

describe("CreateImage", () => {
  test("is unknown, then pending without snapshots, then pending with snapshots, then available", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    const { InstanceId } = await launched(ec2);
    cloud.pass(10);
    const { ImageId = "" } = await ec2.send(
      new CreateImageCommand({
        InstanceId,
        Name: "web-1",
        Description: "the web",
        TagSpecifications: [
          { ResourceType: "image", Tags: [{ Key: "a", Value: "1" }] },
          { ResourceType: "snapshot", Tags: [{ Key: "b", Value: "2" }] },
        ],
      }),
    );
    expect(await refused(image(ec2, ImageId))).toEqual({
      name: "InvalidAMIID.NotFound",
      message: `The image id '[${ImageId}]' does not exist`,
    });
    cloud.pass(3);
    const early = await image(ec2, ImageId);
    expect(early.State).toBe("pending");
    expect(early.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId).toBeUndefined();
    cloud.pass(10);
    const SnapshotId = there((await image(ec2, ImageId)).BlockDeviceMappings?.[0]?.Ebs?.SnapshotId);
    const snapshot = async () =>
      there((await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }))).Snapshots?.[0]);
    const half = await snapshot();
    expect(half).toMatchObject({ State: "pending", Tags: [{ Key: "b", Value: "2" }] });
    expect(half.Progress).toMatch(/^\d+%$/);
    cloud.pass(200);
    expect(await image(ec2, ImageId)).toMatchObject({
      State: "available",
      Name: "web-1",
      Description: "the web",
      OwnerId: "123456789012",
      Public: false,
      SourceInstanceId: InstanceId,
      Tags: [{ Key: "a", Value: "1" }],
      VirtualizationType: "hvm",
      EnaSupport: true,
    });
    expect(await snapshot()).toMatchObject({
      State: "completed",
      Progress: "100%",
      Description: `Created by CreateImage(${InstanceId}) for ${ImageId}`,
    });
  });

  test.each([
    ["a name in use, with the id of its image", { Name: "in-use" }, "InvalidAMIName.Duplicate", /in use by AMI ami-0/],
    ["a name that is too short", { Name: "ab" }, "InvalidAMIName.Malformed", /between 3 and 128/],
    ["a name with other characters", { Name: "a:b:c" }, "InvalidAMIName.Malformed", /letters/],
    ["an unknown instance", { InstanceId: "i-0123456789abcdef0" }, "InvalidInstanceID.NotFound", /does not exist/],
    ["a dry run that would work", { DryRun: true }, "DryRunOperation", /would have succeeded/],
  ])("refuses %s", async (_what, input, code, message) => {
    const cloud = await started({ scale: 0 });
    await baked(cloud, "in-use");
    const { InstanceId } = await launched(cloud.ec2());
    const request: CreateImageCommandInput = { InstanceId, Name: "free", ...input };
    const refusal = await refused(cloud.ec2().send(new CreateImageCommand(request)));
    expect(refusal).toEqual({ name: code, message: expect.stringMatching(message) });
  });

  test("refuses an instance that is still pending", async () => {
    const cloud = await started();
    const { InstanceId } = await launched(cloud.ec2());
    cloud.pass(3);
    const made = cloud.ec2().send(new CreateImageCommand({ InstanceId, Name: "early" }));
    expect((await refused(made)).name).toBe("IncorrectInstanceState");
  });

  test("the image fails if its instance is terminated before it is complete", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    const { InstanceId = "" } = await launched(ec2);
    cloud.pass(10);
    const { ImageId = "" } = await ec2.send(new CreateImageCommand({ InstanceId, Name: "short" }));
    cloud.pass(10);
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    expect(await image(ec2, ImageId)).toMatchObject({
      State: "failed",
      StateReason: { Code: "Client.InstanceTerminated", Message: expect.stringContaining("terminated or rebooted") },
    });
  });

  test("leaves out and overrides devices", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const { InstanceId } = await launched(ec2, {
      BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { VolumeSize: 5 } }],
    });
    const { ImageId = "" } = await ec2.send(
      new CreateImageCommand({
        InstanceId,
        Name: "devices",
        BlockDeviceMappings: [
          { DeviceName: "/dev/sda1", Ebs: { VolumeType: "gp3", Iops: 3000 } },
          { DeviceName: "/dev/sdf", NoDevice: "" },
          { DeviceName: "/dev/sdg", VirtualName: "ephemeral0" },
        ],
      }),
    );
    const { BlockDeviceMappings = [] } = await image(ec2, ImageId);
    expect(BlockDeviceMappings).toMatchObject([
      { DeviceName: "/dev/sda1", Ebs: { VolumeType: "gp3", Iops: 3000, VolumeSize: 8 } },
      { DeviceName: "/dev/sdg", VirtualName: "ephemeral0" },
    ]);
  });
});

describe("RegisterImage", () => {
  test("makes an image of a snapshot", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const { InstanceId = "" } = await launched(ec2);
    const { Volumes } = await ec2.send(
      new DescribeVolumesCommand({ Filters: [{ Name: "attachment.instance-id", Values: [InstanceId] }] }),
    );
    const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId: there(Volumes?.[0]?.VolumeId) }));
    const { ImageId = "" } = await ec2.send(
      new RegisterImageCommand({
        Name: "registered",
        Architecture: "x86_64",
        VirtualizationType: "hvm",
        RootDeviceName: "/dev/xvda",
        EnaSupport: true,
        BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { SnapshotId } }],
      }),
    );
    expect(await image(ec2, ImageId)).toMatchObject({
      State: "available",
      Architecture: "x86_64",
      RootDeviceName: "/dev/xvda",
      BlockDeviceMappings: [{ Ebs: { SnapshotId, VolumeSize: 8 } }],
    });
    const again = new RegisterImageCommand({ Name: "none", RootDeviceName: "/dev/xvda" });
    expect((await refused(ec2.send(again))).name).toBe("InvalidBlockDeviceMapping");
  });
});

describe("DescribeImages", () => {
  const names = async (cloud: Awaited<ReturnType<typeof started>>, input: object) => {
    const { Images = [] } = await cloud.ec2().send(new DescribeImagesCommand(input));
    return Images.map(({ Name }) => Name);
  };
  const named = (value: string) => [{ Name: "name", Values: [value] }];

  test.each([
    ["Canonical by id", { Owners: ["099720109477"], Filters: named("*xenial*amd64*") }, 1],
    ["Canonical by alias", { Owners: ["amazon"], Filters: named("*xenial*amd64*") }, 1],
    ["both serials of a release", { Owners: ["099720109477"], Filters: named("*jammy-22.04-amd64*") }, 2],
    ["nobody's", { Owners: ["self"], Filters: named("*xenial*") }, 0],
    ["deprecated ones not", { Filters: named("*precise*") }, 0],
    ["deprecated images if requested", { Filters: named("*precise*"), IncludeDeprecated: true }, 1],
    ["by architecture", { Filters: [...named("*noble*20260920"), { Name: "architecture", Values: ["arm64"] }] }, 1],
    [
      "by disk type",
      { Filters: [...named("*noble*amd64*20260920"), { Name: "block-device-mapping.volume-type", Values: ["gp3"] }] },
      1,
    ],
    [
      "by all that templates ask for",
      {
        Owners: ["099720109477"],
        Filters: [
          ...named("ubuntu/images/hvm-ssd/ubuntu-trusty-14.04-amd64-server-*"),
          { Name: "virtualization-type", Values: ["hvm"] },
          { Name: "root-device-type", Values: ["ebs"] },
          { Name: "state", Values: ["available"] },
        ],
      },
      1,
    ],
  ])("%s", async (_what, input, count) => {
    const cloud = await started({ scale: 0 });
    expect(await names(cloud, input)).toHaveLength(count);
  });

  test("pages", async () => {
    const cloud = await started({ scale: 0 });
    const all = await names(cloud, {});
    const seen: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await cloud
        .ec2()
        .send(new DescribeImagesCommand({ MaxResults: 7, ...(NextToken ? { NextToken } : {}) }));
      expect(page.Images?.length).toBeLessThanOrEqual(7);
      seen.push(...(page.Images ?? []).map(({ Name }) => Name));
      NextToken = page.NextToken;
    } while (NextToken);
    expect(seen).toEqual(all);
  });

  test.each([
    ["a page that is too small", { MaxResults: 4 }, "InvalidParameterValue"],
    ["a token of somebody else", { MaxResults: 5, NextToken: "abc" }, "InvalidNextToken"],
    ["an id that is none", { ImageIds: ["ami-xyz"] }, "InvalidAMIID.Malformed"],
    ["a filter that is none", { Filters: [{ Name: "colour", Values: ["red"] }] }, "InvalidParameterValue"],
  ])("refuses %s", async (_what, input, code) => {
    const cloud = await started({ scale: 0 });
    expect((await refused(names(cloud, input))).name).toBe(code);
  });
});
