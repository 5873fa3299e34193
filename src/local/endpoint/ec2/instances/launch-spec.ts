import type { ApiCall } from "../../call.js";
import { findProfile } from "../../iam/instance-profiles.js";
import type { InstanceProfile } from "../../iam/model.js";
import type { TagMap } from "../../records.js";
import { resolveParameter } from "../../ssm/parameters.js";
import { invalid, missing, refusal } from "../../wire/errors.js";
import { flag, group, groups, integer, type Params, text, texts } from "../../wire/query.js";
import { find, isVisible } from "../ids.js";
import { readBlockDevices } from "../images/block-devices.js";
import { usableImage } from "../images/images.js";
import type { DeviceMapping, Image, MetadataOptions } from "../model.js";
import type { Subnet } from "../networks/model.js";
import { tagSpecifications } from "../tags.js";
import { checkInstanceType } from "./instance-types.js";
import { templateData } from "./launch-templates.js";

/** What can be tagged at launch. */
const LAUNCH_KINDS = ["instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu"];

/** A launch that has been checked. */
export interface LaunchSpec {
  readonly image: Image;
  readonly devices: readonly DeviceMapping[];
  readonly type: string;
  readonly keyName: string | undefined;
  readonly subnet: Subnet;
  readonly publicAddress: boolean;
  readonly groupIds: readonly string[];
  readonly profile: InstanceProfile | undefined;
  readonly userData: Uint8Array | undefined;
  readonly spot: boolean;
  readonly shutdownBehavior: "stop" | "terminate";
  readonly disableApiTermination: boolean;
  readonly ebsOptimized: boolean;
  readonly monitoring: boolean;
  readonly metadataOptions: MetadataOptions;
  readonly tags: ReadonlyMap<string, TagMap>;
}

/** The parameters of a launch, those of its launch template under its own. */
export function withTemplate(call: ApiCall): Params {
  const { params } = call;
  const template = group(params, "LaunchTemplate");
  return template === undefined ? params : { ...templateData(call, template), ...params };
}

/** Checks the parameters of a launch, in the order of the service. Throws its errors. */
export function launchSpec(call: ApiCall, params: Params): LaunchSpec {
  const image = launchImage(call, params);
  const type = text(params, "InstanceType") || "m1.small";
  const card = groups(params, "NetworkInterface").find((found) => (integer(found, "DeviceIndex") ?? 0) === 0);
  const subnet = subnetOf(call, params, card);
  checkInstanceType(type, image.architecture, subnet.zone.name);
  const keyName = text(params, "KeyName") || undefined;
  const key = keyName === undefined ? undefined : call.region.keyPairs.get(keyName);
  if (keyName !== undefined && (key === undefined || !isVisible(call, key))) {
    throw refusal("InvalidKeyPair.NotFound", `The key pair '${keyName}' does not exist`);
  }
  return {
    image,
    devices: devicesOf(call, params),
    type,
    keyName,
    subnet,
    publicAddress: (card && flag(card, "AssociatePublicIpAddress")) ?? call.region.network.publicAddresses,
    groupIds: groupsOf(call, params, card),
    profile: profileOf(call, params),
    userData: userDataOf(params),
    spot: text(params, "InstanceMarketOptions.MarketType") === "spot",
    shutdownBehavior: shutdownBehavior(text(params, "InstanceInitiatedShutdownBehavior")),
    disableApiTermination: flag(params, "DisableApiTermination") ?? false,
    ebsOptimized: flag(params, "EbsOptimized") ?? false,
    monitoring: flag(params, "Monitoring.Enabled") ?? false,
    metadataOptions: metadataOptions(params, image),
    tags: tagSpecifications(params, LAUNCH_KINDS),
  };
}

/** Block devices of a launch. Throws InvalidSnapshot.NotFound for a volume from a snapshot that does not exist. */
function devicesOf(call: ApiCall, params: Params): readonly DeviceMapping[] {
  const devices = readBlockDevices(params);
  for (const id of devices.flatMap(({ ebs }) => ebs?.snapshotId || [])) {
    const isOfImage = ({ mappings }: Image) => mappings.some(({ ebs }) => ebs?.snapshotId === id);
    if (![...call.region.images.values()].some(isOfImage)) find(call, "snapshot", call.region.snapshots, id);
  }
  return devices;
}

function launchImage(call: ApiCall, params: Params): Image {
  const named = text(params, "ImageId");
  if (!named) throw missing("ImageId");
  return usableImage(call, named.startsWith("resolve:ssm:") ? resolveParameter(call, named) : named);
}

function subnetOf(call: ApiCall, params: Params, card: Params | undefined): Subnet {
  const { subnets } = call.region.vpc;
  const id = text(params, "SubnetId") || (card && text(card, "SubnetId")) || undefined;
  const zone = text(params, "Placement.AvailabilityZone") || undefined;
  const named = subnets.find((subnet) => subnet.id === id);
  if (id !== undefined && named === undefined) {
    throw refusal("InvalidSubnetID.NotFound", `The subnet ID '${id}' does not exist`);
  }
  const placed = subnets.find((subnet) => subnet.zone.name === zone);
  if (zone !== undefined && placed === undefined) throw invalid("availabilityZone", zone, "Invalid availability zone.");
  if (named !== undefined && placed !== undefined && named !== placed) {
    throw refusal("InvalidParameterCombination", "The subnet is not in the requested availability zone.");
  }
  const found = named ?? placed ?? subnets[0];
  if (found === undefined) throw refusal("VPCIdNotSpecified", "No default VPC for this user");
  return found;
}

function groupsOf(call: ApiCall, params: Params, card: Params | undefined): readonly string[] {
  const { securityGroups } = call.region;
  const own = [...texts(params, "SecurityGroupId"), ...texts(params, "SecurityGroup")];
  if (card !== undefined && own.length > 0) {
    throw refusal(
      "InvalidParameterCombination",
      "Network interfaces and an instance-level security groups may not be specified on the same request",
    );
  }
  const ids = card === undefined ? texts(params, "SecurityGroupId") : texts(card, "SecurityGroupId");
  const byId = ids.map((id) => find(call, "security-group", securityGroups, id).id);
  const byName = texts(params, "SecurityGroup").map((name) => {
    const found = [...securityGroups.values()].find((entry) => entry.name === name);
    if (found === undefined) {
      throw refusal(
        "InvalidGroup.NotFound",
        `The security group '${name}' does not exist in default VPC '${call.region.vpc.vpcId}'`,
      );
    }
    return found.id;
  });
  const usual = [...securityGroups.values()].filter((entry) => entry.name === "default").map((entry) => entry.id);
  return byId.length + byName.length > 0 ? [...byId, ...byName] : usual;
}

function profileOf(call: ApiCall, params: Params): InstanceProfile | undefined {
  const name = text(params, "IamInstanceProfile.Name") || undefined;
  const arn = text(params, "IamInstanceProfile.Arn") || undefined;
  if (name === undefined && arn === undefined) return undefined;
  const profile = findProfile(call, name, arn);
  const { time } = call.cloud;
  if (profile === undefined || time.now() < profile.bornAt + time.of("profile")) {
    const [member, value] = name === undefined ? ["arn", arn ?? ""] : ["name", name];
    throw invalid(
      `iamInstanceProfile.${member}`,
      value,
      `Invalid IAM Instance Profile ${member === "arn" ? "ARN" : "name"}`,
    );
  }
  return profile;
}

/** User data in base64, at most 16 KiB of it. */
export function userDataOf(params: Params, path = "UserData"): Uint8Array | undefined {
  const encoded = text(params, path);
  if (!encoded) return undefined;
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(encoded)) {
    throw refusal("InvalidParameterValue", "Invalid BASE64 encoding of user data");
  }
  const decoded = Buffer.from(encoded, "base64");
  if (decoded.length > 16_384) throw refusal("InvalidParameterValue", "User data is limited to 16384 bytes");
  return decoded;
}

/** The shutdown behaviour by its name; undefined or empty is `stop`. */
export function shutdownBehavior(name: string | undefined): "stop" | "terminate" {
  if (name === "stop" || name === "terminate") return name;
  if (name === undefined || name === "") return "stop";
  throw invalid("instanceInitiatedShutdownBehavior", name);
}

function metadataOptions(params: Params, image: Image): MetadataOptions {
  const v2 = image.imdsSupport === "v2.0";
  return {
    httpTokens: text(params, "MetadataOptions.HttpTokens") || (v2 ? "required" : "optional"),
    httpEndpoint: text(params, "MetadataOptions.HttpEndpoint") || "enabled",
    httpPutResponseHopLimit: integer(params, "MetadataOptions.HttpPutResponseHopLimit") ?? (v2 ? 2 : 1),
    instanceMetadataTags: text(params, "MetadataOptions.InstanceMetadataTags") || "disabled",
  };
}
