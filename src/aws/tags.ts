import {
  CreateTagsCommand,
  DeleteTagsCommand,
  type ResourceType,
  type Tag,
  type TagSpecification,
} from "@aws-sdk/client-ec2";
import { TAG } from "../core/ownership.js";
import { sendChange } from "./client/change.js";
import type { CallScope } from "./client/session.js";

/** Tags as a record. */
export type ResourceTags = Readonly<Record<string, string>>;

/** The data that identifies a resource as ours from its creation. */
export interface Mark {
  /** Ledger key; also the value of the `bake-ami:key` tag. */
  readonly key: string;
  readonly tags: ResourceTags;
  /** Client token for calls that have one. A retry must use the same token. At most 64 ASCII characters. */
  readonly token: string;
}

/**
 * Our tags that one call removes when an image is complete, including the tag that marks it as unfinished. The tags of run,
 * repository, build and fingerprint stay as the record of its origin.
 */
export const REMOVED_WHEN_FINISHED: readonly string[] = [TAG.unfinished, TAG.lease, TAG.expires, TAG.key];

/** Converts a record to the SDK's list. */
export function toTagList(tags: ResourceTags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Converts the SDK's list to a record. */
export function toTagRecord(tags: readonly Tag[] | undefined): Record<string, string> {
  const entries = (tags ?? []).flatMap((tag) => (tag.Key === undefined ? [] : [[tag.Key, tag.Value ?? ""] as const]));
  return Object.fromEntries(entries);
}

/** Returns the tag specifications of a create call that creates several kinds of resources. */
export function toTagSpecifications(byType: Partial<Record<ResourceType, ResourceTags>>): TagSpecification[] {
  return Object.entries(byType)
    .filter(([, tags]) => tags !== undefined && Object.keys(tags).length > 0)
    .map(([type, tags]) => ({ ResourceType: type as ResourceType, Tags: toTagList(tags ?? {}) }));
}

/** Sets tags on existing resources. `isLost`: as in `ChangeTarget`, where another run may remove a resource. */
export async function setTags(
  scope: CallScope,
  resources: readonly string[],
  tags: ResourceTags,
  isLost?: () => Promise<boolean>,
): Promise<void> {
  if (resources.length === 0 || Object.keys(tags).length === 0) return;
  const ec2 = await scope.session.ec2(scope.region);
  const command = new CreateTagsCommand({ Resources: [...resources], Tags: toTagList(tags) });
  await sendChange(scope, ec2, command, { what: resources.join(", "), isLost });
}

/** Removes tags by key, with any value. */
export async function removeTags(
  scope: CallScope,
  resources: readonly string[],
  keys: readonly string[],
): Promise<void> {
  if (resources.length === 0) return;
  const ec2 = await scope.session.ec2(scope.region);
  const command = new DeleteTagsCommand({ Resources: [...resources], Tags: keys.map((Key) => ({ Key })) });
  await sendChange(scope, ec2, command, { what: resources.join(", ") });
}
