import {
  CreateImageCommand,
  type CreateImageCommandInput,
  CreateSnapshotCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DisableImageCommand,
  DisableImageDeregistrationProtectionCommand,
  EnableImageBlockPublicAccessCommand,
  EnableImageCommand,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  GetImageBlockPublicAccessStateCommand,
  ModifyImageAttributeCommand,
  type ModifyImageAttributeCommandInput,
  ModifySnapshotAttributeCommand,
  RegisterImageCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { refused, started, there } from "./started.js";
import { baked, image, launched, sourceImage } from "./steps.js";

describe("CreateImage", () => {
  test("is unknown, then pending without snapshots, then with them, then available", async () => {
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
    [
      "a name that is taken, with the id that has it",
      { Name: "taken" },
      "InvalidAMIName.Duplicate",
      /in use by AMI ami-0/,
    ],
    ["a name that is too short", { Name: "ab" }, "InvalidAMIName.Malformed", /between 3 and 128/],
    ["a name with other characters", { Name: "a:b:c" }, "InvalidAMIName.Malformed", /letters/],
    ["an unknown instance", { InstanceId: "i-0123456789abcdef0" }, "InvalidInstanceID.NotFound", /does not exist/],
    ["a dry run that would work", { DryRun: true }, "DryRunOperation", /would have succeeded/],
  ])("refuses %s", async (_what, input, code, message) => {
    const cloud = await started({ scale: 0 });
    await baked(cloud, "taken");
    const { InstanceId } = await launched(cloud.ec2());
    const wanted: CreateImageCommandInput = { InstanceId, Name: "free", ...input };
    const refusal = await refused(cloud.ec2().send(new CreateImageCommand(wanted)));
    expect(refusal).toEqual({ name: code, message: expect.stringMatching(message) });
  });

  test("refuses an instance that is still pending", async () => {
    const cloud = await started();
    const { InstanceId } = await launched(cloud.ec2());
    cloud.pass(3);
    const made = cloud.ec2().send(new CreateImageCommand({ InstanceId, Name: "early" }));
    expect((await refused(made)).name).toBe("IncorrectInstanceState");
  });

  test("the image fails when its instance is terminated before it is whole", async () => {
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
    ["deprecated ones if asked for", { Filters: named("*precise*"), IncludeDeprecated: true }, 1],
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

describe("attributes", () => {
  const share = (ImageId: string, input: Partial<ModifyImageAttributeCommandInput>) =>
    new ModifyImageAttributeCommand({ ImageId, ...input });

  test("launch permissions in both forms, the description, IMDSv2", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const { ImageId = "" } = await baked(cloud, "shared");
    await ec2.send(share(ImageId, { LaunchPermission: { Add: [{ UserId: "111122223333" }, { Group: "all" }] } }));
    await ec2.send(share(ImageId, { Attribute: "launchPermission", OperationType: "add", UserIds: ["444455556666"] }));
    await ec2.send(share(ImageId, { LaunchPermission: { Remove: [{ UserId: "111122223333" }] } }));
    await ec2.send(share(ImageId, { Description: { Value: "told" } }));
    await ec2.send(share(ImageId, { ImdsSupport: { Value: "v2.0" } }));
    const read = await ec2.send(new DescribeImageAttributeCommand({ ImageId, Attribute: "launchPermission" }));
    expect(read.LaunchPermissions).toEqual([{ Group: "all" }, { UserId: "444455556666" }]);
    expect(await image(ec2, ImageId)).toMatchObject({ Public: true, Description: "told", ImdsSupport: "v2.0" });
  });

  test.each([
    ["a user that is none", { LaunchPermission: { Add: [{ UserId: "me" }] } }, "InvalidAMIAttributeItemValue"],
    ["a group that is none", { UserGroups: ["friends"] }, "InvalidAMIAttributeItemValue"],
    ["an organisation that is none", { OrganizationArns: ["o-1"] }, "InvalidAMIAttributeItemValue"],
    ["nothing to change", {}, "InvalidParameterCombination"],
  ])("refuse %s", async (_what, input, code) => {
    const cloud = await started({ scale: 0 });
    const { ImageId = "" } = await baked(cloud, "shared");
    expect((await refused(cloud.ec2().send(share(ImageId, input as object)))).name).toBe(code);
  });

  test("cannot change while the image is pending, nor on somebody else's", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    const { InstanceId } = await launched(ec2);
    cloud.pass(10);
    const { ImageId = "" } = await ec2.send(new CreateImageCommand({ InstanceId, Name: "pending" }));
    cloud.pass(2);
    expect(await refused(ec2.send(share(ImageId, { Description: { Value: "x" } })))).toEqual({
      name: "InvalidAMIID.Unavailable",
      message: `The image ID '${ImageId}' is currently pending and may not be used for this operation`,
    });
    const { ImageId: foreign = "" } = await sourceImage(ec2);
    expect((await refused(ec2.send(share(foreign, { Description: { Value: "x" } })))).name).toBe("AuthFailure");
  });

  test("block public access stands in the way of public images", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const { ImageId = "" } = await baked(cloud, "public");
    await ec2.send(new EnableImageBlockPublicAccessCommand({ ImageBlockPublicAccessState: "block-new-sharing" }));
    const state = await ec2.send(new GetImageBlockPublicAccessStateCommand({}));
    expect(state.ImageBlockPublicAccessState).toBe("block-new-sharing");
    expect((await refused(ec2.send(share(ImageId, { UserGroups: ["all"] })))).name).toBe("OperationNotPermitted");
  });
});

describe("the end of an image", () => {
  test("deregistering keeps the snapshots, or takes them along", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const one = await baked(cloud, "one");
    const two = await baked(cloud, "two");
    const SnapshotId = there(one.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId);
    const drop = () => ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
    expect(await refused(drop())).toMatchObject({ name: "InvalidSnapshot.InUse" });
    await ec2.send(new DeregisterImageCommand({ ImageId: one.ImageId }));
    expect((await refused(image(ec2, there(one.ImageId)))).name).toBe("InvalidAMIID.Unavailable");
    expect(cloud.endpoint.held().snapshots).toEqual([`us-east-1/${SnapshotId}`]);
    await drop();
    expect((await refused(drop())).name).toBe("InvalidSnapshot.NotFound");
    const gone = await ec2.send(new DeregisterImageCommand({ ImageId: two.ImageId, DeleteAssociatedSnapshots: true }));
    expect(gone.DeleteSnapshotResults).toEqual([
      { SnapshotId: two.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId, ReturnCode: "success" },
    ]);
    expect(cloud.endpoint.held().snapshots).toBeUndefined();
  });

  test("protection, disabling and deprecation", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const { ImageId = "" } = await baked(cloud, "kept");
    await ec2.send(new EnableImageDeregistrationProtectionCommand({ ImageId }));
    expect((await image(ec2, ImageId)).DeregistrationProtection).toBe("enabled");
    expect((await refused(ec2.send(new DeregisterImageCommand({ ImageId })))).name).toBe("OperationNotPermitted");
    await ec2.send(new DisableImageDeregistrationProtectionCommand({ ImageId }));
    const soon = new Date(Date.now() + 86_400_000);
    await ec2.send(new EnableImageDeprecationCommand({ ImageId, DeprecateAt: soon }));
    expect((await image(ec2, ImageId)).DeprecationTime).toMatch(/:00\.000Z$/);
    const past = ec2.send(new EnableImageDeprecationCommand({ ImageId, DeprecateAt: new Date(0) }));
    expect((await refused(past)).name).toBe("InvalidParameterValue");
    await ec2.send(new DisableImageCommand({ ImageId }));
    const listed = await ec2.send(new DescribeImagesCommand({ Owners: ["self"] }));
    expect(listed.Images).toEqual([]);
    expect((await image(ec2, ImageId)).State).toBe("disabled");
    expect((await refused(launched(ec2, { ImageId }))).name).toBe("InvalidAMIID.Unavailable");
    await ec2.send(new EnableImageCommand({ ImageId }));
    await launched(ec2, { ImageId });
    await ec2.send(new DeregisterImageCommand({ ImageId }));
  });
});

test("a snapshot is shared with accounts, one direction a call", async () => {
  const cloud = await started({ scale: 0 });
  const ec2 = cloud.ec2();
  const { BlockDeviceMappings } = await baked(cloud, "snap");
  const SnapshotId = there(BlockDeviceMappings?.[0]?.Ebs?.SnapshotId);
  const change = (CreateVolumePermission: object) =>
    ec2.send(
      new ModifySnapshotAttributeCommand({ SnapshotId, Attribute: "createVolumePermission", CreateVolumePermission }),
    );
  await change({ Add: [{ UserId: "111122223333" }, { UserId: "444455556666" }] });
  await change({ Remove: [{ UserId: "111122223333" }] });
  const both = change({ Add: [{ UserId: "111122223333" }], Remove: [{ UserId: "444455556666" }] });
  expect((await refused(both)).name).toBe("InvalidParameterCombination");
  const read = await ec2.send(
    new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute: "createVolumePermission" }),
  );
  expect(read.CreateVolumePermissions).toEqual([{ UserId: "444455556666" }]);
});
