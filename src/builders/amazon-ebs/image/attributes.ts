import type { FoundImage } from "../../../aws/image.js";
import { deprecateImage, protectImage, requireImdsV2, setProductCodes } from "../../../aws/image-attributes.js";
import { addTags, REMOVED_WHEN_FINISHED, removeTags } from "../../../aws/tags.js";
import { type Bake, inRegion } from "../bake.js";
import { missingAttributes } from "../look/missing-attributes.js";
import { type ImageMetadata, missingTags } from "../tags.js";
import { share } from "./share.js";

/**
 * Sets the attributes of an available image: product codes, IMDS support, deprecation, sharing, and deregistration protection last.
 * Its tags exist since its creation, so nobody sees a shared image without tags. Attributes that the image already has are not set
 * again. `isReused`: an earlier run set all of them.
 */
export async function setAttributes(bake: Bake, region: string, image: FoundImage, isReused: boolean): Promise<void> {
  const { options, context } = bake;
  const { narrator } = context;
  const scope = inRegion(bake, region);
  const missing = missingAttributes(options, image);
  if (missing.productCodes) {
    narrator.message(`Modifying: product codes of ${image.id} in ${region}`);
    await setProductCodes(scope, image.id, options.ami_product_codes);
  }
  if (missing.imdsV2) {
    narrator.message(`Modifying: IMDS support of ${image.id} in ${region}`);
    await requireImdsV2(scope, image.id);
  }
  if (missing.deprecation) {
    narrator.say(`Enabling deprecation on AMI (${image.id}) in region ${region} ...`);
    await deprecateImage(scope, image.id, missing.deprecation);
  }
  await share(bake, region, image, isReused);
  if (missing.protection) {
    narrator.say(`Enabling deregistration protection on AMI (${image.id}) in region ${region} ...`);
    await protectImage(scope, image.id, missing.protection === "with-cooldown");
  }
}

/** Adds the template's tags that a reused image and its snapshots do not have, and updates those with another value. */
export async function addMissingTags(
  bake: Bake,
  region: string,
  image: FoundImage,
  metadata: ImageMetadata,
): Promise<void> {
  const missing = missingTags(image, metadata);
  if (missing.length === 0) return;
  bake.context.narrator.message(`Tags of ${image.id} in ${region}: ${missing.map(([key]) => key).join(", ")}`);
  await addTags(inRegion(bake, region), [image.id, ...image.snapshotIds], image, Object.fromEntries(missing));
}

/** Removes an image's unfinished mark after the parameters were published: a run that is killed before that can be resumed. */
export function markFinished(bake: Bake, region: string, image: FoundImage): void {
  const resources = [image.id, ...image.snapshotIds];
  bake.context.afterPublish(async () => {
    await removeTags(inRegion(bake, region), resources, REMOVED_WHEN_FINISHED);
    bake.leases.drop(region, image.id);
  });
}
