import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import type { AwsSession, CallScope } from "./client/session.js";

/** Regions of the partitions as of 2026: names that need no look-up. Whether an account has them enabled the first call tells. */
const KNOWN = new Set(
  `af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2
ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 cn-north-1 cn-northwest-1
eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1
mx-central-1 sa-east-1 us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 us-west-1 us-west-2`.split(/\s+/),
);

/** Whether a region's name is known without asking. */
export function isKnownRegion(region: string): boolean {
  return KNOWN.has(region);
}

/** A region that surely exists in the partition of a region's name. */
export function neighbourOf(region: string): string {
  if (region.startsWith("cn-")) return "cn-north-1";
  return region.startsWith("us-gov-") ? "us-gov-west-1" : "us-east-1";
}

/** All regions that the account could use (EC2 DescribeRegions). */
export async function regionsOfAccount(scope: CallScope): Promise<readonly string[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const answer = await ec2.send(new DescribeRegionsCommand({ AllRegions: true }), scope.signal);
  return (answer.Regions ?? []).flatMap((region) => region.RegionName ?? []);
}

/** The regions that the account may use, sorted (EC2 DescribeRegions). */
export async function enabledRegions(session: AwsSession, signal: AbortSignal): Promise<readonly string[]> {
  const ec2 = await session.ec2();
  const { Regions } = await ec2.send(new DescribeRegionsCommand({}), signal);
  return (Regions ?? []).flatMap((region) => region.RegionName ?? []).sort();
}
