import type { FoundImage } from "../../aws/image.js";
import type { ResourceTags } from "../../aws/tags.js";
import type { KnownFingerprint } from "../../core/fingerprint.js";
import type { Fields, LateText } from "../../core/late.js";
import { TAG, tagValue } from "../../core/ownership.js";
import type { LateEntry } from "../../options/collections.js";
import type { AmazonEbsOptions } from "./options/schema.js";

/** On images under a temporary name: the name that the finished ones get. */
export const FINAL_NAME_TAG = "bake-ami:name";

/** What `{{ .SourceAMI }}` and its kin render to (Packer §1.10). */
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

/** The template's tags of all kinds, rendered. */
export interface RenderedTags {
  readonly run: ResourceTags;
  readonly volume: ResourceTags;
  readonly spot: ResourceTags;
  /** On the image: `run_tags` unless skipped, then `tags`. */
  readonly image: ResourceTags;
  /** On the snapshots: as the image, then `snapshot_tags`. */
  readonly snapshot: ResourceTags;
}

/** Renders the tags once, when the source image is known; they are the same in every region. */
export function renderTags(options: AmazonEbsOptions, fields: Fields): RenderedTags {
  const run = both(options.run_tags, options.run_tag, fields);
  const image = { ...(options.skip_ami_run_tags ? {} : run), ...both(options.tags, options.tag, fields) };
  return {
    run,
    volume: {
      ...render(options.run_volume_tags, fields),
      ...render(
        options.run_volume_tag.map((tag) => ({ key: tag.name, value: tag.value })),
        fields,
      ),
    },
    spot: both(options.spot_tags, options.spot_tag, fields),
    image,
    snapshot: { ...image, ...both(options.snapshot_tags, options.snapshot_tag, fields) },
  };
}

interface TagBlock {
  readonly key: LateText;
  readonly value: LateText;
}

function both(map: readonly LateEntry[], blocks: readonly TagBlock[], fields: Fields): ResourceTags {
  return { ...render(map, fields), ...render(blocks, fields) };
}

function render(entries: readonly TagBlock[], fields: Fields): ResourceTags {
  return Object.fromEntries(entries.map((entry) => [entry.key.render(fields), entry.value.render(fields)]));
}

/** Our own tags on an image and its snapshots, beside the ownership tags that `acquire` stamps. */
export function imageMarks(marks: {
  readonly missing: string;
  readonly fingerprint: Pick<KnownFingerprint, "hash" | "record"> | undefined;
  readonly names: string | undefined;
  readonly finalName: string | undefined;
}): ResourceTags {
  return {
    [TAG.unfinished]: tagValue(marks.missing),
    ...(marks.fingerprint ? { [TAG.fingerprint]: marks.fingerprint.hash, ...marks.fingerprint.record } : {}),
    ...(marks.names === undefined ? {} : { [TAG.names]: marks.names }),
    ...(marks.finalName === undefined ? {} : { [FINAL_NAME_TAG]: marks.finalName }),
  };
}
