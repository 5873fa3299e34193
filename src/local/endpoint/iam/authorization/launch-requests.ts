import type { ApiCall } from "../../call.js";
import { mergeBlockDevices, readBlockDevices } from "../../ec2/images/block-devices.js";
import type { DeviceMapping } from "../../ec2/model.js";
import { resolveParameter } from "../../ssm/parameters.js";
import { flag, groups, integer, type Params, text, texts } from "../../wire/query.js";
import { findProfile } from "../instance-profiles.js";
import { arnOf, type Keys, type ResourceName } from "./resources.js";

/** A resource of a launch, with the keys that the launch sets: an ID, or `*` for one that it creates. */
export interface LaunchResource {
  readonly type: ResourceName;
  readonly id: string;
  readonly keys: Keys;
}

/**
 * Returns the resources that a launch is authorized on (Service Authorization Reference, `RunInstances`): what it names, what EC2 chooses
 * for it, and what it creates.
 */
export function launchResources(call: ApiCall, params: Params): readonly LaunchResource[] {
  const { region } = call;
  const cards = groups(params, "NetworkInterface");
  const zone = text(params, "Placement.AvailabilityZone");
  const subnets = region.vpc.subnets;
  const subnetId =
    text(params, "SubnetId") ||
    cards.flatMap((card) => text(card, "SubnetId") || [])[0] ||
    (subnets.find((each) => each.zone.name === zone) ?? subnets[0])?.id ||
    "*";
  const place = { "ec2:AvailabilityZone": subnets.find(({ id }) => id === subnetId)?.zone.name };
  const vpc = { "ec2:Vpc": arnOf(call, "vpc", region.vpc.vpcId) };
  const given = readBlockDevices(params);
  const keyName = text(params, "KeyName");
  const templates = [
    text(params, "LaunchTemplate.LaunchTemplateId") || text(params, "LaunchTemplate.LaunchTemplateName"),
  ];
  const named = (type: ResourceName, ids: readonly (string | undefined)[]) =>
    ids.flatMap((id) => (id ? [{ type, id, keys: {} }] : []));
  return [
    ...named("image", [imageOf(call, params)]),
    { type: "instance", id: "*", keys: { ...place, ...instanceKeys(call, params) } },
    ...named("subnet", [subnetId]),
    ...named("security-group", groupsOf(call, params, cards)),
    {
      type: "network-interface",
      id: "*",
      keys: {
        ...place,
        ...vpc,
        "ec2:Subnet": arnOf(call, "subnet", subnetId),
        "ec2:AssociatePublicIpAddress": cards.map((card) => flag(card, "AssociatePublicIpAddress"))[0],
      },
    },
    ...named("key-pair", [keyName]),
    ...named("launch-template", templates),
    ...named(
      "snapshot",
      given.map(({ ebs }) => ebs?.snapshotId),
    ),
    ...volumesOf(call, params, given).map((device) => volumeResource(call, device, place)),
  ];
}

/** Returns the role that a launch gives to its instances; undefined for none, and for an unknown profile. */
export function passedRole(call: ApiCall, params: Params): string | undefined {
  const name = text(params, "IamInstanceProfile.Name") || undefined;
  const arn = text(params, "IamInstanceProfile.Arn") || undefined;
  if (name === undefined && arn === undefined) return undefined;
  return findProfile(call, name, arn)?.roleName;
}

function imageOf(call: ApiCall, params: Params): string {
  const named = text(params, "ImageId") || "*";
  if (!named.startsWith("resolve:ssm:")) return named;
  try {
    return resolveParameter(call, named);
  } catch {
    return "*";
  }
}

function groupsOf({ region }: ApiCall, params: Params, cards: readonly Params[]): readonly string[] {
  const own = [params, ...cards].flatMap((each) => [
    ...texts(each, "SecurityGroupId"),
    ...texts(each, "SecurityGroup"),
  ]);
  return own.length > 0
    ? own
    : [...region.securityGroups.values()].filter(({ name }) => name === "default").map(({ id }) => id);
}

function instanceKeys(call: ApiCall, params: Params): Keys {
  const profile = text(params, "IamInstanceProfile.Arn") || text(params, "IamInstanceProfile.Name");
  const isArn = profile?.startsWith("arn:") === true;
  return {
    "ec2:InstanceType": text(params, "InstanceType") || "m1.small",
    "ec2:InstanceMarketType": text(params, "InstanceMarketOptions.MarketType") || "on-demand",
    "ec2:InstanceProfile": profile === undefined || isArn ? profile : arnOf(call, "instance-profile", profile),
    "ec2:EbsOptimized": flag(params, "EbsOptimized") ?? false,
    "ec2:MetadataHttpTokens": text(params, "MetadataOptions.HttpTokens"),
    "ec2:MetadataHttpEndpoint": text(params, "MetadataOptions.HttpEndpoint"),
    "ec2:MetadataHttpPutResponseHopLimit": integer(params, "MetadataOptions.HttpPutResponseHopLimit"),
    "ec2:RootDeviceType": "ebs",
    "ec2:Tenancy": text(params, "Placement.Tenancy") || "default",
  };
}

/** The volumes of a launch: those of the image under those of the call. */
function volumesOf(call: ApiCall, params: Params, given: readonly DeviceMapping[]): readonly DeviceMapping[] {
  const image = call.region.images.get(imageOf(call, params));
  return mergeBlockDevices(image?.mappings ?? [], given).filter(({ ebs }) => ebs !== undefined);
}

function volumeResource(call: ApiCall, { ebs }: DeviceMapping, place: Keys): LaunchResource {
  return {
    type: "volume",
    id: "*",
    keys: {
      ...place,
      "ec2:VolumeType": ebs?.volumeType ?? "gp2",
      "ec2:VolumeSize": ebs?.volumeSize,
      "ec2:VolumeIops": ebs?.iops,
      "ec2:VolumeThroughput": ebs?.throughput,
      "ec2:Encrypted": ebs?.encrypted ?? false,
      "ec2:ParentSnapshot": ebs?.snapshotId === undefined ? undefined : arnOf(call, "snapshot", ebs.snapshotId),
    },
  };
}
