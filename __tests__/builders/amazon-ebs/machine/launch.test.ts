import { DescribeImagesCommand, DescribeInstancesCommand, DescribeVolumesCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { messageOf } from "../../../../src/core/errors.js";
import { testCloud } from "../../../support/cloud.js";
import { bake, type Ended } from "../bake.js";

const cloud = testCloud({ scale: 0 });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

const NO_CAPACITY = { action: "RunInstances", do: "error", code: "InsufficientInstanceCapacity", status: 400 } as const;

/** Returns what each RunInstances call requested: `spot m5.large us-east-1a`. */
function tried(): readonly string[] {
  return cloud
    .endpoint()
    .calls()
    .filter((call) => call.action === "RunInstances")
    .map(({ params }) => {
      const request = params as {
        InstanceType?: string;
        Placement?: { AvailabilityZone?: string };
        InstanceMarketOptions?: { MarketType?: string };
      };
      const parts = [
        request.InstanceMarketOptions?.MarketType,
        request.InstanceType,
        request.Placement?.AvailabilityZone,
      ];
      return parts.filter((part) => part !== undefined).join(" ");
    });
}

const SPOT = {
  instance_type: "",
  spot_price: "auto",
  spot_instance_types: ["m5.large", "c5.large"],
  skip_create_ami: true,
};

describe("an instance without capacity", () => {
  test("is requested in each zone, each time with a new token", async () => {
    cloud.endpoint().faults([{ ...NO_CAPACITY, times: 2 }]);
    const { error } = await bake(cloud, { ami_name: "zones", skip_create_ami: true });
    expect(error).toBeUndefined();
    expect(tried()).toEqual(["t3.micro", "t3.micro us-east-1a", "t3.micro us-east-1b"]);
    const tokens = cloud
      .endpoint()
      .calls()
      .flatMap((call) => (call.params as { ClientToken?: string }).ClientToken ?? []);
    expect(new Set(tokens).size).toBe(3);
  });

  test.each([
    [
      "Unsupported",
      "Your requested instance type (t3.micro) is not supported in your requested Availability Zone (us-east-1a).",
    ],
    ["InsufficientVolumeCapacity", "There is not enough capacity"],
    ["VolumeTypeNotAvailableInZone", "io2 is not available"],
    ["MissingInput", "No default subnet for availability zone: 'us-east-1a'."],
  ])("(%s in a zone) is requested in the next zone", async (code, message) => {
    cloud.endpoint().faults([
      { ...NO_CAPACITY, nth: 1 },
      { action: "RunInstances", do: "error", code, message, status: 400, nth: 2 },
    ]);
    const { error } = await bake(cloud, { ami_name: "zones", skip_create_ami: true });
    expect(error).toBeUndefined();
    expect(tried()).toEqual(["t3.micro", "t3.micro us-east-1a", "t3.micro us-east-1b"]);
  });

  test("is requested in Availability Zones only", async () => {
    cloud.endpoint().faults([{ ...NO_CAPACITY, times: 99 }]);
    const { error } = await bake(cloud, { ami_name: "zones", skip_create_ami: true });
    expect(error).toMatchObject({ code: "no-capacity" });
    expect(tried().length).toBeGreaterThan(3);
    expect(tried().filter((place) => !/^t3\.micro( us-east-1[a-f])?$/.test(place))).toEqual([]);
  });

  test.each([
    ["Unsupported", "ED25519 key pairs are not supported with Windows AMIs", "aws-invalid"],
    ["VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit of 5", "aws-quota"],
    ["InstanceLimitExceeded", "no", "aws-quota"],
    ["MaxSpotInstanceCountExceeded", "no", "aws-quota"],
  ])("because of %s is not requested again", async (code, message, ours) => {
    cloud.endpoint().faults([{ action: "RunInstances", do: "error", code, message, status: 400, times: 99 }]);
    const { error } = await bake(cloud, { ami_name: "once" });
    expect(error).toMatchObject({
      code: ours,
      message: expect.stringContaining(message),
      hint: ours === "aws-quota" ? expect.stringContaining("/servicequotas/home/services/ec2/quotas") : undefined,
    });
    expect(tried()).toHaveLength(1);
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("is not requested in other zones when the template sets the zone", async () => {
    cloud.endpoint().faults([{ ...NO_CAPACITY, times: 9 }]);
    const { error } = await bake(cloud, { ami_name: "one zone", availability_zone: "us-east-1b" });
    expect(error).toMatchObject({
      code: "no-capacity",
      detail: "Tried: on-demand t3.micro us-east-1b",
    });
    expect(tried()).toEqual(["t3.micro us-east-1b"]);
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("that fails while pending is requested in other zones too", async () => {
    cloud.endpoint().faults([
      {
        action: "RunInstances",
        do: "fail",
        code: "Server.InsufficientInstanceCapacity",
        message: "Server.InsufficientInstanceCapacity: none left",
      },
    ]);
    const { error } = await bake(cloud, { ami_name: "dies", skip_create_ami: true });
    expect(error).toBeUndefined();
    expect(tried()).toHaveLength(2);
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("that fails for another reason is an error with the reason", async () => {
    cloud
      .endpoint()
      .faults([
        { action: "RunInstances", do: "fail", code: "Client.InternalError", message: "Client error on launch" },
      ]);
    const { error } = await bake(cloud, { ami_name: "dies" });
    expect(error).toMatchObject({
      code: "instance-ended",
      message: expect.stringMatching(/Client error on launch/),
      hint: expect.stringMatching(/KMS/),
    });
    expect(cloud.endpoint().held()).toEqual({});
  });
});

describe("a spot build", () => {
  test("tries its types in order, then zone by zone, and reports what it tried", async () => {
    cloud.endpoint().faults([{ ...NO_CAPACITY, times: 99 }]);
    const { error } = await bake(cloud, { ...SPOT, ami_name: "spot" });
    expect(error).toMatchObject({
      code: "no-capacity",
      hint: expect.stringMatching(/spot-fallback/),
      detail: expect.stringMatching(/^Tried: spot m5.large, spot c5.large, spot m5.large us-east-1a/),
    });
    expect(messageOf(error).match(/InsufficientInstanceCapacity/g)).toHaveLength(1);
    expect(tried().slice(0, 3)).toEqual(["spot m5.large", "spot c5.large", "spot m5.large us-east-1a"]);
    expect(tried().every((text) => text.startsWith("spot"))).toBe(true);
  });

  test("uses on-demand only with spot-fallback", async () => {
    cloud.endpoint().faults([{ ...NO_CAPACITY, times: 2 }]);
    const { error } = await bake(
      cloud,
      { ...SPOT, ami_name: "fallback", availability_zone: "us-east-1a" },
      { settings: { spotFallback: true } },
    );
    expect(error).toBeUndefined();
    expect(tried()).toEqual(["spot m5.large us-east-1a", "spot c5.large us-east-1a", "m5.large us-east-1a"]);
  });

  test("creates its image without stopping the instance", async () => {
    const { error } = await bake(cloud, { ...SPOT, ami_name: "running", skip_create_ami: false });
    expect(error).toBeUndefined();
    expect(
      cloud
        .endpoint()
        .calls()
        .map((call) => call.action),
    ).not.toContain("StopInstances");
  });
});

/** Bakes and runs `inspect` while the instance exists. */
async function whileBaking(
  given: Parameters<typeof bake>[1],
  inspect: () => Promise<void>,
  more: Parameters<typeof bake>[2] = {},
): Promise<Ended> {
  return bake(cloud, { skip_create_ami: true, ami_name: "inspected", ...given }, { ...more, provision: inspect });
}

describe("the instance", () => {
  test("requires IMDSv2, and the instance, its volumes and interface have bake-ami's tags from the start", async () => {
    const ended = await whileBaking({ run_tags: { Team: "infra" }, run_volume_tags: { Disk: "yes" } }, async () => {
      const ec2 = await cloud.session().ec2();
      const { Reservations } = await ec2.send(
        new DescribeInstancesCommand({ Filters: [{ Name: "instance-state-name", Values: ["running"] }] }),
      );
      const instance = Reservations?.[0]?.Instances?.[0];
      const tag = (tags: { Key?: string | undefined; Value?: string | undefined }[] | undefined, key: string) =>
        tags?.find((each) => each.Key === key)?.Value;
      expect(instance?.MetadataOptions?.HttpTokens).toBe("required");
      expect(tag(instance?.Tags, "Team")).toBe("infra");
      expect(tag(instance?.Tags, "bake-ami:owner")).toBe("bake-ami");
      const ids = instance?.BlockDeviceMappings?.flatMap((mapping) => mapping.Ebs?.VolumeId ?? []);
      const { Volumes } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: ids }));
      expect(tag(Volumes?.[0]?.Tags, "Disk")).toBe("yes");
      expect(tag(Volumes?.[0]?.Tags, "bake-ami:run")).toBe("run-1");
    });
    expect(ended.error).toBeUndefined();
  });

  test("deletes its volumes with it, and the image records what the template sets", async () => {
    const devices = [
      { device_name: "/dev/sdb", volume_size: 1, delete_on_termination: false },
      { device_name: "/dev/sdc", volume_size: 1 },
      { device_name: "/dev/sdd", volume_size: 1, delete_on_termination: true },
    ];
    await bake(cloud, { ami_name: "volumes", launch_block_device_mappings: devices });
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
    const ec2 = await cloud.session().ec2();
    const Filters = [{ Name: "name", Values: ["volumes"] }];
    const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ["self"], Filters }));
    const recorded = Images?.[0]?.BlockDeviceMappings?.map(
      ({ DeviceName, Ebs }) => [DeviceName, Ebs?.DeleteOnTermination] as const,
    );
    expect(Object.fromEntries(recorded ?? [])).toMatchObject({
      "/dev/sdb": false,
      "/dev/sdc": false,
      "/dev/sdd": true,
    });
  });

  test("with a policy gets a temporary profile, which is removed afterwards", async () => {
    const policy = { Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["*"] }] };
    const permissionsBoundary = "arn:aws:iam::123456789012:policy/bake-ami-boundary";
    const ended = await whileBaking(
      { temporary_iam_instance_profile_policy_document: policy },
      async () => {
        expect(Object.keys(cloud.endpoint().held())).toEqual(expect.arrayContaining(["instances"]));
      },
      { settings: { permissionsBoundary } },
    );
    expect(ended.error).toBeUndefined();
    const calls = cloud.endpoint().calls();
    expect(calls.map((call) => call.action)).toContain("PutRolePolicy");
    const created = calls.find((call) => call.action === "CreateRole");
    expect(created?.params).toMatchObject({ PermissionsBoundary: permissionsBoundary });
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("with a profile that does not exist is not launched", async () => {
    const { error } = await bake(cloud, { ami_name: "profile", iam_instance_profile: "nobody" });
    expect(error).toMatchObject({ code: "instance-profile-not-found", resource: "nobody" });
    expect(tried()).toEqual([]);
    expect(cloud.endpoint().held()).toEqual({});
  });
});

describe("the subnet", () => {
  test("with the most free addresses is chosen for a public address, in a zone that offers the type", async () => {
    const ended = await whileBaking({ associate_public_ip_address: true }, async () => undefined);
    expect(ended.error).toBeUndefined();
    const { params } =
      cloud
        .endpoint()
        .calls()
        .find((call) => call.action === "RunInstances") ?? {};
    expect(params).toMatchObject({
      NetworkInterface: [{ AssociatePublicIpAddress: expect.anything(), SubnetId: expect.stringMatching(/^subnet-/) }],
    });
  });

  test.each([{ most_free: true }, { random: true }])("of several by %j is not the only one tried", async (how) => {
    cloud.endpoint().faults([{ ...NO_CAPACITY, code: "InsufficientFreeAddressesInSubnet", times: 2 }]);
    const filters = { "availability-zone": "us-east-1a,us-east-1b,us-east-1c" };
    const { error } = await bake(cloud, {
      ami_name: "subnets",
      skip_create_ami: true,
      subnet_filter: { filters, ...how },
    });
    expect(error).toBeUndefined();
    const calls = cloud
      .endpoint()
      .calls()
      .filter(({ action }) => action === "RunInstances");
    const subnets = calls.map(({ params }) => (params as { SubnetId?: string }).SubnetId);
    expect(subnets).toHaveLength(3);
    expect(new Set(subnets).size).toBe(3);
  });

  test.each([{ most_free: true }, { random: true }])("of several is chosen by %j", async (how) => {
    const ended = await whileBaking(
      { subnet_filter: { filters: { "availability-zone": "us-east-1a,us-east-1b" }, ...how } },
      async () => undefined,
    );
    expect(ended.error).toBeUndefined();
    const { params } =
      cloud
        .endpoint()
        .calls()
        .find((call) => call.action === "RunInstances") ?? {};
    expect(params).toMatchObject({ SubnetId: expect.stringMatching(/^subnet-/) });
  });
});
