import {
  DescribeAvailabilityZonesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeRegionsCommand,
  DescribeSpotPriceHistoryCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
} from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { refused, started } from "../started.js";

describe("the initial contents of a region", () => {
  test("regions with their opt-in state", async () => {
    const cloud = await started();
    const own = await cloud.ec2().send(new DescribeRegionsCommand({}));
    const all = await cloud.ec2().send(new DescribeRegionsCommand({ AllRegions: true }));
    expect(own.Regions?.every(({ OptInStatus }) => OptInStatus === "opt-in-not-required")).toBe(true);
    expect(all.Regions?.find(({ RegionName }) => RegionName === "af-south-1")?.OptInStatus).toBe("not-opted-in");
    const unknown = cloud.ec2().send(new DescribeRegionsCommand({ RegionNames: ["mars-1"] }));
    expect((await refused(unknown)).message).toBe("Invalid region provided: [mars-1]");
  });

  test("a default VPC with a subnet in each zone", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2("ap-northeast-1");
    const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["true"] }] }));
    const { Subnets } = await ec2.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [Vpcs?.[0]?.VpcId ?? ""] }] }),
    );
    const { AvailabilityZones } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
    expect(Subnets?.map(({ AvailabilityZone }) => AvailabilityZone)).toEqual(
      AvailabilityZones?.map(({ ZoneName }) => ZoneName),
    );
    expect(Subnets?.every(({ MapPublicIpOnLaunch, DefaultForAz }) => MapPublicIpOnLaunch && DefaultForAz)).toBe(true);
  });

  test("the same ids in each run", async () => {
    const ids = async () => {
      const cloud = await started();
      return (await cloud.ec2().send(new DescribeVpcsCommand({}))).Vpcs?.[0]?.VpcId;
    };
    expect(await ids()).toBe(await ids());
  });

  test.each([
    ["t3.micro", ["x86_64"], 2, 1024],
    ["t4g.medium", ["arm64"], 2, 4096],
    ["m5.xlarge", ["x86_64"], 4, 16_384],
    ["c7g.2xlarge", ["arm64"], 8, 16_384],
    ["t2.micro", ["i386", "x86_64"], 2, 1024],
  ])("instance type %s", async (name, architectures, vcpus, memory) => {
    const cloud = await started();
    const { InstanceTypes } = await cloud
      .ec2()
      .send(new DescribeInstanceTypesCommand({ InstanceTypes: [name as "t3.micro"] }));
    expect(InstanceTypes?.[0]).toMatchObject({
      ProcessorInfo: { SupportedArchitectures: architectures },
      VCpuInfo: { DefaultVCpus: vcpus },
      MemoryInfo: { SizeInMiB: memory },
    });
  });

  test("an old zone has no new instance types", async () => {
    const cloud = await started();
    const { InstanceTypeOfferings } = await cloud.ec2().send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: "availability-zone",
        Filters: [{ Name: "instance-type", Values: ["t3.micro"] }],
      }),
    );
    expect(InstanceTypeOfferings?.map(({ Location }) => Location)).toEqual(
      ["-bos-1a", "-wl1-bos-wlz-1", "a", "b", "c", "d", "f"].map((suffix) => `us-east-1${suffix}`),
    );
  });

  test("spot prices for each zone", async () => {
    const cloud = await started();
    const { SpotPriceHistory = [] } = await cloud
      .ec2("eu-west-1")
      .send(new DescribeSpotPriceHistoryCommand({ InstanceTypes: ["t3.micro"], ProductDescriptions: ["Linux/UNIX"] }));
    expect(SpotPriceHistory).toHaveLength(3);
    expect(Number(SpotPriceHistory[0]?.SpotPrice)).toBeGreaterThan(0);
  });
});
