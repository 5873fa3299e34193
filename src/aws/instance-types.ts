import { type _InstanceType, DescribeInstanceTypesCommand } from "@aws-sdk/client-ec2";
import { readPages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";

/** Rows of a page: EC2 allows no more for this call. */
const PAGE = 100;

/** Returns the default number of vCPUs of a type (EC2 DescribeInstanceTypes). Rejects with an `AwsError` for an unknown type. */
export async function describeVcpus(scope: CallScope, type: string): Promise<number | undefined> {
  const ec2 = await scope.session.ec2(scope.region);
  const InstanceTypes = [type as _InstanceType];
  const found = await ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes }), scope.signal);
  return found.InstanceTypes?.[0]?.VCpuInfo?.DefaultVCpus;
}

/**
 * Returns the names of the types of an architecture (`arm64`, `x86_64`) and size (`micro`) that are of the current generation, sorted
 * (EC2 DescribeInstanceTypes, "Filters"). Rejects with an `AwsError`.
 */
export async function describeTypesOf(
  scope: CallScope,
  architecture: string,
  size: string,
): Promise<readonly string[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const Filters = [
    { Name: "processor-info.supported-architecture", Values: [architecture] },
    { Name: "instance-type", Values: [`*.${size}`] },
    { Name: "current-generation", Values: ["true"] },
  ];
  const types = await readPages(
    (NextToken) => ec2.send(new DescribeInstanceTypesCommand({ Filters, NextToken, MaxResults: PAGE }), scope.signal),
    ({ InstanceTypes }) => InstanceTypes,
  );
  return types.flatMap(({ InstanceType }) => InstanceType ?? []).sort();
}
