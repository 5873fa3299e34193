import {
  CopyImageCommand,
  type CopyImageCommandInput,
  CreateImageCommand,
  CreateTagsCommand,
} from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { refused, type Started, started, there } from "../started.js";
import { baked, image, launched } from "../steps.js";

function copy(cloud: Started, SourceImageId: string, input: Partial<CopyImageCommandInput> = {}, region = "eu-west-1") {
  const whole = { Name: "copied", SourceRegion: "us-east-1", SourceImageId, ...input };
  return cloud.ec2(region).send(new CopyImageCommand(whole));
}

describe("CopyImage", () => {
  test("makes a pending image in the other region, available after a while", async () => {
    const cloud = await started();
    const source = await baked(cloud, "source");
    await cloud.ec2().send(
      new CreateTagsCommand({
        Resources: [there(source.ImageId)],
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "2" },
        ],
      }),
    );
    const { ImageId = "" } = await copy(cloud, there(source.ImageId), {
      CopyImageTags: true,
      TagSpecifications: [
        { ResourceType: "image", Tags: [{ Key: "b", Value: "3" }] },
        { ResourceType: "snapshot", Tags: [{ Key: "s", Value: "4" }] },
      ],
    });
    const west = cloud.ec2("eu-west-1");
    cloud.pass(20);
    expect((await image(west, ImageId)).State).toBe("pending");
    cloud.pass(400);
    const made = await image(west, ImageId);
    expect(made).toMatchObject({
      State: "available",
      Name: "copied",
      SourceImageId: source.ImageId,
      SourceImageRegion: "us-east-1",
      Tags: [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "3" },
      ],
    });
    expect(made.SourceInstanceId).toBeUndefined();
    expect(made.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId).not.toBe(source.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId);
  });

  test("a token copies once", async () => {
    const cloud = await started({ scale: 0 });
    const { ImageId: source = "" } = await baked(cloud, "source");
    const first = await copy(cloud, source, { ClientToken: "t" });
    expect((await copy(cloud, source, { ClientToken: "t" })).ImageId).toBe(first.ImageId);
    expect((await refused(copy(cloud, source, { ClientToken: "t", Name: "other" }))).name).toBe(
      "IdempotentParameterMismatch",
    );
    expect((await refused(copy(cloud, source))).name).toBe("InvalidAMIName.Duplicate");
  });

  test("a pending source cannot be copied", async () => {
    const cloud = await started();
    const { InstanceId } = await launched(cloud.ec2());
    cloud.pass(10);
    const { ImageId = "" } = await cloud.ec2().send(new CreateImageCommand({ InstanceId, Name: "source" }));
    cloud.pass(5);
    expect(await refused(copy(cloud, ImageId))).toEqual({
      name: "InvalidRequest",
      message: `The storage for the ami is not available in the source region: ${ImageId} is pending.`,
    });
  });

  test.each([
    ["an unknown key", { Encrypted: true, KmsKeyId: "alias/none" }, "failed", "Given key ID is not accessible"],
    [
      "a key of another region",
      { Encrypted: true, KmsKeyId: "arn:aws:kms:us-east-1:123456789012:key/k1" },
      "failed",
      "Given key ID is not accessible",
    ],
    ["a key that is there", { Encrypted: true, KmsKeyId: "k1" }, "available", undefined],
    [
      "the same by its ARN",
      { Encrypted: true, KmsKeyId: "arn:aws:kms:eu-west-1:123456789012:key/k1" },
      "available",
      undefined,
    ],
    ["the account's own key", { Encrypted: true }, "available", undefined],
  ])("checks %s only during the copy", async (_what, input, state, why) => {
    const cloud = await started();
    cloud.endpoint.seed({ regions: { "eu-west-1": { kmsKeys: ["k1"] } } });
    const { ImageId: source = "" } = await baked(cloud, "source");
    const { ImageId = "" } = await copy(cloud, source, input);
    cloud.pass(600);
    const made = await image(cloud.ec2("eu-west-1"), ImageId);
    expect(made.State).toBe(state);
    expect(made.StateReason?.Message).toBe(why === undefined ? undefined : `Client.InternalError: ${why}`);
    expect(made.BlockDeviceMappings?.[0]?.Ebs?.Encrypted).toBe(true);
  });

  test.each([
    ["a key without encryption", { KmsKeyId: "k" }, "InvalidParameterDependency"],
    ["an unknown source", { SourceImageId: "ami-0123456789abcdef0" }, "InvalidAMIID.NotFound"],
    ["an unknown source region", { SourceRegion: "mars-1" }, "InvalidParameterValue"],
    ["a duration out of step", { SnapshotCopyCompletionDurationMinutes: 20 }, "InvalidParameterValue"],
    ["a dry run that would work", { DryRun: true }, "DryRunOperation"],
  ])("refuses %s", async (_what, input, code) => {
    const cloud = await started({ scale: 0 });
    const { ImageId: source = "" } = await baked(cloud, "source");
    expect((await refused(copy(cloud, source, input))).name).toBe(code);
    expect(cloud.endpoint.held().images).toHaveLength(1);
  });
});
