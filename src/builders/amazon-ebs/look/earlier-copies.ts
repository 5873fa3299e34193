import { describeOwnImages, type FoundImage } from "../../../aws/image.js";
import { withOwnTag } from "../../../aws/tags.js";
import type { KnownFingerprint } from "../../../core/fingerprint.js";
import { INTERMEDIATE, TAG, tagValue } from "../../../core/ownership.js";
import { type BakeReading, inRegion } from "../bake.js";
import { isMadeByBuild } from "../marks.js";

/** What an earlier run of the build left in a Region to copy to. */
export interface EarlierCopies {
  /** The image with the final name, whatever its state. */
  readonly copy: FoundImage | undefined;
  /** Intermediate copies: they are made again from the image that is resumed. */
  readonly temporary: readonly FoundImage[];
}

/** Reads the copies of the image with this name and fingerprint. Neither tag alone is enough: bake-ami must have made the copy. */
export async function describeEarlierCopies(
  bake: BakeReading,
  region: string,
  finalName: string,
  fingerprint: KnownFingerprint,
): Promise<EarlierCopies> {
  const { identity, settings } = bake.context;
  const images = await describeOwnImages(inRegion(bake, region), [withOwnTag(TAG.build, tagValue(identity.name))]);
  const ours = images.filter(
    (image) => image.tags[TAG.fingerprint] === fingerprint.hash && isMadeByBuild(image, fingerprint, settings.image),
  );
  return {
    copy: ours.find((image) => image.name === finalName),
    temporary: ours.filter(({ tags }) => tags[TAG.unfinished] === INTERMEDIATE && tags[TAG.finalName] === finalName),
  };
}
