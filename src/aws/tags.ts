import {
  CreateTagsCommand,
  DeleteTagsCommand,
  type Filter,
  type ResourceType,
  type Tag,
  type TagSpecification,
} from "@aws-sdk/client-ec2";
import { OWNER, TAG } from "../core/ownership.js";
import {
  arePacked,
  MOST_TAGS,
  packedFingerprint,
  packRetired,
  packTags,
  storedValues,
  unpackTags,
} from "../core/packed-tags.js";
import { sendChange } from "./client/change.js";
import { hasAwsCode } from "./client/errors.js";
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
export const REMOVED_WHEN_FINISHED: readonly string[] = [
  TAG.unfinished,
  TAG.lease,
  TAG.expires,
  TAG.key,
  TAG.finalName,
];

/** The tags of a resource, and whether those of bake-ami are packed into three because the template sets so many. */
export interface TaggedResource {
  readonly tags: ResourceTags;
  readonly isPacked: boolean;
}

/** Converts a record to the SDK's list. */
export function toTagList(tags: ResourceTags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Converts the SDK's list to a record, in which each of our tags is one of its own. */
export function toTagRecord(tags: readonly Tag[] | undefined): Record<string, string> {
  return unpackTags(toStoredTags(tags));
}

function toStoredTags(tags: readonly Tag[] | undefined): ResourceTags {
  const entries = (tags ?? []).flatMap((tag) => (tag.Key === undefined ? [] : [[tag.Key, tag.Value ?? ""] as const]));
  return Object.fromEntries(entries);
}

/** Returns the tags of a resource as EC2 returned them. */
export function toTaggedResource(tags: readonly Tag[] | undefined): TaggedResource {
  return { tags: toTagRecord(tags), isPacked: arePacked(toStoredTags(tags)) };
}

/**
 * Returns the tags that a create call sets on the resources that it creates. If one of them has more than EC2 allows, our tags are packed on
 * all of them: an image and its snapshots are changed by one call later. `spare`: the number of tags that they get later.
 */
export function tagsToCreate<K extends string>(
  byType: Readonly<Partial<Record<K, ResourceTags>>>,
  spare = 0,
): Record<K, TaggedResource> {
  const all = Object.entries<ResourceTags | undefined>(byType).map(([type, tags = {}]) => [type, tags] as const);
  const isPacked = all.some(([, tags]) => Object.keys(tags).length + spare > MOST_TAGS);
  const entries = all.map(([type, tags]) => [type, { tags: isPacked ? packTags(tags) : tags, isPacked }] as const);
  return Object.fromEntries(entries) as Record<K, TaggedResource>;
}

/** The tags of a new image and of its snapshots. */
export interface NewImageTags {
  readonly imageTags: ResourceTags;
  readonly snapshotTags: ResourceTags;
  /** The number of tags that the image gets later, for which it needs room. */
  readonly spareTags: number;
}

/** Returns the tags of a new image and of its snapshots, with those of a mark. */
function withMarks({ imageTags, snapshotTags }: NewImageTags, marks: ResourceTags) {
  return { image: { ...imageTags, ...marks }, snapshot: { ...snapshotTags, ...marks } };
}

/** Returns the tags of an image that was created with these tags and the marks. */
export function createdImageTags(created: NewImageTags, marks: ResourceTags): TaggedResource {
  const all = withMarks(created, marks);
  return { tags: all.image, isPacked: tagsToCreate(all, created.spareTags).image.isPacked };
}

/** Returns the tag specifications of the call that creates an image. */
export function imageTagSpecifications(created: NewImageTags, marks: ResourceTags): TagSpecification[] {
  return toTagSpecifications(withMarks(created, marks), created.spareTags);
}

/** Returns the tag specifications of a create call that creates several kinds of resources. */
export function toTagSpecifications(
  byType: Partial<Record<ResourceType, ResourceTags>>,
  spare = 0,
): TagSpecification[] {
  return Object.entries<TaggedResource>(tagsToCreate(byType, spare))
    .filter(([, { tags }]) => Object.keys(tags).length > 0)
    .map(([type, { tags }]) => ({ ResourceType: type as ResourceType, Tags: toTagList(tags) }));
}

/** Returns EC2's filter for resources with this value of `bake-ami:key` or `bake-ami:build`, packed or not. */
export function withOwnTag(tag: typeof TAG.key | typeof TAG.build, value: string): Filter {
  return { Name: `tag:${tag}`, Values: storedValues(value) };
}

/** Returns EC2's filters for images with a fingerprint: where it is a tag of its own, and where it is packed. */
export function withFingerprint(hash: string): readonly [own: Filter, packed: Filter] {
  return [
    { Name: `tag:${TAG.fingerprint}`, Values: [hash] },
    { Name: `tag:${TAG.build}`, Values: [packedFingerprint(hash)] },
  ];
}

/** Returns EC2's filter for resources that bake-ami created. */
export function createdByUs(): Filter {
  return { Name: `tag:${TAG.owner}`, Values: [OWNER] };
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

/**
 * Sets our tags on a resource that has others of ours, and on more resources with the same tags, such as its snapshots; a value of undefined
 * removes a tag. Where they are packed, all of them are written again. `isLost`: as in `setTags`.
 */
export async function changeOwnTags(
  scope: CallScope,
  resources: readonly string[],
  { tags, isPacked }: TaggedResource,
  changes: OwnTagChanges,
): Promise<void> {
  const set = Object.entries(changes.tags).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (isPacked) {
    const { [TAG.owner]: _owner, ...packed } = packTags(withChanges(tags, changes.tags));
    const ours = Object.entries(packed).filter(([key]) => OWN_KEYS.has(key));
    await setTags(scope, resources, Object.fromEntries(ours), changes.isLost);
    return;
  }
  await setTags(scope, resources, Object.fromEntries(set), changes.isLost);
  const removed = Object.keys(changes.tags).filter((key) => changes.tags[key] === undefined);
  if (removed.length > 0) await removeTags(scope, resources, removed);
}

/** Changes of our tags; undefined removes one. */
export interface OwnTagChanges {
  readonly tags: Readonly<Record<string, string | undefined>>;
  isLost?(): Promise<boolean>;
}

const OWN_KEYS: ReadonlySet<string> = new Set(Object.values(TAG));

/** Returns tags after a change. */
export function withChanges(tags: ResourceTags, changes: OwnTagChanges["tags"]): ResourceTags {
  const merged = Object.entries<string | undefined>({ ...tags, ...changes });
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Our tags that a finished image can do without: its run, and the record of what changed, the latter last. */
const DISPENSABLE = [TAG.run, TAG.attempt, `${TAG.parts}-3`, `${TAG.parts}-2`, TAG.parts, TAG.source];

/**
 * Sets the template's tags on a finished image, and on its snapshots. If they have too many tags then, ours are packed first, in an order
 * that leaves them readable at every moment.
 */
export async function addTags(
  scope: CallScope,
  resources: readonly string[],
  own: TaggedResource,
  tags: ResourceTags,
): Promise<void> {
  try {
    await setTags(scope, resources, tags);
  } catch (error) {
    if (!hasAwsCode(error, "TagLimitExceeded") || own.isPacked) throw error;
    const packed = packTags(own.tags);
    const gone = Object.keys(own.tags).filter((key) => packed[key] === undefined);
    let over = Object.keys({ ...packed, ...tags }).length - MOST_TAGS;
    for (const key of DISPENSABLE.filter((each) => packed[each] !== undefined)) if (over-- > 0) gone.push(key);
    await setTags(scope, resources, { [TAG.build]: packed[TAG.build] ?? "" });
    await removeTags(scope, resources, gone);
    await setTags(scope, resources, tags);
  }
}

/** Marks the snapshots of an image that is about to be removed. With one tag where there is no room for two. */
export async function markRetired(
  scope: CallScope,
  snapshots: readonly string[],
  image: string,
  mark: { readonly expires: string; isLost(): Promise<boolean> },
): Promise<void> {
  try {
    await setTags(scope, snapshots, { [TAG.retired]: image, [TAG.expires]: mark.expires }, mark.isLost);
  } catch (error) {
    if (!hasAwsCode(error, "TagLimitExceeded")) throw error;
    await setTags(scope, snapshots, { [TAG.retired]: packRetired(image, mark.expires) }, mark.isLost);
  }
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
