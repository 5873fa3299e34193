import type { Diagnostic } from "./diagnostics.js";
import { OWNER, TAG } from "./ownership.js";
import type { RunSettings } from "./settings.js";

/** Conditions of a statement: operator, condition key, values (IAM user guide, "Condition"). */
export type Conditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** One statement of an IAM policy that allows what a part of a run does. */
export interface PermissionStatement {
  /** Letters and digits. Statements with the same one are merged where that allows nothing more. */
  readonly sid: string;
  /** `service:Action`. */
  readonly actions: readonly string[];
  /** ARNs, or `*` for actions without resources. */
  readonly resources: readonly string[];
  readonly conditions: Conditions;
  /** What needs it, as a clause: `creates the image from the build instance`. */
  readonly why: string;
  /** What happens if the actions are denied, as a clause, where a run continues without them; undefined: it fails. */
  readonly ifDenied?: string | undefined;
  /**
   * The actions that a log of a bake does not show although they are needed: they remove what a failed bake leaves, or AWS checks them as
   * a part of another call.
   */
  readonly unlogged?: readonly string[] | undefined;
}

/** Where a policy is to be used. */
export interface PermissionScope {
  /** `aws`, `aws-cn`, `aws-us-gov`, … */
  readonly partition: string;
  /** 12 digits, or `*` for any account. */
  readonly account: string;
  /** Region of builds that set none, or `*` for any Region. */
  readonly defaultRegion: string;
  /** Name or ARN of the role in the instance profiles of the template; undefined: it has the name of the profile. */
  readonly instanceRole: string | undefined;
}

/** What the permissions of a build depend on, next to its options. */
export interface BuildPermissions {
  readonly scope: PermissionScope;
  readonly settings: Omit<RunSettings, "runUuid" | "ownership" | "image" | "interactive">;
}

/** The statements of a build. */
export interface BuildStatements {
  /** What the build itself calls. */
  readonly run: readonly PermissionStatement[];
  /** What temporary roles that it creates may do, as the template sets it. */
  readonly temporaryRoles: readonly PermissionStatement[];
  /** Warnings about what the statements assume, because only the account shows it. */
  readonly notes: readonly Diagnostic[];
}

/** Derives the statements of a build from its options. */
export type DerivePermissions<Options> = (options: Options, build: BuildPermissions) => BuildStatements;

/** Derives the statements of a post-processor from its options. */
export type DerivePartPermissions<Options> = (
  options: Options,
  scope: PermissionScope,
) => readonly PermissionStatement[];

/** The condition that a resource has the tag that bake-ami sets on all that it creates. */
export const OF_OURS: Conditions = { StringEquals: { [`aws:ResourceTag/${TAG.owner}`]: [OWNER] } };

/** The condition that a call creates a resource with that tag. */
export const MARKED_AS_OURS: Conditions = { StringEquals: { [`aws:RequestTag/${TAG.owner}`]: [OWNER] } };

/** The partitions other than `aws` by the beginning of their Regions (AWS General Reference, "Service endpoints"). */
const PARTITIONS: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, "aws-cn"],
  [/^us-gov-/, "aws-us-gov"],
  [/^us-iso-/, "aws-iso"],
  [/^us-isob-/, "aws-iso-b"],
  [/^eusc-/, "aws-eusc"],
];

/** Name of the managed policy that `-boundary` prints, for the permissions boundary of temporary roles. */
export const BOUNDARY_NAME = "bake-ami-boundary";

/** Returns the partition of a Region; `aws` for `*`. */
export function partitionOf(region: string): string {
  return PARTITIONS.find(([pattern]) => pattern.test(region))?.[1] ?? "aws";
}

/** Returns the name of a service as a principal or in `kms:ViaService`: `ec2.amazonaws.com`, in the China Regions `ec2.amazonaws.com.cn`. */
export function serviceName(service: string, partition: string): string {
  return `${service}.amazonaws.com${partition === "aws-cn" && service.startsWith("ec2") ? ".cn" : ""}`;
}

/** Returns ARNs of EC2 in Regions: `arn:aws:ec2:REGION:ACCOUNT:KIND/ID`. Images and snapshots have no account. */
export function ec2Arns(
  { partition, account }: PermissionScope,
  regions: readonly string[],
  ...resources: readonly string[]
): readonly string[] {
  const owner = (resource: string) => (/^(image|snapshot)\//.test(resource) ? "" : account);
  return regions.flatMap((region) =>
    resources.map((resource) => `arn:${partition}:ec2:${region}:${owner(resource)}:${resource}`),
  );
}

/** Returns ARNs of a regional service in Regions. */
export function regionalArns(
  { partition, account }: PermissionScope,
  service: string,
  regions: readonly string[],
  resource: string,
): readonly string[] {
  return regions.map((region) => `arn:${partition}:${service}:${region}:${account}:${resource}`);
}

/** Returns the ARN of an IAM resource: `role/NAME`. */
export function iamArn({ partition, account }: PermissionScope, resource: string): string {
  return `arn:${partition}:iam::${account}:${resource}`;
}

/** Returns the condition that a call is to one of these Regions; none if one of them is `*`. */
export function inRegions(regions: readonly string[]): Conditions {
  return regions.includes("*") ? {} : { StringEquals: { "aws:RequestedRegion": regions } };
}

/** Returns Regions without duplicates; only `*` if one of them is `*`. */
export function distinctRegions(regions: readonly (string | undefined)[]): readonly string[] {
  const named = [...new Set(regions.map((region) => region || "*"))];
  return named.includes("*") ? ["*"] : named;
}
