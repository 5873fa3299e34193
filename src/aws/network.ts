import {
  DescribeInstanceTypeOfferingsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  type Filter,
  type RouteTable,
  type Subnet,
} from "@aws-sdk/client-ec2";
import { BakeError } from "../core/errors.js";
import { PAGE_SIZE, readPages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";

/** A subnet as DescribeSubnets returns it. */
export interface FoundSubnet {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly freeAddresses: number;
  /** Whether instances get a public address unless the launch sets otherwise. */
  readonly givesPublicAddress: boolean;
  /** Mode of VPC Block Public Access: `off`, `block-bidirectional` or `block-ingress`. */
  readonly blockMode: string;
}

function toFoundSubnet(subnet: Subnet): FoundSubnet {
  return {
    id: subnet.SubnetId ?? "",
    vpcId: subnet.VpcId ?? "",
    zone: subnet.AvailabilityZone ?? "",
    freeAddresses: subnet.AvailableIpAddressCount ?? 0,
    givesPublicAddress: subnet.MapPublicIpOnLaunch ?? false,
    blockMode: subnet.BlockPublicAccessStates?.InternetGatewayBlockMode ?? "off",
  };
}

/** Returns the ids of the VPCs that match the filters (EC2 DescribeVpcs); all pages. */
export async function describeVpcIds(scope: CallScope, filters: readonly Filter[]): Promise<readonly string[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const vpcs = await readPages(
    (NextToken) =>
      ec2.send(new DescribeVpcsCommand({ Filters: [...filters], NextToken, MaxResults: PAGE_SIZE }), scope.signal),
    ({ Vpcs }) => Vpcs,
  );
  return vpcs.flatMap(({ VpcId }) => VpcId ?? []);
}

/** Returns whether a VPC is the Region's default VPC. Rejects with an `AwsError` (`not-found`) for an unknown id. */
export async function isDefaultVpc(scope: CallScope, vpcId: string): Promise<boolean> {
  const ec2 = await scope.session.ec2(scope.region);
  const response = await ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] }), scope.signal);
  return response.Vpcs?.[0]?.IsDefault ?? false;
}

/** Returns the subnet with the id. Rejects with an `AwsError` (`not-found`) for an unknown id. */
export async function describeSubnet(scope: CallScope, id: string): Promise<FoundSubnet> {
  const ec2 = await scope.session.ec2(scope.region);
  const response = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] }), scope.signal);
  const [subnet] = response.Subnets ?? [];
  if (subnet) return toFoundSubnet(subnet);
  throw new BakeError(`Subnet ${id} does not exist in ${scope.region}`, {
    code: "subnet-not-found",
    resource: id,
    region: scope.region,
  });
}

/** Returns the subnets that match the filters; all pages. */
export async function describeSubnets(scope: CallScope, filters: readonly Filter[]): Promise<readonly FoundSubnet[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const found = await readPages(
    (NextToken) =>
      ec2.send(new DescribeSubnetsCommand({ Filters: [...filters], NextToken, MaxResults: PAGE_SIZE }), scope.signal),
    ({ Subnets }) => Subnets,
  );
  return found.map(toFoundSubnet);
}

/** Routes to internet gateways in a VPC, by its route tables. */
export interface InternetRoutes {
  /** Returns whether the route table of a subnet has a default route to an internet gateway. */
  has(subnetId: string): boolean;
}

/**
 * Returns the routes of a VPC's subnets to internet gateways (EC2 DescribeRouteTables). A subnet without a route table of its own uses the
 * main one (VPC User Guide, "Subnet route tables").
 */
export async function describeInternetRoutes(scope: CallScope, vpcId: string): Promise<InternetRoutes> {
  const ec2 = await scope.session.ec2(scope.region);
  const Filters = [{ Name: "vpc-id", Values: [vpcId] }];
  const tables = await readPages(
    (NextToken) =>
      ec2.send(new DescribeRouteTablesCommand({ Filters, NextToken, MaxResults: ROUTE_TABLES_PAGE }), scope.signal),
    ({ RouteTables }) => RouteTables,
  );
  const main = tables.find(({ Associations }) => Associations?.some(({ Main }) => Main));
  return {
    has: (subnetId) => {
      const own = tables.find(({ Associations }) => Associations?.some(({ SubnetId }) => SubnetId === subnetId));
      return leadsToInternet(own ?? main);
    },
  };
}

/** Largest page of DescribeRouteTables. */
const ROUTE_TABLES_PAGE = 100;

function leadsToInternet(table: RouteTable | undefined): boolean {
  return (table?.Routes ?? []).some(
    ({ DestinationCidrBlock, GatewayId, State }) =>
      DestinationCidrBlock === "0.0.0.0/0" && GatewayId?.startsWith("igw-") && State === "active",
  );
}

/** Returns the id of the network interface in a VPC that has a public IPv4 address, for example of a NAT gateway; undefined if none has. */
export async function findPublicInterface(
  scope: CallScope,
  { vpcId, address }: { readonly vpcId: string; readonly address: string },
): Promise<string | undefined> {
  const ec2 = await scope.session.ec2(scope.region);
  const Filters = [
    { Name: "vpc-id", Values: [vpcId] },
    { Name: "association.public-ip", Values: [address] },
  ];
  const found = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }), scope.signal);
  return found.NetworkInterfaces?.[0]?.NetworkInterfaceId;
}

/** Returns whether a zone is an Availability Zone, in contrast to a Local Zone (`us-east-1-bos-1a`) or a Wavelength Zone. */
export function isAvailabilityZone(region: string, zone: string): boolean {
  return zone.startsWith(region) && /^[a-z]$/.test(zone.slice(region.length));
}

/** Returns the Availability Zones of the Region that offer an instance type, in one call (EC2 DescribeInstanceTypeOfferings). */
export async function describeZonesOffering(scope: CallScope, instanceType: string): Promise<readonly string[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const LocationType = "availability-zone" as const;
  const input = { LocationType, Filters: [{ Name: "instance-type", Values: [instanceType] }], MaxResults: PAGE_SIZE };
  const offerings = await readPages(
    (NextToken) => ec2.send(new DescribeInstanceTypeOfferingsCommand({ ...input, NextToken }), scope.signal),
    ({ InstanceTypeOfferings }) => InstanceTypeOfferings,
  );
  return offerings.flatMap(({ Location }) => Location ?? []).filter((zone) => isAvailabilityZone(scope.region, zone));
}

/** Sorts subnets by free addresses, most first; equal ones by id, so that reruns choose the same. */
export function sortByFreeAddresses(found: readonly FoundSubnet[]): readonly FoundSubnet[] {
  return [...found].sort((a, b) => b.freeAddresses - a.freeAddresses || a.id.localeCompare(b.id));
}
