import {
  CreateSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Json } from "../../../src/options/collections.js";
import { testCloud } from "../../support/cloud.js";
import { amis, bake } from "./bake.js";

const cloud = testCloud();
const ACCOUNT = "210987654321";
const ORGANIZATION = `arn:aws:organizations::${ACCOUNT}:organization/o-abcdefghij`;
const UNIT = `arn:aws:organizations::${ACCOUNT}:ou/o-abcdefghij/ou-ab12-cdefghij`;

beforeEach(() => cloud.endpoint().forget());

type Given = Readonly<Record<string, Json>>;

/** Returns the parameters of the calls of an action. */
const sent = (action: string, region?: string) =>
  cloud
    .endpoint()
    .calls()
    .filter((call) => call.action === action && (region === undefined || call.region === region))
    .map(({ params }) => params);

let count = 0;
const named = (given: Given): Given => ({ ami_name: `option ${++count}`, ...given });

/** Matches the tags of a kind of resource in a call. */
const tagged = (ResourceType: string, tag: object) =>
  expect.objectContaining({ ResourceType, Tag: expect.arrayContaining([tag]) });

describe("an instance option is in the RunInstances call", () => {
  const off: Given = { skip_create_ami: true };
  test.each<[Given, object]>([
    [{ availability_zone: "us-east-1b" }, { Placement: { AvailabilityZone: "us-east-1b" } }],
    [{ ebs_optimized: true, instance_type: "m5.large" }, { EbsOptimized: "true" }],
    [{ placement: { tenancy: "dedicated" } }, { Placement: { Tenancy: "dedicated" } }],
    [{ tenancy: "dedicated" }, { Placement: { Tenancy: "dedicated" } }],
    [{ shutdown_behavior: "terminate" }, { InstanceInitiatedShutdownBehavior: "terminate" }],
    [{ enable_unlimited_credits: true }, { CreditSpecification: { CpuCredits: "unlimited" } }],
    [{}, { CreditSpecification: { CpuCredits: "standard" } }],
    [{ user_data: "#!/bin/sh\n" }, { UserData: Buffer.from("#!/bin/sh\n").toString("base64") }],
    [{ metadata_options: { http_tokens: "optional" } }, { MetadataOptions: { HttpTokens: "optional" } }],
    [{ associate_public_ip_address: false }, { NetworkInterface: [{ AssociatePublicIpAddress: "false" }] }],
    [{ iam_instance_profile: "unseen", skip_profile_validation: true }, { IamInstanceProfile: { Name: "unseen" } }],
    [{ spot_price: "0.5" }, { InstanceMarketOptions: { MarketType: "spot", SpotOptions: { MaxPrice: "0.5" } } }],
    [
      { spot_price: "auto", spot_tags: { Team: "spot" } },
      { TagSpecification: expect.arrayContaining([tagged("spot-instances-request", { Key: "Team", Value: "spot" })]) },
    ],
  ])("%j", async (given, expected) => {
    await bake(cloud, named({ ...off, ...given }));
    expect(sent("RunInstances")[0]).toMatchObject(expected);
  });
});

describe("the network of the instance", () => {
  /** A subnet and a security group of the default VPC. */
  async function network() {
    const ec2 = await cloud.session().ec2();
    const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
    const subnet = Subnets?.[0];
    const name = `own ${++count}`;
    const { GroupId = "" } = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId: subnet?.VpcId }),
    );
    return { subnet: subnet?.SubnetId ?? "", vpc: subnet?.VpcId ?? "", group: GroupId, name };
  }
  type Network = Awaited<ReturnType<typeof network>>;

  test.each<[string, (there: Network) => Given, (there: Network) => object]>([
    ["security_group_id", ({ group }) => ({ security_group_id: group }), ({ group }) => ({ SecurityGroupId: [group] })],
    [
      "security_group_ids",
      ({ group }) => ({ security_group_ids: [group] }),
      ({ group }) => ({ SecurityGroupId: [group] }),
    ],
    [
      "security_group_filter",
      ({ name }) => ({ security_group_filter: { filters: { "group-name": name } } }),
      ({ group }) => ({ SecurityGroupId: [group] }),
    ],
    ["subnet_id", ({ subnet }) => ({ subnet_id: subnet }), ({ subnet }) => ({ SubnetId: subnet })],
    [
      "subnet_filter",
      ({ subnet }) => ({ subnet_filter: { filters: { "subnet-id": subnet } } }),
      ({ subnet }) => ({ SubnetId: subnet }),
    ],
  ])("%s", async (_, given, expected) => {
    const there = await network();
    const { error } = await bake(cloud, named({ skip_create_ami: true, ...given(there) }));
    expect(error).toBeUndefined();
    expect(sent("RunInstances")[0]).toMatchObject(expected(there));
  });

  test.each<[string, (there: Network) => Given]>([
    ["vpc_id", ({ vpc }) => ({ vpc_id: vpc })],
    ["vpc_filter", ({ vpc }) => ({ vpc_filter: { filters: { "vpc-id": vpc } } })],
  ])("%s is the VPC of the temporary group", async (_, given) => {
    const there = await network();
    const { error } = await bake(cloud, named({ skip_create_ami: true, ...given(there) }));
    expect(error).toBeUndefined();
    expect(sent("CreateSecurityGroup").at(-1)).toMatchObject({ VpcId: there.vpc });
  });
});

describe("the temporary key pair", () => {
  const SSH: Given = { communicator: "ssh", ssh_host: "127.0.0.1", ssh_port: 9, ssh_timeout: "1s" };
  const keyOf = (params: object) => Buffer.from(String(Reflect.get(params, "PublicKeyMaterial")), "base64").toString();

  test.each<[Given, object, RegExp]>([
    [{}, { KeyName: expect.stringMatching(/^packer_/) }, /^ssh-ed25519 /],
    [{ temporary_key_pair_type: "rsa", temporary_key_pair_name: "mine" }, { KeyName: "mine" }, /^ssh-rsa AAAA/],
  ])("%j", async (given, expected, key) => {
    await bake(cloud, named({ ...SSH, ...given }));
    const [params = {}] = sent("ImportKeyPair");
    expect(params).toMatchObject(expected);
    expect(keyOf(params)).toMatch(key);
  });
});

test("the temporary key pair is RSA with 4096 bits for a source image in FIPS mode", async () => {
  const { artifact } = await bake(cloud, { ami_name: "base-fips" });
  const source = artifact?.kind === "ami" ? artifact.images[0]?.imageId : undefined;
  cloud.endpoint().forget();
  const ssh = { communicator: "ssh", ssh_host: "127.0.0.1", ssh_port: 9, ssh_timeout: "1s" };
  await bake(cloud, named({ ...ssh, source_ami_filter: null, source_ami: source ?? "" }));
  const material = String(sent("ImportKeyPair")[0]?.PublicKeyMaterial);
  const key = Buffer.from(material, "base64").toString();
  expect(key).toMatch(/^ssh-rsa /);
  // 4096 bits are 512 bytes, and more in base64.
  expect(key.length).toBeGreaterThan(700);
});

describe("an image option is in its call", () => {
  test.each<[Given, string, object]>([
    [{ ami_description: "of a test" }, "CreateImage", { Description: "of a test" }],
    [{ ami_users: [ACCOUNT] }, "ModifyImageAttribute", { LaunchPermission: { Add: [{ UserId: ACCOUNT }] } }],
    [{ ami_groups: ["all"] }, "ModifyImageAttribute", { LaunchPermission: { Add: [{ Group: "all" }] } }],
    [
      { ami_org_arns: [ORGANIZATION], ami_ou_arns: [UNIT] },
      "ModifyImageAttribute",
      { LaunchPermission: { Add: [{ OrganizationArn: ORGANIZATION }, { OrganizationalUnitArn: UNIT }] } },
    ],
    [
      { ami_product_codes: ["abcdefghijklmnopqrstuvwxy"] },
      "ModifyImageAttribute",
      { ProductCode: ["abcdefghijklmnopqrstuvwxy"] },
    ],
    [{ imds_support: "v2.0" }, "ModifyImageAttribute", { ImdsSupport: { Value: "v2.0" } }],
    [
      { snapshot_users: [ACCOUNT], snapshot_groups: ["all"] },
      "ModifySnapshotAttribute",
      { CreateVolumePermission: { Add: [{ UserId: ACCOUNT }, { Group: "all" }] } },
    ],
    [{ ena_support: true }, "ModifyInstanceAttribute", { EnaSupport: { Value: "true" } }],
    [{ ena_support: false }, "ModifyInstanceAttribute", { EnaSupport: { Value: "false" } }],
    [{ sriov_support: true }, "ModifyInstanceAttribute", { SriovNetSupport: { Value: "simple" } }],
    [
      { deregistration_protection: { with_cooldown: true } },
      "EnableImageDeregistrationProtection",
      { WithCooldown: "true" },
    ],
    [{ encrypt_boot: true, kms_key_id: "alias/own" }, "CopyImage", { Encrypted: "true", KmsKeyId: "alias/own" }],
    [
      { encrypt_boot: true, ami_regions: ["eu-west-1"], region_kms_key_ids: { "eu-west-1": "alias/there" } },
      "CopyImage",
      { Encrypted: "true", KmsKeyId: "alias/there" },
    ],
    [
      { ami_regions: ["eu-west-1"], snapshot_copy_duration_minutes: 30 },
      "CopyImage",
      { SnapshotCopyCompletionDurationMinutes: "30" },
    ],
    [
      { ami_block_device_mappings: [{ device_name: "/dev/sdb", virtual_name: "ephemeral0" }] },
      "CreateImage",
      { BlockDeviceMapping: [{ DeviceName: "/dev/sdb", VirtualName: "ephemeral0" }] },
    ],
  ])("%j: %s", async (given, action, expected) => {
    await bake(cloud, named(given));
    expect(sent(action)).toContainEqual(expect.objectContaining(expected));
  });

  test("enhanced networking needs an HVM source image", async () => {
    const { error } = await bake(cloud, named({ ena_support: true, ami_virtualization_type: "paravirtual" }));
    expect(error).toMatchObject({ code: "source-ami-not-hvm", range: { file: "ena_support" } });
    expect(sent("RunInstances")).toEqual([]);
  });

  test("include_deprecated includes deprecated images", async () => {
    await bake(cloud, named({ skip_create_ami: true, source_ami_filter: { ...FILTER, include_deprecated: true } }));
    expect(sent("DescribeImages")).toContainEqual(expect.objectContaining({ IncludeDeprecated: "true" }));
  });

  test("skip_save_build_region keeps only the copies", async () => {
    const ended = await bake(cloud, named({ ami_regions: ["eu-west-1"], skip_save_build_region: true }));
    expect(amis(ended).images.map(({ region }) => region)).toEqual(["eu-west-1"]);
    expect(sent("DeregisterImage", "us-east-1")).toHaveLength(1);
  });
});

const FILTER: Given = {
  filters: { name: "ubuntu/images/*jammy-22.04-amd64*" },
  owners: ["099720109477"],
  most_recent: true,
};

describe("disable_stop_instance", () => {
  test("waits until a provisioner stops the instance", async () => {
    const provision = async () => {
      const ec2 = await cloud.session().ec2();
      const filter = { Name: "instance-state-name", Values: ["running"] };
      const { Reservations } = await ec2.send(new DescribeInstancesCommand({ Filters: [filter] }));
      const ids = (Reservations ?? []).flatMap(
        ({ Instances }) => Instances?.flatMap((one) => one.InstanceId ?? []) ?? [],
      );
      await ec2.send(new StopInstancesCommand({ InstanceIds: ids }));
    };
    const ended = await bake(cloud, named({ disable_stop_instance: true }), { provision });
    expect(amis(ended).images).toHaveLength(1);
    expect(sent("StopInstances")).toHaveLength(1);
  });
});
