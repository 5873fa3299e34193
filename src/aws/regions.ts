import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { suggest } from "../core/diagnostics.js";
import { BakeError } from "../core/errors.js";
import { setting } from "../core/setting.js";
import { failedAs } from "./client/errors.js";
import type { AwsSession, CallScope } from "./client/session.js";

/** Regions of all partitions as of 2026. These names need no check; the first call shows whether the account has them enabled. */
const KNOWN = new Set(
  `af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2
ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 cn-north-1 cn-northwest-1
eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1
eu-isoe-west-1 eusc-de-east-1 us-iso-east-1 us-iso-west-1 us-isob-east-1 us-isob-west-1 us-isof-east-1 us-isof-south-1
mx-central-1 sa-east-1 us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 us-west-1 us-west-2`.split(/\s+/),
);

/** Returns whether a Region's name is known without a call. */
export function isKnownRegion(region: string): boolean {
  return KNOWN.has(region);
}

/** First letters of the Regions of each partition other than `aws`, and its oldest Region (AWS SDKs, endpoint rule set). */
const PARTITIONS: readonly (readonly [prefix: string, region: string])[] = [
  ["cn-", "cn-north-1"],
  ["us-gov-", "us-gov-west-1"],
  ["us-iso-", "us-iso-east-1"],
  ["us-isob-", "us-isob-east-1"],
  ["us-isof-", "us-isof-south-1"],
  ["eu-isoe-", "eu-isoe-west-1"],
  ["eusc-", "eusc-de-east-1"],
];

/** Returns a Region that certainly exists in the same partition. */
export function neighbourRegionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? "us-east-1";
}

/** Returns those of the Regions that exist, enabled or not; without `names`, all (EC2 DescribeRegions). */
async function describeAllRegions(scope: CallScope, names?: readonly string[]): Promise<readonly string[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const filter = names ? { Filters: [{ Name: "region-name", Values: [...names] }] } : {};
  const response = await ec2.send(new DescribeRegionsCommand({ AllRegions: true, ...filter }), scope.signal);
  return (response.Regions ?? []).flatMap((region) => region.RegionName ?? []);
}

/** Returns the Regions that are enabled for the account, sorted (EC2 DescribeRegions). */
export async function describeEnabledRegions(session: AwsSession, signal: AbortSignal): Promise<readonly string[]> {
  const ec2 = await session.ec2();
  const { Regions } = await ec2.send(new DescribeRegionsCommand({}), signal);
  return (Regions ?? []).flatMap((region) => region.RegionName ?? []).sort();
}

/** A Region that does not exist, and the existing Region with the most similar name. */
export interface UnknownRegion {
  readonly name: string;
  readonly near: string | undefined;
}

/**
 * Returns the Regions that do not exist. Known names need no call. For other names the call goes to a Region that exists, because an
 * unknown one has no endpoint. All Regions are listed only to suggest a name. Returns none when the caller may not list Regions.
 */
export async function findUnknownRegions(
  scope: CallScope,
  names: readonly string[],
): Promise<readonly UnknownRegion[]> {
  if (names.every(isKnownRegion)) return [];
  const region = isKnownRegion(scope.region) ? scope.region : neighbourRegionOf(scope.region);
  try {
    const existing = await describeAllRegions({ ...scope, region }, names);
    const unknown = names.filter((name) => !existing.includes(name));
    if (unknown.length === 0) return [];
    const all = await describeAllRegions({ ...scope, region });
    return unknown.map((name) => ({ name, near: suggest(name, all) }));
  } catch (error) {
    if (failedAs(error, "denied")) return [];
    throw error;
  }
}

/** The input or flag that sets a Region: the list of Regions, or the default Region. */
export type RegionSetting = "list" | "default";

/** Returns the error for Regions of an input or flag that do not exist. */
export function unknownRegionError(from: RegionSetting, unknown: readonly UnknownRegion[]): BakeError {
  const names = unknown.map(({ name }) => `"${name}"`).join(", ");
  const near = unknown[0]?.near;
  const hint = near === undefined ? 'Use a name such as "eu-west-1".' : `Did you mean "${near}"?`;
  return from === "list"
    ? new BakeError(`${setting("regions")} contains a Region that does not exist: ${names}`, {
        code: "unknown-listed-region",
        hint,
      })
    : new BakeError(`${setting("region")} is a Region that does not exist: ${names}`, {
        code: "unknown-default-region",
        hint,
      });
}
