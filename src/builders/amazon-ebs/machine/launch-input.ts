import type { FoundImage } from "../../../aws/image.js";
import type { BlockDeviceMapping, LaunchInput } from "../../../aws/instance.js";
import { type ResourceTags, type TaggedResource, tagsToCreate, toTagSpecifications } from "../../../aws/tags.js";
import type { AmazonEbsOptions } from "../options/schema.js";
import type { RenderedTags } from "../tags.js";
import { whyNoTokens } from "./source-system.js";

/** A combination of instance type, subnet or zone, and market to launch with. */
export interface Place {
  readonly instanceType: string;
  readonly subnetId: string | undefined;
  readonly zone: string | undefined;
  readonly spot: boolean;
}

/** Returns the instance types to launch with, the preferred one first. */
export function instanceTypes(
  options: Pick<AmazonEbsOptions, "instance_type" | "spot_instance_types">,
): readonly string[] {
  return options.spot_instance_types.length > 0 ? options.spot_instance_types : [options.instance_type ?? ""];
}

/** Returns the place that is tried first. */
export function firstPlace(
  options: AmazonEbsOptions,
  { subnetId, zone }: Pick<Place, "subnetId" | "zone">,
  spot: boolean,
): Place {
  return { instanceType: instanceTypes(options)[0] ?? "", subnetId, zone, spot };
}

/** Values of the launch in addition to the options. */
export interface LaunchParts {
  readonly imageId: string;
  /** The image that the system comes from: it decides whether IMDSv2 is required. */
  readonly source: FoundImage;
  readonly mappings: readonly BlockDeviceMapping[];
  readonly keyName: string | undefined;
  readonly groupIds: readonly string[];
  /** Undefined leaves it to the subnet. */
  readonly publicAddress: boolean | undefined;
  readonly profileName: string | undefined;
  /** Base64. */
  readonly userData: string | undefined;
  readonly terminateOnShutdown: boolean;
  readonly tags: RenderedTags;
  readonly liveTags: ResourceTags;
}

/** Returns the tags of what a launch creates, by kind of resource. */
function launchTags(
  { tags, liveTags }: Pick<LaunchParts, "tags" | "liveTags">,
  spot: boolean,
  ownership: ResourceTags,
) {
  return {
    instance: { ...tags.run, ...liveTags, ...ownership },
    volume: { ...tags.volume, ...ownership },
    "network-interface": { ...tags.run, ...ownership },
    ...(spot ? { "spot-instances-request": { ...tags.spot, ...ownership } } : {}),
  };
}

/** Returns the tags of an instance that was launched with these parts. */
export function launchedTags(
  parts: Pick<LaunchParts, "tags" | "liveTags">,
  spot: boolean,
  ownership: ResourceTags,
): TaggedResource {
  const all = launchTags(parts, spot, ownership);
  return { tags: all.instance, isPacked: tagsToCreate(all).instance.isPacked };
}

/** Returns the RunInstances request for one place (Packer §3.1.2). */
export function launchInput(
  options: AmazonEbsOptions,
  parts: LaunchParts,
  place: Place,
  ownership: ResourceTags,
): LaunchInput {
  return {
    ImageId: parts.imageId,
    InstanceType: place.instanceType as NonNullable<LaunchInput["InstanceType"]>,
    BlockDeviceMappings: unlessEmpty(parts.mappings),
    KeyName: parts.keyName,
    UserData: parts.userData,
    IamInstanceProfile: parts.profileName ? { Name: parts.profileName } : undefined,
    EbsOptimized: options.ebs_optimized || undefined,
    ...network(parts, place),
    Placement: placement(options, place),
    MetadataOptions: metadata(options, parts.source),
    CreditSpecification: credits(options, place.instanceType),
    ...(place.spot ? spotMarket(options) : onDemandOnly(options, parts)),
    TagSpecifications: toTagSpecifications(launchTags(parts, place.spot, ownership)),
  };
}

function unlessEmpty<T>(list: readonly T[]): T[] | undefined {
  return list.length > 0 ? [...list] : undefined;
}

function network(parts: LaunchParts, place: Place): Partial<LaunchInput> {
  const { publicAddress } = parts;
  if (place.subnetId === undefined || publicAddress === undefined) {
    return { SecurityGroupIds: unlessEmpty(parts.groupIds), SubnetId: place.subnetId };
  }
  return {
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: place.subnetId,
        Groups: unlessEmpty(parts.groupIds),
        AssociatePublicIpAddress: publicAddress,
        DeleteOnTermination: true,
      },
    ],
  };
}

function placement(options: AmazonEbsOptions, place: Place): LaunchInput["Placement"] {
  const chosen = {
    AvailabilityZone: place.subnetId === undefined ? place.zone || undefined : undefined,
    Tenancy: options.placement?.tenancy ?? options.tenancy,
    HostId: options.placement?.host_id || undefined,
    HostResourceGroupArn: options.placement?.host_resource_group_arn || undefined,
  };
  return Object.values(chosen).some((value) => value !== undefined) ? chosen : undefined;
}

/** IMDSv2 is required unless the template sets `http_tokens`, or the source image may not support it. */
function metadata({ metadata_options: given }: AmazonEbsOptions, source: FoundImage): LaunchInput["MetadataOptions"] {
  if (given?.http_endpoint === "disabled") return { HttpEndpoint: "disabled" };
  return {
    HttpEndpoint: "enabled",
    HttpTokens: given?.http_tokens ?? (whyNoTokens(source) === undefined ? "required" : "optional"),
    HttpPutResponseHopLimit: given?.http_put_response_hop_limit || undefined,
    InstanceMetadataTags: given?.instance_metadata_tags === "enabled" ? "enabled" : undefined,
  };
}

/** Burstable types get `standard` credits unless the template sets unlimited ones. */
function credits(options: AmazonEbsOptions, type: string): LaunchInput["CreditSpecification"] {
  if (!/^t(2|3|3a|4g)\./.test(type)) return undefined;
  const unlimited = options.enable_unlimited_credits || options.enable_t2_unlimited === true;
  return { CpuCredits: unlimited ? "unlimited" : "standard" };
}

function spotMarket({ spot_price: price }: AmazonEbsOptions): Partial<LaunchInput> {
  return {
    InstanceMarketOptions: {
      MarketType: "spot",
      SpotOptions: {
        SpotInstanceType: "one-time",
        InstanceInterruptionBehavior: "terminate",
        MaxPrice: price && price !== "auto" ? price : undefined,
      },
    },
  };
}

/** Parameters that spot instances do not accept. */
function onDemandOnly(options: AmazonEbsOptions, { terminateOnShutdown }: LaunchParts): Partial<LaunchInput> {
  const id = options.capacity_reservation_id || undefined;
  const arn = options.capacity_reservation_group_arn || undefined;
  const licences = options.license_specifications.flatMap(
    (each) => each.license_configuration_request?.license_configuration_arn ?? [],
  );
  return {
    InstanceInitiatedShutdownBehavior: terminateOnShutdown ? "terminate" : options.shutdown_behavior,
    CapacityReservationSpecification:
      id || arn
        ? { CapacityReservationTarget: { CapacityReservationId: id, CapacityReservationResourceGroupArn: arn } }
        : { CapacityReservationPreference: options.capacity_reservation_preference ?? "none" },
    LicenseSpecifications: unlessEmpty(licences.map((LicenseConfigurationArn) => ({ LicenseConfigurationArn }))),
    EnclaveOptions: options.enable_nitro_enclave ? { Enabled: true } : undefined,
  };
}
