import type { FoundImage } from "../../../aws/image.js";
import type { LaunchInput } from "../../../aws/instance.js";
import { type ResourceTags, tagSpecifications } from "../../../aws/tags.js";
import type { AmazonEbsOptions } from "../options/schema.js";
import type { RenderedTags } from "../tags.js";
import { launchMappings } from "./block-devices.js";

/** One place to try a launch at. */
export interface Place {
  readonly instanceType: string;
  readonly subnetId: string | undefined;
  readonly zone: string | undefined;
  readonly spot: boolean;
}

/** What a launch is made of, beside the options. */
export interface LaunchParts {
  readonly source: FoundImage;
  readonly keyName: string | undefined;
  readonly groupIds: readonly string[];
  readonly profileName: string | undefined;
  /** Base64. */
  readonly userData: string | undefined;
  readonly terminateOnShutdown: boolean;
  readonly tags: RenderedTags;
}

/** The RunInstances request of one place (Packer §3.1.2). Pure. */
export function launchInput(
  options: AmazonEbsOptions,
  parts: LaunchParts,
  place: Place,
  ownership: ResourceTags,
): LaunchInput {
  const mappings = launchMappings(options);
  const behavior = parts.terminateOnShutdown ? "terminate" : options.shutdown_behavior;
  return {
    ImageId: parts.source.id,
    InstanceType: place.instanceType as NonNullable<LaunchInput["InstanceType"]>,
    ...(mappings.length > 0 ? { BlockDeviceMappings: [...mappings] } : {}),
    ...(parts.keyName === undefined ? {} : { KeyName: parts.keyName }),
    ...(parts.userData === undefined ? {} : { UserData: parts.userData }),
    ...(parts.profileName ? { IamInstanceProfile: { Name: parts.profileName } } : {}),
    ...(options.ebs_optimized ? { EbsOptimized: true } : {}),
    ...(place.spot || behavior === undefined ? {} : { InstanceInitiatedShutdownBehavior: behavior }),
    ...network(options, parts, place),
    ...placement(options, place),
    ...metadata(options),
    ...credits(options, place.instanceType),
    ...(place.spot ? spotMarket(options) : onDemandOnly(options)),
    TagSpecifications: tagSpecifications({
      instance: { ...parts.tags.run, ...ownership },
      volume: { ...parts.tags.volume, ...ownership },
      "network-interface": { ...parts.tags.run, ...ownership },
      ...(place.spot ? { "spot-instances-request": { ...parts.tags.spot, ...ownership } } : {}),
    }),
  };
}

function network(options: AmazonEbsOptions, parts: LaunchParts, place: Place): Partial<LaunchInput> {
  const groups = [...parts.groupIds];
  const { associate_public_ip_address: associate } = options;
  if (place.subnetId === undefined || associate === undefined) {
    return {
      ...(groups.length > 0 ? { SecurityGroupIds: groups } : {}),
      ...(place.subnetId === undefined ? {} : { SubnetId: place.subnetId }),
    };
  }
  return {
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: place.subnetId,
        Groups: groups,
        AssociatePublicIpAddress: associate,
        DeleteOnTermination: true,
      },
    ],
  };
}

function placement(options: AmazonEbsOptions, place: Place): Partial<LaunchInput> {
  const tenancy = options.placement?.tenancy ?? options.tenancy;
  const chosen = {
    ...(place.subnetId === undefined && place.zone ? { AvailabilityZone: place.zone } : {}),
    ...(tenancy ? { Tenancy: tenancy } : {}),
    ...(options.placement?.host_id ? { HostId: options.placement.host_id } : {}),
    ...(options.placement?.host_resource_group_arn
      ? { HostResourceGroupArn: options.placement.host_resource_group_arn }
      : {}),
  };
  return Object.keys(chosen).length > 0 ? { Placement: chosen } : {};
}

/** IMDSv2 is required unless the template says otherwise. */
function metadata(options: AmazonEbsOptions): Partial<LaunchInput> {
  const given = options.metadata_options;
  if (given?.http_endpoint === "disabled") return { MetadataOptions: { HttpEndpoint: "disabled" } };
  return {
    MetadataOptions: {
      HttpEndpoint: "enabled",
      HttpTokens: given?.http_tokens ?? "required",
      ...(given ? { HttpPutResponseHopLimit: given.http_put_response_hop_limit } : {}),
      ...(given?.instance_metadata_tags === "enabled" ? { InstanceMetadataTags: "enabled" } : {}),
    },
  };
}

/** Burstable types are asked for `standard` credits unless the template wants unlimited ones, as template authors expect. */
function credits(options: AmazonEbsOptions, type: string): Partial<LaunchInput> {
  if (!/^t(2|3|3a|4g)\./.test(type)) return {};
  const unlimited = options.enable_unlimited_credits || options.enable_t2_unlimited === true;
  return { CreditSpecification: { CpuCredits: unlimited ? "unlimited" : "standard" } };
}

function spotMarket(options: AmazonEbsOptions): Partial<LaunchInput> {
  const price = options.spot_price;
  return {
    InstanceMarketOptions: {
      MarketType: "spot",
      SpotOptions: {
        SpotInstanceType: "one-time",
        InstanceInterruptionBehavior: "terminate",
        ...(price && price !== "auto" ? { MaxPrice: price } : {}),
      },
    },
  };
}

function onDemandOnly(options: AmazonEbsOptions): Partial<LaunchInput> {
  const id = options.capacity_reservation_id;
  const arn = options.capacity_reservation_group_arn;
  const licences = options.license_specifications.flatMap(
    (each) => each.license_configuration_request?.license_configuration_arn ?? [],
  );
  return {
    CapacityReservationSpecification:
      id || arn
        ? {
            CapacityReservationTarget: {
              ...(id ? { CapacityReservationId: id } : {}),
              ...(arn ? { CapacityReservationResourceGroupArn: arn } : {}),
            },
          }
        : { CapacityReservationPreference: options.capacity_reservation_preference ?? "none" },
    ...(licences.length > 0
      ? { LicenseSpecifications: licences.map((LicenseConfigurationArn) => ({ LicenseConfigurationArn })) }
      : {}),
    ...(options.enable_nitro_enclave ? { EnclaveOptions: { Enabled: true } } : {}),
  };
}
