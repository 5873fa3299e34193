import {
  DeleteSnapshotCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  type Filter,
  ModifySnapshotAttributeCommand,
  type Snapshot,
} from "@aws-sdk/client-ec2";
import { sendChange } from "./client/change.js";
import { failedAs, hasAwsCode, ifFound } from "./client/errors.js";
import { PAGE_SIZE, readPages } from "./client/pages.js";
import { removeResource } from "./client/remove.js";
import type { CallScope } from "./client/session.js";
import { type ResourceTags, toTagRecord } from "./tags.js";

/** A snapshot as DescribeSnapshots returns it. */
export interface FoundSnapshot {
  readonly id: string;
  readonly state: string;
  /** 0 to 100; undefined if EC2 does not return it. */
  readonly percent: number | undefined;
  /** Why it failed, e.g. a KMS key that cannot be used. */
  readonly message: string | undefined;
  readonly tags: ResourceTags;
}

function toFoundSnapshot(snapshot: Snapshot): FoundSnapshot {
  const percent = Number.parseInt(snapshot.Progress ?? "", 10);
  return {
    id: snapshot.SnapshotId ?? "",
    state: snapshot.State ?? "pending",
    percent: Number.isNaN(percent) ? undefined : percent,
    message: snapshot.StateMessage,
    tags: toTagRecord(snapshot.Tags),
  };
}

/** Returns snapshots by their ids. */
export async function describeSnapshots(scope: CallScope, ids: readonly string[]): Promise<readonly FoundSnapshot[]> {
  if (ids.length === 0) return [];
  const ec2 = await scope.session.ec2(scope.region);
  const response = await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [...ids] }), scope.signal);
  return (response.Snapshots ?? []).map(toFoundSnapshot);
}

/** The origin of snapshots that are deleted. */
export interface SnapshotOrigin {
  /** Their image, which was just deregistered: EC2 may report for a while that it still uses them. */
  readonly image?: string | undefined;
  /** When they were created, in milliseconds since the epoch; undefined if they are certainly older than a minute. */
  readonly createdAt?: number | undefined;
}

/** Deletes snapshots. Snapshots that do not exist are no error; snapshots that another image uses are kept. */
export async function deleteSnapshots(
  scope: CallScope,
  ids: readonly string[],
  origin: SnapshotOrigin = {},
): Promise<void> {
  for (const id of ids) await deleteSnapshot(scope, id, origin);
}

/** Deletes a snapshot. A snapshot that does not exist counts as deleted; a snapshot that an image uses is kept. */
export async function deleteSnapshot(
  scope: CallScope,
  id: string,
  { image, createdAt }: SnapshotOrigin = {},
): Promise<"deleted" | "in-use"> {
  const ec2 = await scope.session.ec2(scope.region);
  try {
    await removeResource(scope, {
      what: `snapshot ${id}`,
      createdAt,
      circumstances: ({ awsMessage }) =>
        image !== undefined && awsMessage.includes(image) ? ["deregistered image"] : [],
      send: () => ec2.send(new DeleteSnapshotCommand({ SnapshotId: id }), scope.signal),
      describe: async () => ((await ifFound(describeSnapshots(scope, [id])))?.length ? "exists" : "absent"),
    });
  } catch (error) {
    if (failedAs(error, "in-use")) return "in-use";
    throw error;
  }
  return "deleted";
}

/** Returns the account's own snapshots that have a tag, with any value; all pages. */
export async function describeSnapshotsTagged(scope: CallScope, tag: string): Promise<readonly FoundSnapshot[]> {
  return (await readOwnSnapshots(scope, [{ Name: "tag-key", Values: [tag] }])).map(toFoundSnapshot);
}

/**
 * Returns the account's own snapshots that match the filters; all pages. Some endpoints that are compatible with EC2 count `OwnerIds` as a
 * list of ids, which excludes a page size (EC2 pagination): they are read again without one.
 */
export async function readOwnSnapshots(scope: CallScope, filters: readonly Filter[]): Promise<readonly Snapshot[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const input = { OwnerIds: ["self"], Filters: [...filters] };
  const read = (MaxResults: number | undefined) =>
    readPages(
      (NextToken) => ec2.send(new DescribeSnapshotsCommand({ ...input, NextToken, MaxResults }), scope.signal),
      ({ Snapshots }) => Snapshots,
    );
  try {
    return await read(PAGE_SIZE);
  } catch (error) {
    if (!hasAwsCode(error, "InvalidParameterCombination")) throw error;
    return read(undefined);
  }
}

/** The create-volume permissions of a snapshot: accounts, or everyone (`groups: ["all"]`). */
export interface VolumePermissions {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** Returns the create-volume permissions of a snapshot (EC2 DescribeSnapshotAttribute). */
export async function describeVolumePermissions(scope: CallScope, id: string): Promise<VolumePermissions> {
  const ec2 = await scope.session.ec2(scope.region);
  const input = { SnapshotId: id, Attribute: "createVolumePermission" } as const;
  const { CreateVolumePermissions: found = [] } = await ec2.send(
    new DescribeSnapshotAttributeCommand(input),
    scope.signal,
  );
  return { users: found.flatMap(({ UserId }) => UserId ?? []), groups: found.flatMap(({ Group }) => Group ?? []) };
}

/** Adds create-volume permissions to a snapshot (EC2 ModifySnapshotAttribute). */
export async function shareSnapshot(scope: CallScope, id: string, share: VolumePermissions): Promise<void> {
  if (share.users.length === 0 && share.groups.length === 0) return;
  const ec2 = await scope.session.ec2(scope.region);
  const command = new ModifySnapshotAttributeCommand({
    SnapshotId: id,
    Attribute: "createVolumePermission",
    CreateVolumePermission: {
      Add: [...share.users.map((UserId) => ({ UserId })), ...share.groups.map(() => ({ Group: "all" as const }))],
    },
  });
  await sendChange(scope, ec2, command, { what: `snapshot ${id}` });
}
