import {
  CreateFleetCommand,
  type CreateFleetCommandInput,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DescribeImageReferencesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  ModifyLaunchTemplateCommand,
  type RequestLaunchTemplateData,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "@jest/globals";
import { refused, type Started, started, there } from "../started.js";
import { baked, described, launched, sourceImage } from "../steps.js";

async function template(
  cloud: Started,
  data: RequestLaunchTemplateData = {},
  LaunchTemplateName = "web",
): Promise<string> {
  const ImageId = data.ImageId ?? there((await sourceImage(cloud.ec2())).ImageId);
  const response = await cloud.ec2().send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName,
      LaunchTemplateData: { InstanceType: "t3.micro", ...data, ImageId },
    }),
  );
  return there(response.LaunchTemplate?.LaunchTemplateId);
}

describe("launch templates", () => {
  test("versions and the default", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const LaunchTemplateId = await template(cloud, { KeyName: "k" });
    const { LaunchTemplateVersion } = await ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId,
        SourceVersion: "1",
        LaunchTemplateData: { InstanceType: "t3.large" },
      }),
    );
    expect(LaunchTemplateVersion).toMatchObject({
      VersionNumber: 2,
      DefaultVersion: false,
      LaunchTemplateData: { InstanceType: "t3.large", KeyName: "k" },
    });
    await ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion: "2" }));
    const { LaunchTemplates } = await ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: ["web"] }));
    expect(LaunchTemplates?.[0]).toMatchObject({ DefaultVersionNumber: 2, LatestVersionNumber: 2 });
    const { LaunchTemplateVersions } = await ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ["$Default", "1"] }),
    );
    expect(LaunchTemplateVersions?.map(({ VersionNumber }) => VersionNumber)).toEqual([2, 1]);
    await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
    const gone = ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [LaunchTemplateId] }));
    expect((await refused(gone)).name).toBe("InvalidLaunchTemplateId.NotFound");
  });

  test("returns the data as it was set, including lists", async () => {
    const cloud = await started({ scale: 0 });
    const data: RequestLaunchTemplateData = {
      BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { VolumeSize: 9 } }],
      NetworkInterfaces: [{ DeviceIndex: 0, Groups: ["sg-1"], SubnetId: "subnet-1" }],
      SecurityGroupIds: ["sg-2"],
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "a", Value: "b" }] }],
      MetadataOptions: { HttpTokens: "required" },
      UserData: "aGk=",
    };
    const LaunchTemplateId = await template(cloud, data);
    const response = await cloud.ec2().send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId }));
    expect(response.LaunchTemplateVersions?.[0]?.LaunchTemplateData).toMatchObject(data);
  });

  test("resolves an image from a parameter", async () => {
    const cloud = await started({ scale: 0 });
    const { ImageId = "" } = await baked(cloud, "web-1");
    await cloud.ssm().send(new PutParameterCommand({ Name: "/web", Value: ImageId, Type: "String" }));
    const LaunchTemplateId = await template(cloud, { ImageId: "resolve:ssm:/web" });
    const read = async (ResolveAlias: boolean) => {
      const response = await cloud
        .ec2()
        .send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, ResolveAlias }));
      return response.LaunchTemplateVersions?.[0]?.LaunchTemplateData?.ImageId;
    };
    expect([await read(false), await read(true)]).toEqual(["resolve:ssm:/web", ImageId]);
  });

  test("launches from a template; parameters of the call override it", async () => {
    const cloud = await started({ scale: 0 });
    const LaunchTemplateId = await template(cloud, {
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "a", Value: "b" }] }],
    });
    const { Instances } = await cloud.ec2().send(
      new RunInstancesCommand({
        LaunchTemplate: { LaunchTemplateId },
        MinCount: 1,
        MaxCount: 1,
        InstanceType: "t3.small",
      }),
    );
    expect(Instances?.[0]).toMatchObject({ InstanceType: "t3.small", Tags: [{ Key: "a", Value: "b" }] });
  });

  test("a template name is unique", async () => {
    const cloud = await started({ scale: 0 });
    await template(cloud);
    expect((await refused(template(cloud))).name).toBe("InvalidLaunchTemplateName.AlreadyExistsException");
  });
});

describe("instant fleets", () => {
  const fleet = async (cloud: Started, overrides: object[], input: Partial<CreateFleetCommandInput> = {}) => {
    const { LaunchTemplates = [] } = await cloud.ec2().send(new DescribeLaunchTemplatesCommand({}));
    const LaunchTemplateId = LaunchTemplates[0]?.LaunchTemplateId ?? (await template(cloud));
    return cloud.ec2().send(
      new CreateFleetCommand({
        Type: "instant",
        LaunchTemplateConfigs: [
          { LaunchTemplateSpecification: { LaunchTemplateId, Version: "1" }, Overrides: overrides },
        ],
        TargetCapacitySpecification: { TotalTargetCapacity: 1, DefaultTargetCapacityType: "spot" },
        ...input,
      }),
    );
  };

  test("uses the first offer that can be launched, and reports errors of the others", async () => {
    const cloud = await started({ scale: 0 });
    const response = await fleet(cloud, [
      { InstanceType: "m5.large", AvailabilityZone: "us-east-1e" },
      { InstanceType: "t3.small", AvailabilityZone: "us-east-1b" },
    ]);
    expect(response.Errors).toMatchObject([
      { ErrorCode: "Unsupported", LaunchTemplateAndOverrides: { Overrides: { InstanceType: "m5.large" } } },
    ]);
    expect(response.Instances).toMatchObject([{ Lifecycle: "spot", InstanceType: "t3.small" }]);
    const id = there(response.Instances?.[0]?.InstanceIds?.[0]);
    expect(await described(cloud.ec2(), id)).toMatchObject({
      InstanceLifecycle: "spot",
      InstanceType: "t3.small",
      Placement: { AvailabilityZone: "us-east-1b" },
    });
  });

  test("a token makes one fleet", async () => {
    const cloud = await started({ scale: 0 });
    const first = await fleet(cloud, [], { ClientToken: "t" });
    const second = await fleet(cloud, [], { ClientToken: "t" });
    expect(second.FleetId).toBe(first.FleetId);
    expect(cloud.endpoint.held().instances).toHaveLength(1);
  });

  test("tags what it launches", async () => {
    const cloud = await started({ scale: 0 });
    const response = await fleet(cloud, [], {
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "run", Value: "1" }] }],
      TargetCapacitySpecification: { TotalTargetCapacity: 1, DefaultTargetCapacityType: "on-demand" },
    });
    const instance = await described(cloud.ec2(), there(response.Instances?.[0]?.InstanceIds?.[0]));
    expect(instance).toMatchObject({ Tags: [{ Key: "run", Value: "1" }] });
    expect(instance.InstanceLifecycle).toBeUndefined();
  });
});

test("DescribeImageReferences finds instances, templates and parameters", async () => {
  const cloud = await started({ scale: 0 });
  const ec2 = cloud.ec2();
  const { ImageId = "" } = await baked(cloud, "used");
  const { InstanceId } = await launched(ec2, { ImageId });
  const templateId = await template(cloud, { ImageId });
  await cloud
    .ssm()
    .send(new PutParameterCommand({ Name: "/web", Value: ImageId, Type: "String", DataType: "aws:ec2:image" }));
  const all = await ec2.send(
    new DescribeImageReferencesCommand({ ImageIds: [ImageId], IncludeAllResourceTypes: true }),
  );
  expect(all.ImageReferences?.map(({ ResourceType, Arn }) => [ResourceType, Arn])).toEqual([
    ["ec2:Instance", `arn:aws:ec2:us-east-1:123456789012:instance/${InstanceId}`],
    ["ec2:LaunchTemplate", `arn:aws:ec2:us-east-1:123456789012:launch-template/${templateId}`],
    ["ssm:Parameter", "arn:aws:ssm:us-east-1:123456789012:parameter/web"],
  ]);
  const some = await ec2.send(
    new DescribeImageReferencesCommand({ ImageIds: [ImageId], ResourceTypes: [{ ResourceType: "ssm:Parameter" }] }),
  );
  expect(some.ImageReferences).toHaveLength(1);
});
