import {
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteTagsCommand,
  DeleteVolumeCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
} from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { refused, started, there } from "../started.js";
import { launched, sourceImage } from "../steps.js";

describe("tags", () => {
  test("are set, replaced, listed and removed", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const { InstanceId = "" } = await launched(ec2);
    const set = (Tags: { Key: string; Value: string }[]) =>
      ec2.send(new CreateTagsCommand({ Resources: [InstanceId], Tags }));
    const list = async () => {
      const { Tags = [] } = await ec2.send(
        new DescribeTagsCommand({ Filters: [{ Name: "resource-id", Values: [InstanceId] }] }),
      );
      return Tags.map(({ Key, Value }) => `${Key}=${Value}`);
    };
    await set([
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ]);
    await set([{ Key: "a", Value: "3" }]);
    expect(await list()).toEqual(["a=3", "b=2"]);
    await ec2.send(
      new DeleteTagsCommand({ Resources: [InstanceId], Tags: [{ Key: "a", Value: "other" }, { Key: "b" }] }),
    );
    expect(await list()).toEqual(["a=3"]);
  });

  test.each([
    ["a resource that is not there", ["i-0123456789abcdef0"], [{ Key: "a", Value: "b" }], "InvalidInstanceID.NotFound"],
    ["an id that is none", ["nothing"], [{ Key: "a", Value: "b" }], "InvalidID"],
    ["a key of AWS", ["i-0123456789abcdef0"], [{ Key: "aws:a", Value: "b" }], "InvalidParameterValue"],
    ["no resource", [], [{ Key: "a", Value: "b" }], "MissingParameter"],
    ["a key that is too long", ["i-0123456789abcdef0"], [{ Key: "k".repeat(129), Value: "" }], "InvalidParameterValue"],
    [
      "too many",
      ["i-0123456789abcdef0"],
      Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: "" })),
      "TagLimitExceeded",
    ],
  ])("are refused: %s", async (_what, Resources, Tags, code) => {
    const cloud = await started({ scale: 0 });
    expect((await refused(cloud.ec2().send(new CreateTagsCommand({ Resources, Tags })))).name).toBe(code);
  });

  test("cannot be set on images of other accounts", async () => {
    const cloud = await started({ scale: 0 });
    const { ImageId = "" } = await sourceImage(cloud.ec2());
    const set = cloud.ec2().send(new CreateTagsCommand({ Resources: [ImageId], Tags: [{ Key: "a", Value: "b" }] }));
    expect((await refused(set)).name).toBe("InvalidAMIID.NotFound");
  });
});

describe("volumes", () => {
  test("are made once by a token, in use with an instance, and deleted when free", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const make = () => ec2.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 3, ClientToken: "t" }));
    const { VolumeId = "" } = await make();
    expect((await make()).VolumeId).toBe(VolumeId);
    await launched(ec2);
    const { Volumes = [] } = await ec2.send(
      new DescribeVolumesCommand({ Filters: [{ Name: "status", Values: ["in-use"] }] }),
    );
    const used = there(Volumes[0]?.VolumeId);
    expect((await refused(ec2.send(new DeleteVolumeCommand({ VolumeId: used })))).name).toBe("VolumeInUse");
    await ec2.send(new DeleteVolumeCommand({ VolumeId }));
    expect(await refused(ec2.send(new DeleteVolumeCommand({ VolumeId })))).toEqual({
      name: "InvalidVolume.NotFound",
      message: `The volume '${VolumeId}' does not exist.`,
    });
  });
});
