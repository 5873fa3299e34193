import { BakeError } from "../../core/errors.js";
import { originTag } from "../../core/image-order.js";
import { leaseUntil } from "../../core/lease.js";
import { ownershipTags, TAG, tagValue } from "../../core/ownership.js";
import { MOST_TAGS, packTags } from "../../core/packed-tags.js";
import type { ReadingContext } from "../../core/parts.js";
import { imageMarks } from "./marks.js";
import type { ImageMetadata, RenderedTags } from "./tags.js";

/** EC2's limits on a tag in characters (EC2 user guide, "Tag restrictions"). */
const LIMITS = { key: 128, value: 256 } as const;

/** The options that set the tags of a resource. */
const OPTIONS = {
  run: "run_tags",
  volume: "run_volume_tags",
  spot: "spot_tags",
  image: "tags",
  snapshot: "snapshot_tags",
} as const satisfies Readonly<Record<keyof RenderedTags, string>>;

/** What the limits depend on. */
type TagRoom = Pick<ReadingContext, "settings" | "place" | "identity">;

/**
 * Returns the metadata of the images with what fits in EC2's limit of 50 tags. Where the template sets many, the tags of bake-ami are packed
 * into three when the resource is created; the record of what changed since the last image, and a long pattern of the names, are left out
 * only if they have no room then. `finalName` is the name of the finished image. Throws a `BakeError` when the tags of the template break a
 * limit of EC2 or leave no room for those that bake-ami needs: EC2 would refuse them only at the launch, or after the provisioning.
 */
export function fitTags(metadata: ImageMetadata, finalName: string, room: TagRoom): ImageMetadata {
  const { fingerprint } = metadata;
  for (const kind of kinds(metadata.tags)) checkEach(kind, metadata.tags, room);
  const withoutRecord = { ...metadata, fingerprint: fingerprint && { ...fingerprint, record: {} } };
  let over: Overflow | undefined;
  for (const smaller of [metadata, withoutRecord, { ...withoutRecord, names: undefined }]) {
    over = overflow(smaller, finalName, room);
    if (over === undefined) return smaller;
  }
  throw tooMany(over, room);
}

const kinds = (tags: RenderedTags) => Object.keys(tags) as (keyof RenderedTags)[];

function checkEach(kind: keyof RenderedTags, tags: RenderedTags, room: TagRoom): void {
  const option = OPTIONS[kind];
  for (const [key, value] of Object.entries(tags[kind])) {
    const wrong = problemOf(key, value);
    if (wrong === undefined) continue;
    const isRun = kind !== "run" && tags.run[key] === value;
    const at = isRun ? OPTIONS.run : option;
    throw new BakeError(`"${at}" has a tag that EC2 refuses: ${wrong}`, {
      code: "invalid-tag",
      range: room.place(at),
      hint: 'Change the tag. Keys have 1 to 128 characters and do not start with "aws:", values have up to 256 characters.',
    });
  }
}

function problemOf(key: string, value: string): string | undefined {
  if (key === "") return "the key is empty";
  if (/^aws:/i.test(key)) return `the key "${key}" starts with "aws:", which is reserved for AWS`;
  const length = [...key].length;
  if (length > LIMITS.key) return `the key "${key.slice(0, 40)}…" has ${length} characters`;
  const size = [...value].length;
  return size > LIMITS.value ? `the value of "${key}" has ${size} characters` : undefined;
}

/** A resource with more tags than EC2 allows. */
interface Overflow {
  readonly kind: keyof RenderedTags;
  readonly given: number;
  readonly ours: number;
}

function overflow(metadata: ImageMetadata, finalName: string, room: TagRoom): Overflow | undefined {
  const { owned, marks, tested, live } = ourTags(metadata, finalName, room);
  for (const kind of kinds(metadata.tags)) {
    const given = metadata.tags[kind];
    const isImage = kind === "image" || kind === "snapshot";
    const ours = isImage
      ? { ...owned, ...marks, ...(kind === "image" ? tested : {}) }
      : kind === "run"
        ? { ...owned, ...live }
        : owned;
    const all = { ...given, ...ours };
    const stored = Object.keys(all).length > MOST_TAGS ? packTags(all) : all;
    const [count, own] = [Object.keys(stored).length, Object.keys(given).length];
    if (count > MOST_TAGS) return { kind, given: own, ours: count - own };
  }
  return undefined;
}

/** Returns tags as long as those that bake-ami sets: on every resource, and in addition on an image and its snapshots, and on an instance. */
function ourTags(metadata: ImageMetadata, finalName: string, { settings, identity }: TagRoom) {
  const { ownership } = settings;
  const key = tagValue(`${ownership.runId}/${identity.name}/snapshot/12345678`);
  const owned = ownershipTags({ ownership, build: identity.name, key }, 0);
  const marks = imageMarks({
    missing: "finish",
    fingerprint: metadata.fingerprint,
    names: metadata.names,
    image: settings.image,
    finalName,
    origin: originTag({ id: `ami-${"0".repeat(17)}`, createdAt: "2026-11-30T12:00:00.000Z", tags: {} }),
  });
  const lease = { [TAG.lease]: leaseUntil(0) };
  const { [TAG.fingerprint]: fingerprint, [TAG.image]: image } = marks;
  const isFound = settings.skipUnchanged.enabled && fingerprint !== undefined;
  const live = !isFound ? {} : { [TAG.fingerprint]: fingerprint, [TAG.image]: image ?? "", ...lease };
  // Of the image alone. It is a tag of its own, also where others are packed.
  const tested = settings.tests === undefined ? {} : { [TAG.tested]: "" };
  return { owned, marks: { ...marks, ...lease }, tested, live };
}

function tooMany(over: Overflow | undefined, room: TagRoom): BakeError {
  const { kind, given, ours } = over ?? { kind: "image", given: 0, ours: 0 };
  const option = OPTIONS[kind];
  const resource = { run: "instance", volume: "volumes", spot: "spot request", image: "AMI", snapshot: "snapshots" }[
    kind
  ];
  return new BakeError(
    `Too many tags on the ${resource}: the template sets ${given}, bake-ami needs ${ours}, and EC2 allows ${MOST_TAGS}`,
    {
      code: "too-many-tags",
      range: room.place(option),
      hint: `Remove ${given + ours - MOST_TAGS} of the tags in ${option === OPTIONS.run ? "" : `"${option}" or `}"${OPTIONS.run}".`,
    },
  );
}
