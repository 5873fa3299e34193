import type { FoundImage } from "../../../aws/image.js";
import { deprecateImage, protectImage, requireImdsV2, setProductCodes } from "../../../aws/image-attributes.js";
import { REMOVED_WHEN_FINISHED, removeTags, setTags } from "../../../aws/tags.js";
import { type Bake, inRegion } from "../bake.js";
import { FINAL_NAME_TAG } from "../marks.js";
import type { ImageMetadata } from "../tags.js";
import { share } from "./share.js";

/**
 * Gives an available image all that the template sets in addition to its tags, which it has from its creation: product codes, IMDS
 * support, deprecation, sharing (so nobody else sees an untagged image), and deregistration protection at the end. What it already
 * has is not set again. `isReused`: it had everything, and lacks only what somebody took away.
 */
export async function setAttributes(bake: Bake, region: string, image: FoundImage, isReused: boolean): Promise<void> {
  const { options, context } = bake;
  const { narrator } = context;
  const scope = inRegion(bake, region);
  if (options.ami_product_codes.some((code) => !image.productCodes.includes(code))) {
    narrator.message(`Modifying: product codes of ${image.id} in ${region}`);
    await setProductCodes(scope, image.id, options.ami_product_codes);
  }
  if (options.imds_support === "v2.0" && !image.imdsV2) {
    narrator.message(`Modifying: IMDS support of ${image.id} in ${region}`);
    await requireImdsV2(scope, image.id);
  }
  // The time of a reused image stays: it counts from its bake.
  if (options.deprecate_at && image.deprecatesAt === undefined) {
    narrator.say(`Enabling deprecation on AMI (${image.id}) in region ${region} ...`);
    await deprecateImage(scope, image.id, options.deprecate_at);
  }
  await share(bake, region, image, isReused);
  const { enabled = false, with_cooldown: cooldown = false } = options.deregistration_protection ?? {};
  const wanted = cooldown ? "with-cooldown" : "without-cooldown";
  if ((enabled || cooldown) && image.protection !== wanted) {
    narrator.say(`Enabling deregistration protection on AMI (${image.id}) in region ${region} ...`);
    await protectImage(scope, image.id, cooldown);
  }
}

/**
 * Gives a reused image, and its snapshots, the template's tags that it lacks or that have another value; values that change with the time
 * of a bake stay.
 */
export async function addMissingTags(
  bake: Bake,
  region: string,
  image: FoundImage,
  { tags, fingerprint }: ImageMetadata,
): Promise<void> {
  const changing = new Set(fingerprint?.changingTags);
  const missing = Object.entries(tags.image).filter(
    ([key, value]) => image.tags[key] === undefined || (image.tags[key] !== value && !changing.has(key)),
  );
  if (missing.length === 0) return;
  bake.context.narrator.message(`Tags of ${image.id} in ${region}: ${missing.map(([key]) => key).join(", ")}`);
  await setTags(inRegion(bake, region), [image.id, ...image.snapshotIds], Object.fromEntries(missing));
}

/** Removes an image's unfinished mark last of all, when the parameters name it, so that a run that is killed before can be resumed. */
export function markFinished(bake: Bake, region: string, image: FoundImage): void {
  const resources = [image.id, ...image.snapshotIds];
  bake.context.afterPublish(() =>
    removeTags(inRegion(bake, region), resources, [...REMOVED_WHEN_FINISHED, FINAL_NAME_TAG]),
  );
}
