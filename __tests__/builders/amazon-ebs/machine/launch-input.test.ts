import { describe, expect, test } from "@jest/globals";
import { toFoundImage } from "../../../../src/aws/image.js";
import { type LaunchParts, launchInput, type Place } from "../../../../src/builders/amazon-ebs/machine/launch-input.js";
import type { Json } from "../../../../src/options/collections.js";
import { optionsOf } from "../options.js";

const NO_TAGS = { run: {}, volume: {}, spot: {}, image: {}, snapshot: {} };
const PARTS: LaunchParts = {
  imageId: "ami-1",
  mappings: [],
  source: toFoundImage({ ImageId: "ami-1" }),
  keyName: undefined,
  publicAddress: undefined,
  groupIds: ["sg-1"],
  profileName: undefined,
  userData: undefined,
  terminateOnShutdown: false,
  liveTags: {},
  tags: NO_TAGS,
};
const PLACE: Place = { instanceType: "m5.large", subnetId: undefined, zone: undefined, spot: false };

const input = (
  more: Readonly<Record<string, Json>> = {},
  parts: Partial<LaunchParts> = {},
  place: Partial<Place> = {},
) => launchInput(optionsOf(more), { ...PARTS, ...parts }, { ...PLACE, ...place }, {});

test("the minimal request", () => {
  expect(input()).toEqual({
    ImageId: "ami-1",
    InstanceType: "m5.large",
    SecurityGroupIds: ["sg-1"],
    MetadataOptions: { HttpEndpoint: "enabled", HttpTokens: "required" },
    CapacityReservationSpecification: { CapacityReservationPreference: "none" },
    TagSpecifications: [],
  });
});

describe("a request with", () => {
  test.each<[string, ReturnType<typeof input>, object]>([
    [
      "a subnet",
      input({}, {}, { subnetId: "subnet-1", zone: "a" }),
      { SubnetId: "subnet-1", SecurityGroupIds: ["sg-1"] },
    ],
    ["a zone", input({}, {}, { zone: "us-east-1a" }), { Placement: { AvailabilityZone: "us-east-1a" } }],
    [
      "an address",
      input({}, { publicAddress: false }, { subnetId: "subnet-1" }),
      {
        NetworkInterfaces: [
          {
            DeviceIndex: 0,
            SubnetId: "subnet-1",
            Groups: ["sg-1"],
            AssociatePublicIpAddress: false,
            DeleteOnTermination: true,
          },
        ],
      },
    ],
    ["a key", input({}, { keyName: "k" }), { KeyName: "k" }],
    ["a profile", input({}, { profileName: "p" }), { IamInstanceProfile: { Name: "p" } }],
    ["user data", input({}, { userData: "eA==" }), { UserData: "eA==" }],
    ["a shutdown", input({ shutdown_behavior: "terminate" }), { InstanceInitiatedShutdownBehavior: "terminate" }],
    [
      "a dead-man timer",
      input({ shutdown_behavior: "stop" }, { terminateOnShutdown: true }),
      { InstanceInitiatedShutdownBehavior: "terminate" },
    ],
    ["EBS", input({ ebs_optimized: true }), { EbsOptimized: true }],
    [
      "IMDSv1",
      input({ metadata_options: { http_tokens: "optional" } }),
      { MetadataOptions: { HttpEndpoint: "enabled", HttpTokens: "optional", HttpPutResponseHopLimit: 1 } },
    ],
    [
      "an old source image",
      input(
        { metadata_options: { http_put_response_hop_limit: 2 } },
        { source: toFoundImage({ ImageId: "ami-1", CreationDate: "2019-11-07T00:00:00.000Z" }) },
      ),
      { MetadataOptions: { HttpEndpoint: "enabled", HttpTokens: "optional", HttpPutResponseHopLimit: 2 } },
    ],
    [
      "an old source image, and tokens that the template requires",
      input(
        { metadata_options: { http_tokens: "required" } },
        { source: toFoundImage({ ImageId: "ami-1", CreationDate: "2019-11-07T00:00:00.000Z" }) },
      ),
      { MetadataOptions: { HttpEndpoint: "enabled", HttpTokens: "required", HttpPutResponseHopLimit: 1 } },
    ],
    [
      "a hop limit of 0",
      input({ metadata_options: { http_put_response_hop_limit: 0 } }),
      { MetadataOptions: { HttpEndpoint: "enabled", HttpTokens: "required", HttpPutResponseHopLimit: undefined } },
    ],
    [
      "tags in IMDS",
      input({ metadata_options: { http_put_response_hop_limit: 2, instance_metadata_tags: "enabled" } }),
      {
        MetadataOptions: {
          HttpEndpoint: "enabled",
          HttpTokens: "required",
          HttpPutResponseHopLimit: 2,
          InstanceMetadataTags: "enabled",
        },
      },
    ],
    [
      "no IMDS",
      input({ metadata_options: { http_endpoint: "disabled" } }),
      { MetadataOptions: { HttpEndpoint: "disabled" } },
    ],
    [
      "standard credits",
      input({}, {}, { instanceType: "t3.micro" }),
      { CreditSpecification: { CpuCredits: "standard" } },
    ],
    [
      "unlimited credits",
      input({ enable_unlimited_credits: true }, {}, { instanceType: "t3.micro" }),
      { CreditSpecification: { CpuCredits: "unlimited" } },
    ],
    [
      "open reservations",
      input({ capacity_reservation_preference: "open" }),
      { CapacityReservationSpecification: { CapacityReservationPreference: "open" } },
    ],
    [
      "a reservation",
      input({ capacity_reservation_id: "cr-1" }),
      { CapacityReservationSpecification: { CapacityReservationTarget: { CapacityReservationId: "cr-1" } } },
    ],
    [
      "a host",
      input({ placement: { host_id: "h-1", tenancy: "host" } }),
      { Placement: { HostId: "h-1", Tenancy: "host" } },
    ],
    ["tenancy with the old option", input({ tenancy: "dedicated" }), { Placement: { Tenancy: "dedicated" } }],
    [
      "a license",
      input({ license_specifications: [{ license_configuration_request: { license_configuration_arn: "arn:l" } }] }),
      { LicenseSpecifications: [{ LicenseConfigurationArn: "arn:l" }] },
    ],
    [
      "spot at a price",
      input({ spot_price: "0.05" }, {}, { spot: true }),
      {
        InstanceMarketOptions: {
          MarketType: "spot",
          SpotOptions: { SpotInstanceType: "one-time", InstanceInterruptionBehavior: "terminate", MaxPrice: "0.05" },
        },
      },
    ],
    [
      "spot at most at the on-demand price",
      input({ spot_price: "auto" }, {}, { spot: true }),
      {
        InstanceMarketOptions: {
          MarketType: "spot",
          SpotOptions: { SpotInstanceType: "one-time", InstanceInterruptionBehavior: "terminate" },
        },
      },
    ],
  ])("%s", (_, made, expected) => {
    expect(made).toMatchObject(expected);
  });

  test("spot has no parameters that only on-demand instances accept", () => {
    const made = input({ spot_price: "auto", shutdown_behavior: "stop" }, {}, { spot: true });
    expect(made).not.toHaveProperty("CapacityReservationSpecification");
    expect(made).not.toHaveProperty("InstanceInitiatedShutdownBehavior");
  });

  test("bake-ami's tags are on all resources of the launch and override the template's", () => {
    const tags = { ...NO_TAGS, run: { a: "1", "bake-ami:owner": "forged" }, spot: { s: "2" } };
    const made = launchInput(
      optionsOf(),
      { ...PARTS, tags },
      { ...PLACE, spot: true },
      { "bake-ami:owner": "bake-ami" },
    );
    const types = made.TagSpecifications?.map((each) => each.ResourceType);
    expect(types).toEqual(["instance", "volume", "network-interface", "spot-instances-request"]);
    for (const each of made.TagSpecifications ?? []) {
      expect(each.Tags).toContainEqual({ Key: "bake-ami:owner", Value: "bake-ami" });
    }
  });
});
