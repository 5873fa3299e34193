import {
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { refused, started, there } from "../started.js";
import { described, launched, sourceImage } from "../steps.js";

describe("the life of an instance", () => {
  test("goes through the states pending, running, stopping, stopped, running, shutting-down, terminated", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    const { InstanceId: id = "", State } = await launched(ec2);
    const state = async () => (await described(ec2, id)).State?.Name;
    expect(State?.Name).toBe("pending");
    cloud.pass(2);
    expect(await state()).toBe("pending");
    cloud.pass(6);
    expect(await state()).toBe("running");
    const stopped = await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
    expect(stopped.StoppingInstances?.[0]).toMatchObject({
      PreviousState: { Name: "running" },
      CurrentState: { Name: "stopping" },
    });
    cloud.pass(30);
    expect(await state()).toBe("stopped");
    await ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
    cloud.pass(30);
    expect(await state()).toBe("running");
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect(await state()).toBe("shutting-down");
    cloud.pass(60);
    const ended = await described(ec2, id);
    expect(ended.State?.Name).toBe("terminated");
    expect(ended.StateReason?.Code).toBe("Client.UserInitiatedShutdown");
    expect(ended.StateTransitionReason).toMatch(/^User initiated \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT\)$/);
    expect(ended.PublicIpAddress).toBeUndefined();
  });

  test("a new id is unknown for a moment, also to calls that change it", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    const { InstanceId: id = "" } = await launched(ec2);
    expect(await refused(described(ec2, id))).toEqual({
      name: "InvalidInstanceID.NotFound",
      message: `The instance ID '${id}' does not exist`,
    });
    const terminate = () => ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect((await refused(terminate())).name).toBe("InvalidInstanceID.NotFound");
    cloud.pass(2);
    await terminate();
    cloud.pass(60);
    expect((await described(ec2, id)).State?.Name).toBe("terminated");
  });

  test("shows addresses, placement, tags, volumes and groups", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const { InstanceId: id = "" } = await launched(ec2, {
      TagSpecifications: [
        { ResourceType: "instance", Tags: [{ Key: "Name", Value: "bake" }] },
        { ResourceType: "volume", Tags: [{ Key: "Name", Value: "disk" }] },
        { ResourceType: "network-interface", Tags: [{ Key: "Name", Value: "card" }] },
      ],
      Placement: { AvailabilityZone: "us-east-1b" },
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
      BlockDeviceMappings: [
        { DeviceName: "/dev/sda1", Ebs: { VolumeSize: 20, VolumeType: "gp3" } },
        { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 5, DeleteOnTermination: false } },
      ],
    });
    const instance = await described(ec2, id);
    expect(instance).toMatchObject({
      State: { Name: "running", Code: 16 },
      Placement: { AvailabilityZone: "us-east-1b" },
      MetadataOptions: { HttpTokens: "required", HttpEndpoint: "enabled", HttpPutResponseHopLimit: 1 },
      Tags: [{ Key: "Name", Value: "bake" }],
      RootDeviceName: "/dev/sda1",
      SecurityGroups: [{ GroupName: "default" }],
      Architecture: "x86_64",
    });
    expect(instance.PrivateIpAddress).toMatch(/^172\.31\./);
    expect(instance.PublicDnsName).toMatch(/^ec2-203-0-/);
    const { Volumes = [] } = await ec2.send(
      new DescribeVolumesCommand({ Filters: [{ Name: "attachment.instance-id", Values: [id] }] }),
    );
    expect(
      Volumes.map(({ Size, VolumeType, Iops, Throughput, Tags }) => ({ Size, VolumeType, Iops, Throughput, Tags })),
    ).toEqual([
      { Size: 20, VolumeType: "gp3", Iops: 3000, Throughput: 125, Tags: [{ Key: "Name", Value: "disk" }] },
      { Size: 5, VolumeType: "gp2", Iops: undefined, Throughput: undefined, Tags: [{ Key: "Name", Value: "disk" }] },
    ]);
    const { NetworkInterfaces = [] } = await ec2.send(new DescribeNetworkInterfacesCommand({}));
    expect(NetworkInterfaces[0]).toMatchObject({ TagSet: [{ Key: "Name", Value: "card" }], Status: "in-use" });
    const { Tags = [] } = await ec2.send(new DescribeTagsCommand({ Filters: [{ Name: "key", Values: ["Name"] }] }));
    expect(Tags.map(({ ResourceType, Value }) => `${ResourceType} ${Value}`).sort()).toEqual([
      "instance bake",
      "network-interface card",
      "volume disk",
      "volume disk",
    ]);
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    const { Volumes: left = [] } = await ec2.send(new DescribeVolumesCommand({}));
    expect(left.map(({ Size, State }) => ({ Size, State }))).toEqual([{ Size: 5, State: "available" }]);
  });
});

describe("client tokens of RunInstances", () => {
  const input = { ClientToken: "t", InstanceType: "t3.micro", MinCount: 1, MaxCount: 1 } as const;

  test("launch once in a region, and once in each zone that is named", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const ImageId = there((await sourceImage(ec2)).ImageId);
    const run = async (zone?: string) => {
      const Placement = zone === undefined ? undefined : { AvailabilityZone: zone };
      const { Instances } = await ec2.send(new RunInstancesCommand({ ...input, ImageId, Placement }));
      return there(Instances?.[0]?.InstanceId);
    };
    expect(await run()).toBe(await run());
    expect(await run("us-east-1a")).toBe(await run("us-east-1a"));
    expect(await run("us-east-1b")).not.toBe(await run("us-east-1a"));
    expect(cloud.endpoint.held().instances).toHaveLength(3);
    const { Reservations = [] } = await ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: "client-token", Values: ["t"] }] }),
    );
    expect(Reservations).toHaveLength(3);
  });

  test("refuse other parameters", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    const ImageId = there((await sourceImage(ec2)).ImageId);
    await ec2.send(new RunInstancesCommand({ ...input, ImageId }));
    const other = ec2.send(new RunInstancesCommand({ ...input, ImageId, InstanceType: "t3.small" }));
    expect((await refused(other)).name).toBe("IdempotentParameterMismatch");
  });

  test("return an instance that was terminated in the meantime", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const ImageId = there((await sourceImage(ec2)).ImageId);
    const first = await ec2.send(new RunInstancesCommand({ ...input, ImageId }));
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [there(first.Instances?.[0]?.InstanceId)] }));
    const again = await ec2.send(new RunInstancesCommand({ ...input, ImageId }));
    expect(again.Instances?.[0]?.State?.Name).toBe("terminated");
  });
});

describe("what RunInstances refuses", () => {
  test.each([
    ["an unknown image", { ImageId: "ami-0123456789abcdef0" }, "InvalidAMIID.NotFound"],
    ["an id that is none", { ImageId: "ubuntu" }, "InvalidAMIID.Malformed"],
    ["an unknown key pair", { KeyName: "nokey" }, "InvalidKeyPair.NotFound"],
    ["an unknown group", { SecurityGroupIds: ["sg-0123456789abcdef0"] }, "InvalidGroup.NotFound"],
    ["an unknown subnet", { SubnetId: "subnet-0123456789abcdef0" }, "InvalidSubnetID.NotFound"],
    ["an unknown type", { InstanceType: "t9.mega" }, "InvalidParameterValue"],
    ["a type of another architecture", { InstanceType: "t4g.micro" }, "InvalidParameterValue"],
    ["a zone without the type", { Placement: { AvailabilityZone: "us-east-1e" } }, "Unsupported"],
    ["an unknown profile", { IamInstanceProfile: { Name: "none" } }, "InvalidParameterValue"],
    [
      "a disk smaller than its snapshot",
      { BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { VolumeSize: 4 } }] },
      "InvalidBlockDeviceMapping",
    ],
    [
      "throughput on gp2",
      { BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { Throughput: 200, VolumeType: "gp2" } }] },
      "InvalidParameterCombination",
    ],
    [
      "io1 without iops",
      { BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { VolumeSize: 9, VolumeType: "io1" } }] },
      "MissingParameter",
    ],
    ["user data that is not base64", { UserData: "#!/bin/sh" }, "InvalidParameterValue"],
    ["too much user data", { UserData: Buffer.alloc(17_000).toString("base64") }, "InvalidParameterValue"],
    [
      "tags of AWS",
      { TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "aws:x", Value: "" }] }] },
      "InvalidParameterValue",
    ],
    [
      "tags on what it does not make",
      { TagSpecifications: [{ ResourceType: "image", Tags: [{ Key: "x", Value: "" }] }] },
      "InvalidParameterValue",
    ],
    ["a parameter that is not there", { ImageId: "resolve:ssm:/none" }, "InvalidParameterValue"],
    ["a dry run that would work", { DryRun: true }, "DryRunOperation"],
  ])("%s", async (_what, input, code) => {
    const cloud = await started({ scale: 0 });
    expect((await refused(launched(cloud.ec2(), input as object))).name).toBe(code);
    expect(cloud.endpoint.held()).toEqual({});
  });

  test("resolves a public parameter", async () => {
    const cloud = await started({ scale: 0 });
    const { ImageId } = await launched(cloud.ec2(), {
      ImageId: "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
    });
    expect((await sourceImage(cloud.ec2(), "al2023-ami-2023*x86_64")).ImageId).toBe(ImageId);
  });
});

describe("changes", () => {
  test("some attributes change only while the instance is stopped", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const { InstanceId = "" } = await launched(ec2);
    const ena = () => ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, EnaSupport: { Value: false } }));
    expect((await refused(ena())).name).toBe("IncorrectInstanceState");
    await ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }));
    await ena();
    const read = await ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute: "enaSupport" }));
    expect(read.EnaSupport?.Value).toBe(false);
  });

  test("user data is read back, and termination can be forbidden", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const UserData = Buffer.from("#!/bin/sh\necho hi\n").toString("base64");
    const { InstanceId = "" } = await launched(ec2, { UserData, DisableApiTermination: true });
    const read = await ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute: "userData" }));
    expect(read.UserData?.Value).toBe(UserData);
    const end = () => ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    expect((await refused(end())).name).toBe("OperationNotPermitted");
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: false } }));
    await end();
  });

  test("status checks pass some time after the launch", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    const { InstanceId = "" } = await launched(ec2);
    const status = async () => {
      const { InstanceStatuses = [] } = await ec2.send(
        new DescribeInstanceStatusCommand({ InstanceIds: [InstanceId] }),
      );
      return InstanceStatuses[0]?.InstanceStatus?.Status;
    };
    cloud.pass(3);
    expect(await status()).toBeUndefined();
    cloud.pass(6);
    expect(await status()).toBe("initializing");
    cloud.pass(60);
    expect(await status()).toBe("ok");
  });

  test("a one-time spot instance cannot be stopped", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const { InstanceId = "", InstanceLifecycle } = await launched(ec2, {
      InstanceMarketOptions: { MarketType: "spot" },
    });
    expect(InstanceLifecycle).toBe("spot");
    expect((await refused(ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] })))).name).toBe(
      "UnsupportedOperation",
    );
  });

  test("a key and a group made before can be used", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    await ec2.send(new CreateKeyPairCommand({ KeyName: "k", KeyType: "ed25519" }));
    const { GroupId = "" } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: "g", Description: "d" }));
    expect((await refused(launched(ec2, { SecurityGroupIds: [GroupId] }))).name).toBe("InvalidGroup.NotFound");
    cloud.pass(2);
    const instance = await launched(ec2, { KeyName: "k", SecurityGroupIds: [GroupId] });
    expect(instance).toMatchObject({ KeyName: "k", SecurityGroups: [{ GroupId, GroupName: "g" }] });
  });
});
