import type { FoundImage } from "../../aws/image.js";
import type { ResourceTags } from "../../aws/tags.js";
import type { KnownFingerprint } from "../../core/fingerprint.js";
import type { Fields, LateText } from "../../core/late.js";
import type { LateEntry } from "../../options/collections.js";
import type { AmazonEbsOptions } from "./options/schema.js";

/** Returns the values of `{{ .SourceAMI }}` and the like (Packer §1.10). */
export function sourceFields(source: FoundImage, buildRegion: string): Fields {
  return {
    BuildRegion: buildRegion,
    SourceAMI: source.id,
    SourceAMIName: source.name,
    SourceAMICreationDate: source.createdAt,
    SourceAMIOwner: source.owner,
    SourceAMIOwnerName: source.ownerAlias,
    SourceAMITags: source.tags,
  };
}

/** The rendered tags of the template, by resource. */
export interface RenderedTags {
  readonly run: ResourceTags;
  readonly volume: ResourceTags;
  readonly spot: ResourceTags;
  /** On the image: `run_tags` unless skipped, then `tags`. */
  readonly image: ResourceTags;
  /** On the snapshots: as the image, then `snapshot_tags`. */
  readonly snapshot: ResourceTags;
}

/** Renders the tags when the source image is known. They are the same in every Region. */
export function renderTags(options: AmazonEbsOptions, fields: Fields): RenderedTags {
  const run = renderBoth(options.run_tags, options.run_tag, fields);
  const image = { ...(options.skip_ami_run_tags ? {} : run), ...renderBoth(options.tags, options.tag, fields) };
  return {
    run,
    volume: renderBoth(
      options.run_volume_tags,
      options.run_volume_tag.map(({ name, value }) => ({ key: name, value })),
      fields,
    ),
    spot: renderBoth(options.spot_tags, options.spot_tag, fields),
    image,
    snapshot: { ...image, ...renderBoth(options.snapshot_tags, options.snapshot_tag, fields) },
  };
}

interface TagBlock {
  readonly key: LateText;
  readonly value: LateText;
}

function renderBoth(map: readonly LateEntry[], blocks: readonly TagBlock[], fields: Fields): ResourceTags {
  return { ...render(map, fields), ...render(blocks, fields) };
}

function render(entries: readonly TagBlock[], fields: Fields): ResourceTags {
  return Object.fromEntries(entries.map((entry) => [entry.key.render(fields), entry.value.render(fields)]));
}

/** Metadata of all images of a bake: description, tags, fingerprint. */
export interface ImageMetadata {
  readonly description: string;
  readonly tags: RenderedTags;
  readonly fingerprint: KnownFingerprint | undefined;
  /** Pattern of the template's image names. */
  readonly names: string | undefined;
}

/**
 * Returns the template's tags that a reused image does not have, or has with another value. Values that change with the time of a bake are
 * kept.
 */
export function missingTags(
  image: FoundImage,
  { tags, fingerprint }: ImageMetadata,
): readonly (readonly [key: string, value: string])[] {
  const changing = new Set(fingerprint?.changingTags);
  return Object.entries(tags.image).filter(
    ([key, value]) => image.tags[key] === undefined || (image.tags[key] !== value && !changing.has(key)),
  );
}
