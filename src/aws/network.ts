import {
  DescribeInstanceTypeOfferingsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  type Filter,
  type Subnet,
} from "@aws-sdk/client-ec2";
import { BakeError } from "../core/errors.js";
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
  const ids: string[] = [];
  let next: string | undefined;
  do {
    const input = { Filters: [...filters], ...(next ? { NextToken: next } : {}) };
    const answer = await ec2.send(new DescribeVpcsCommand(input), scope.signal);
    ids.push(...(answer.Vpcs ?? []).flatMap((vpc) => vpc.VpcId ?? []));
    next = answer.NextToken;
  } while (next);
  return ids;
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
  const found: FoundSubnet[] = [];
  let next: string | undefined;
  do {
    const input = { Filters: [...filters], ...(next ? { NextToken: next } : {}) };
    const answer = await ec2.send(new DescribeSubnetsCommand(input), scope.signal);
    found.push(...(answer.Subnets ?? []).map(toFoundSubnet));
    next = answer.NextToken;
  } while (next);
  return found;
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
