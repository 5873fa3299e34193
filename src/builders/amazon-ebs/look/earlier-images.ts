import { type FoundImage, ownImageNamed, ownImages } from "../../../aws/image.js";
import { isSpecificName } from "../../../core/artifact.js";
import type { Fingerprint } from "../../../core/fingerprint.js";
import { TAG, tagValue } from "../../../core/ownership.js";
import { runStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import { longestKept } from "../image-plan.js";

/** What the build region holds already. */
export interface HomeImages {
  /** The account's image that has the name, whoever made it. */
  readonly named: FoundImage | undefined;
  /** Images that say that this build made them. */
  readonly ofBuild: readonly FoundImage[];
}

/**
 * Looks in the build region for the image's name and for what earlier runs of the build made, in one call where the name begins
 * with enough that is fixed. Where no fingerprint can be taken the name alone is asked for: nothing can be gone on with.
 */
export async function homeImages(bake: Bake, fingerprint: Fingerprint): Promise<HomeImages> {
  const name = bake.options.ami_name;
  const scope = inRegion(bake);
  const build = tagValue(bake.context.identity.name);
  return runStep(bake.context, "home-images", "Looking for images of earlier runs", async () => {
    if (!fingerprint.known) return { named: await ownImageNamed(scope, name), ofBuild: [] };
    const [fixed = ""] = fingerprint.namePattern.split("*");
    if (!isSpecificName(fixed)) {
      const tagged = ownImages(scope, [{ Name: `tag:${TAG.build}`, Values: [build] }]);
      const [named, ofBuild] = await Promise.all([ownImageNamed(scope, name), tagged]);
      return { named, ofBuild };
    }
    const alike = await ownImages(scope, [{ Name: "name", Values: [`${longestKept(fixed)}*`] }]);
    return {
      named: alike.find((image) => image.name === name),
      ofBuild: alike.filter((image) => image.tags[TAG.build] === build),
    };
  });
}
