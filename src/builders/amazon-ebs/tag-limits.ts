import { BakeError } from "../../core/errors.js";
import { ownershipTags } from "../../core/ownership.js";
import type { BuilderContext } from "../../core/parts.js";
import { imageMarks } from "./marks.js";
import type { ImageMetadata, RenderedTags } from "./tags.js";

/** EC2's limits on tags of one resource (EC2 user guide, "Tag restrictions"). */
const LIMITS = { tags: 50, key: 128, value: 256 } as const;

/** The options that set the tags of a resource. */
const OPTIONS = {
  run: "run_tags",
  volume: "run_volume_tags",
  spot: "spot_tags",
  image: "tags",
  snapshot: "snapshot_tags",
} as const satisfies Readonly<Record<keyof RenderedTags, string>>;

/** What the limits depend on. */
type TagRoom = Pick<BuilderContext, "settings" | "place">;

/**
 * Returns the metadata of the images with what fits in EC2's limit of 50 tags. bake-ami's record of what changed since the last image, and
 * the pattern of the names, are left out where the template sets many tags. Throws a `BakeError` when the tags of the template break a
 * limit of EC2 or leave no room for those that bake-ami needs: EC2 would refuse them only at the launch, or after the provisioning.
 */
export function fitTags(metadata: ImageMetadata, room: TagRoom): ImageMetadata {
  const { fingerprint } = metadata;
  for (const kind of kinds(metadata.tags)) checkEach(kind, metadata.tags, room);
  const withoutRecord = { ...metadata, fingerprint: fingerprint && { ...fingerprint, record: {} } };
  let over: Overflow | undefined;
  for (const smaller of [metadata, withoutRecord, { ...withoutRecord, names: undefined }]) {
    over = overflow(smaller, room);
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

function overflow(metadata: ImageMetadata, room: TagRoom): Overflow | undefined {
  const owned = Object.keys(ownershipTags({ ownership: room.settings.ownership, build: "", key: "" }, 0)).length;
  const marks = imageMarks({
    missing: "finish",
    fingerprint: metadata.fingerprint,
    names: metadata.names,
    image: room.settings.image,
    finalName: "name",
    origin: "origin",
  });
  // The lease is a tag of its own.
  const marked = owned + Object.keys(marks).length + 1;
  for (const kind of kinds(metadata.tags)) {
    const given = Object.keys(metadata.tags[kind]).length;
    const ours = kind === "image" || kind === "snapshot" ? marked : owned;
    if (given + ours > LIMITS.tags) return { kind, given, ours };
  }
  return undefined;
}

function tooMany(over: Overflow | undefined, room: TagRoom): BakeError {
  const { kind, given, ours } = over ?? { kind: "image", given: 0, ours: 0 };
  const option = OPTIONS[kind];
  const resource = { run: "instance", volume: "volumes", spot: "spot request", image: "AMI", snapshot: "snapshots" }[
    kind
  ];
  return new BakeError(
    `Too many tags on the ${resource}: the template sets ${given}, bake-ami needs ${ours}, and EC2 allows ${LIMITS.tags}`,
    {
      code: "too-many-tags",
      range: room.place(option),
      hint: `Remove ${given + ours - LIMITS.tags} of the tags in "${option}" or "run_tags".`,
    },
  );
}
