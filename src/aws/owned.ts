import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  type Tag,
} from "@aws-sdk/client-ec2";
import {
  ListInstanceProfilesCommand,
  ListInstanceProfileTagsCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
} from "@aws-sdk/client-iam";
import type { ResourceKind } from "../core/ledger.js";
import { OWNER, TAG } from "../core/ownership.js";
import { PAGE_SIZE, readPages, TEMPLATE_PAGE_SIZE } from "./client/pages.js";
import type { AwsSession } from "./client/session.js";
import { readOwnSnapshots } from "./snapshot.js";
import { createdByUs, toTagRecord } from "./tags.js";

/** A resource with our owner tag. */
export interface OwnedResource {
  readonly kind: Extract<
    ResourceKind,
    | "instance"
    | "key-pair"
    | "security-group"
    | "volume"
    | "image"
    | "snapshot"
    | "launch-template"
    | "instance-profile"
    | "role"
    | "session"
  >;
  readonly region: string;
  /** Id; the name for kinds that are deleted by name (key pairs, roles, instance profiles). */
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  /** When AWS created it, in milliseconds since the epoch; undefined for security groups, of which EC2 does not say it. */
  readonly createdAt: number | undefined;
  /** EC2's state of an instance or image. */
  readonly state: string | undefined;
  /** Snapshots of an image. */
  readonly snapshotIds: readonly string[] | undefined;
}

const OURS = [createdByUs()];

/** Prefix of the names of temporary roles and instance profiles: IAM cannot filter by tag. */
export const IAM_PREFIX = "bake-ami-";

/** Returns all resources of a Region that have our owner tag. */
export async function findOwnedInRegion(
  session: AwsSession,
  region: string,
  signal: AbortSignal,
): Promise<readonly OwnedResource[]> {
  const lists = await Promise.all([
    instances(session, region, signal),
    images(session, region, signal),
    others(session, region, signal),
  ]);
  return lists.flat();
}

/** A resource as its Describe call returns it. */
interface Described {
  readonly id: string | undefined;
  readonly tags: readonly Tag[] | undefined;
  readonly createdAt: Date | string | undefined;
}

function owned(kind: OwnedResource["kind"], region: string, { id, tags, createdAt }: Described): OwnedResource[] {
  if (id === undefined) return [];
  const at = createdAt === undefined ? Number.NaN : new Date(createdAt).getTime();
  return [
    {
      kind,
      region,
      id,
      tags: toTagRecord(tags),
      createdAt: Number.isNaN(at) ? undefined : at,
      state: undefined,
      snapshotIds: undefined,
    },
  ];
}

async function instances(session: AwsSession, region: string, signal: AbortSignal): Promise<readonly OwnedResource[]> {
  const ec2 = await session.ec2(region);
  const found = await readPages(
    (NextToken) => ec2.send(new DescribeInstancesCommand({ Filters: OURS, NextToken, MaxResults: PAGE_SIZE }), signal),
    ({ Reservations }) => Reservations?.flatMap(({ Instances }) => Instances ?? []),
  );
  return found
    .filter((each) => each.State?.Name !== "terminated" && each.State?.Name !== "shutting-down")
    .flatMap((each) =>
      owned("instance", region, { id: each.InstanceId, tags: each.Tags, createdAt: each.LaunchTime }).map((o) => ({
        ...o,
        state: each.State?.Name ?? "",
      })),
    );
}

async function images(session: AwsSession, region: string, signal: AbortSignal): Promise<readonly OwnedResource[]> {
  const ec2 = await session.ec2(region);
  const input = { Owners: ["self"], Filters: OURS, IncludeDisabled: true, IncludeDeprecated: true };
  const found = await readPages(
    (NextToken) => ec2.send(new DescribeImagesCommand({ ...input, NextToken, MaxResults: PAGE_SIZE }), signal),
    ({ Images }) => Images,
  );
  return found.flatMap((image) =>
    owned("image", region, { id: image.ImageId, tags: image.Tags, createdAt: image.CreationDate }).map((o) => ({
      ...o,
      state: image.State ?? "",
      snapshotIds: (image.BlockDeviceMappings ?? []).flatMap((mapping) => mapping.Ebs?.SnapshotId ?? []),
    })),
  );
}

/** Returns the resources of the kinds of which only the tags are needed. */
async function others(session: AwsSession, region: string, signal: AbortSignal): Promise<readonly OwnedResource[]> {
  const ec2 = await session.ec2(region);
  const [keys, groups, volumes, snapshots, templates] = await Promise.all([
    ec2.send(new DescribeKeyPairsCommand({ Filters: OURS }), signal),
    readPages(
      (NextToken) =>
        ec2.send(new DescribeSecurityGroupsCommand({ Filters: OURS, NextToken, MaxResults: PAGE_SIZE }), signal),
      ({ SecurityGroups }) => SecurityGroups,
    ),
    readPages(
      (NextToken) => ec2.send(new DescribeVolumesCommand({ Filters: OURS, NextToken, MaxResults: PAGE_SIZE }), signal),
      ({ Volumes }) => Volumes,
    ),
    readOwnSnapshots({ session, region, signal }, OURS),
    readPages(
      (NextToken) =>
        ec2.send(
          new DescribeLaunchTemplatesCommand({ Filters: OURS, NextToken, MaxResults: TEMPLATE_PAGE_SIZE }),
          signal,
        ),
      ({ LaunchTemplates }) => LaunchTemplates,
    ),
  ]);
  return [
    ...(keys.KeyPairs ?? []).flatMap(({ KeyName: id, Tags: tags, CreateTime: createdAt }) =>
      owned("key-pair", region, { id, tags, createdAt }),
    ),
    ...groups.flatMap(({ GroupId: id, Tags: tags }) =>
      owned("security-group", region, { id, tags, createdAt: undefined }),
    ),
    ...volumes.flatMap(({ VolumeId: id, Tags: tags, CreateTime: createdAt }) =>
      owned("volume", region, { id, tags, createdAt }),
    ),
    ...snapshots.flatMap(({ SnapshotId: id, Tags: tags, StartTime: createdAt }) =>
      owned("snapshot", region, { id, tags, createdAt }),
    ),
    ...templates.flatMap(({ LaunchTemplateId: id, Tags: tags, CreateTime: createdAt }) =>
      owned("launch-template", region, { id, tags, createdAt }),
    ),
  ];
}

/** Returns temporary roles and instance profiles. IAM is global: `region` is only the Region that reports show. */
export async function findOwnedInIam(session: AwsSession, signal: AbortSignal): Promise<readonly OwnedResource[]> {
  const iam = await session.iam();
  const region = session.region;
  const profiles = await readPages(
    (Marker) => iam.send(new ListInstanceProfilesCommand({ Marker, MaxItems: PAGE_SIZE }), signal),
    ({ InstanceProfiles }) => InstanceProfiles,
  );
  const roles = await readPages(
    (Marker) => iam.send(new ListRolesCommand({ Marker, MaxItems: PAGE_SIZE }), signal),
    ({ Roles }) => Roles,
  );
  const found: OwnedResource[] = [];
  for (const { InstanceProfileName: name, CreateDate: createdAt } of profiles) {
    if (!name?.startsWith(IAM_PREFIX)) continue;
    const { Tags: tags } = await iam.send(new ListInstanceProfileTagsCommand({ InstanceProfileName: name }), signal);
    found.push(...owned("instance-profile", region, { id: name, tags, createdAt }));
  }
  for (const { RoleName: name, CreateDate: createdAt } of roles) {
    if (!name?.startsWith(IAM_PREFIX)) continue;
    const { Tags: tags } = await iam.send(new ListRoleTagsCommand({ RoleName: name }), signal);
    found.push(...owned("role", region, { id: name, tags, createdAt }));
  }
  return found.filter((each) => each.tags[TAG.owner] === OWNER);
}
