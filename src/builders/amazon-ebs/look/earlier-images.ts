import { describeOwnImages, type FoundImage, findOwnImageNamed } from "../../../aws/image.js";
import { withOwnTag } from "../../../aws/tags.js";
import { isSpecificName } from "../../../core/artifact.js";
import type { Fingerprint } from "../../../core/fingerprint.js";
import { TAG, tagValue } from "../../../core/ownership.js";
import { runBuilderStep } from "../../step.js";
import { type BakeReading, inRegion } from "../bake.js";
import { sharedStem } from "../marks.js";

/** Images that already exist in the build Region. */
export interface EarlierImages {
  /** The account's image with the name, whoever created it. */
  readonly withName: FoundImage | undefined;
  /** Images with the tag of this build. */
  readonly ofBuild: readonly FoundImage[];
}

/** An unfinished image of an interrupted run, from which this run resumes. */
export interface ResumedImage {
  readonly kind: "resumed";
  readonly image: FoundImage;
  /** Its ledger key: it belongs to this run now. */
  readonly key: string;
  readonly finalName: string;
}

/** A finished image of an earlier run with the same inputs, which this run reuses. */
export interface ReusedImage {
  readonly kind: "reused";
  readonly image: FoundImage;
  readonly finalName: string;
}

/** An image of an earlier run that this run uses instead of baking one. */
export type ExistingImage = ResumedImage | ReusedImage;

/**
 * Searches the build Region for an image with the name and for images of earlier runs of the build. One call is enough if the name starts
 * with a long enough fixed part. Without a fingerprint it searches for the name only: nothing can be resumed or reused.
 */
export async function findEarlierImages(bake: BakeReading, fingerprint: Fingerprint): Promise<EarlierImages> {
  return runBuilderStep(bake.context, "earlier-images", "Searching for images of earlier runs", () =>
    readEarlierImages(bake, fingerprint),
  );
}

/** Reads them, as `findEarlierImages` does. Disabled images are included, because they hold their names. */
export async function readEarlierImages(bake: BakeReading, fingerprint: Fingerprint): Promise<EarlierImages> {
  const name = bake.options.ami_name;
  const scope = inRegion(bake);
  const build = tagValue(bake.context.identity.name);
  if (!fingerprint.known) return { withName: await findOwnImageNamed(scope, name), ofBuild: [] };
  const [fixed = ""] = fingerprint.namePattern.split("*");
  if (!isSpecificName(fixed)) {
    const tagged = describeOwnImages(scope, [withOwnTag(TAG.build, build)]);
    const [withName, ofBuild] = await Promise.all([findOwnImageNamed(scope, name), tagged]);
    return { withName, ofBuild };
  }
  const alike = await describeOwnImages(
    scope,
    [{ Name: "name", Values: [`${sharedStem(fixed)}*`] }],
    "with disabled ones",
  );
  return {
    withName: alike.find((image) => image.name === name),
    ofBuild: alike.filter((image) => image.tags[TAG.build] === build),
  };
}
