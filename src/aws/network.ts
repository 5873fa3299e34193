import {
  DescribeInstanceTypeOfferingsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  type Filter,
  type Subnet,
} from "@aws-sdk/client-ec2";
import { BakeError } from "../core/errors.js";
import { pages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";

/** A subnet as the engine reads it. */
export interface FoundSubnet {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly freeAddresses: number;
}

function toFoundSubnet(subnet: Subnet): FoundSubnet {
  return {
    id: subnet.SubnetId ?? "",
    vpcId: subnet.VpcId ?? "",
    zone: subnet.AvailabilityZone ?? "",
    freeAddresses: subnet.AvailableIpAddressCount ?? 0,
  };
}

/** VPC ids by filters (EC2 DescribeVpcs); all pages. */
export async function vpcIds(scope: CallScope, filters: readonly Filter[]): Promise<readonly string[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const vpcs = await pages(
    (NextToken) => ec2.send(new DescribeVpcsCommand({ Filters: [...filters], NextToken }), scope.signal),
    ({ Vpcs }) => Vpcs,
  );
  return vpcs.flatMap(({ VpcId }) => VpcId ?? []);
}

/** Whether a VPC is the region's default one; an unknown id is an `AwsError` (`not-found`). */
export async function isDefaultVpc(scope: CallScope, vpcId: string): Promise<boolean> {
  const ec2 = await scope.session.ec2(scope.region);
  const answer = await ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] }), scope.signal);
  return answer.Vpcs?.[0]?.IsDefault ?? false;
}

/** The subnet of an id; an unknown id is an `AwsError` (`not-found`). */
export async function subnetById(scope: CallScope, id: string): Promise<FoundSubnet> {
  const ec2 = await scope.session.ec2(scope.region);
  const answer = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] }), scope.signal);
  const [subnet] = answer.Subnets ?? [];
  if (subnet) return toFoundSubnet(subnet);
  throw new BakeError(`the subnet ${id} was not found in ${scope.region}`, {
    code: "subnet-not-found",
    resource: id,
    region: scope.region,
  });
}

/** Subnets by filters; all pages. */
export async function subnets(scope: CallScope, filters: readonly Filter[]): Promise<readonly FoundSubnet[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const found = await pages(
    (NextToken) => ec2.send(new DescribeSubnetsCommand({ Filters: [...filters], NextToken }), scope.signal),
    ({ Subnets }) => Subnets,
  );
  return found.map(toFoundSubnet);
}

/** Zones of the region that offer an instance type (EC2 DescribeInstanceTypeOfferings): one call for all of them. */
export async function zonesOffering(scope: CallScope, instanceType: string): Promise<readonly string[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const answer = await ec2.send(
    new DescribeInstanceTypeOfferingsCommand({
      LocationType: "availability-zone",
      Filters: [{ Name: "instance-type", Values: [instanceType] }],
    }),
    scope.signal,
  );
  return (answer.InstanceTypeOfferings ?? []).flatMap((offering) => offering.Location ?? []);
}

/** The subnet with the most free addresses; ties go to the first id, so that reruns agree. */
export function mostFree(found: readonly FoundSubnet[]): FoundSubnet | undefined {
  return [...found].sort((a, b) => b.freeAddresses - a.freeAddresses || a.id.localeCompare(b.id))[0];
}
