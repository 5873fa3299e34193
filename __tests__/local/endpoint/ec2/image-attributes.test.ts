import {
  CreateImageCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeSnapshotAttributeCommand,
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
} from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { refused, started, there } from "../started.js";
import { baked, image, launched, sourceImage } from "../steps.js";

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
    await ec2.send(share(ImageId, { Description: { Value: "new text" } }));
    await ec2.send(share(ImageId, { ImdsSupport: { Value: "v2.0" } }));
    const read = await ec2.send(new DescribeImageAttributeCommand({ ImageId, Attribute: "launchPermission" }));
    expect(read.LaunchPermissions).toEqual([{ Group: "all" }, { UserId: "444455556666" }]);
    expect(await image(ec2, ImageId)).toMatchObject({ Public: true, Description: "new text", ImdsSupport: "v2.0" });
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

  test("cannot change on a pending image or on an image of another account", async () => {
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

  test("block public access refuses public images", async () => {
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
  test("deregistering keeps the snapshots, or deletes them if requested", async () => {
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

test("a snapshot is shared with accounts; one call either adds or removes", async () => {
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
