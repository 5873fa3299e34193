import { type FoundImage, ownImageNamed, ownImages } from "../../../aws/image.js";
import { isSpecificName } from "../../../core/artifact.js";
import type { Fingerprint } from "../../../core/fingerprint.js";
import { TAG, tagValue } from "../../../core/ownership.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import { sharedStem } from "../marks.js";

/** The images that the build region holds already. */
export interface EarlierImages {
  /** The account's image that has the name, whoever made it. */
  readonly withName: FoundImage | undefined;
  /** Images whose tags say that this build made them. */
  readonly ofBuild: readonly FoundImage[];
}

/** An unfinished image of an interrupted run, from which this run resumes. */
export interface ResumedImage {
  readonly kind: "resumed";
  readonly image: FoundImage;
  readonly finalName: string;
}

/** A finished image of an earlier run with the same inputs, which this run reuses. */
export interface ReusedImage {
  readonly kind: "reused";
  readonly image: FoundImage;
  readonly finalName: string;
}

/** An image of an earlier run that takes the place of one that this run would bake. */
export type ExistingImage = ResumedImage | ReusedImage;

/**
 * Searches the build region for the image's name and for what earlier runs of the build made, in one call where the name begins
 * with enough that is fixed. Without a fingerprint it asks for the name alone: nothing can be resumed or reused.
 */
export async function findEarlierImages(bake: Bake, fingerprint: Fingerprint): Promise<EarlierImages> {
  const name = bake.options.ami_name;
  const scope = inRegion(bake);
  const build = tagValue(bake.context.identity.name);
  return runBuilderStep(bake.context, "home-images", "Looking for images of earlier runs", async () => {
    if (!fingerprint.known) return { withName: await ownImageNamed(scope, name), ofBuild: [] };
    const [fixed = ""] = fingerprint.namePattern.split("*");
    if (!isSpecificName(fixed)) {
      const tagged = ownImages(scope, [{ Name: `tag:${TAG.build}`, Values: [build] }]);
      const [withName, ofBuild] = await Promise.all([ownImageNamed(scope, name), tagged]);
      return { withName, ofBuild };
    }
    const alike = await ownImages(scope, [{ Name: "name", Values: [`${sharedStem(fixed)}*`] }]);
    return {
      withName: alike.find((image) => image.name === name),
      ofBuild: alike.filter((image) => image.tags[TAG.build] === build),
    };
  });
}
