import { type FoundImage, nameClash, ownImageNamed } from "../../aws/image.js";
import { TAG, tagValue } from "../../core/ownership.js";
import { targetRegions } from "./image-plan.js";
import { type Bake, inRegion, step } from "./step.js";

/** Own images that already have the name, by region. */
export type Named = ReadonlyMap<string, FoundImage>;

/**
 * Looks who has the image's name in each target region. Whether a taken name is a clash is decided by `clashes`, once it is known what the images were made of.
 */
export async function preflight(bake: Bake): Promise<Named> {
  const { options, context, session } = bake;
  return step(bake, "preflight", "Checking the AMI name", async () => {
    const regions = targetRegions(options, session.region, context.settings.regions);
    context.narrator.say(`Prevalidating AMI Name: ${options.ami_name}`);
    const found = await Promise.all(
      regions.map(async (region) => [region, await ownImageNamed(inRegion(bake, region), options.ami_name)] as const),
    );
    return new Map(found.flatMap(([region, image]) => (image ? [[region, image] as const] : [])));
  });
}

/** Whether an image was made by the same build from the same inputs: then a rerun goes on from it. */
export function isSameBake(bake: Bake, image: FoundImage, fingerprint: string | undefined): boolean {
  return (
    fingerprint !== undefined &&
    image.tags[TAG.fingerprint] === fingerprint &&
    image.tags[TAG.build] === tagValue(bake.context.identity.name)
  );
}

/** Whether an old image of the name is replaced. */
export function replaces(bake: Bake): boolean {
  return bake.options.force_deregister || bake.context.settings.force;
}

/**
 * Throws for the first region in which another image has the name and may not be replaced. The copies of a run that is gone on with
 * are no clash; a finished image is one, also when it was made of the same inputs.
 */
export function refuseClashes(
  bake: Bake,
  named: Named,
  fingerprint: string | undefined,
  adopted: { readonly finalName: string } | undefined,
): void {
  const { options, session } = bake;
  if (replaces(bake) || options.skip_create_ami) return;
  for (const [region, image] of named) {
    if (region === session.region && options.skip_save_build_region) continue;
    if (adopted?.finalName === image.name && isSameBake(bake, image, fingerprint)) continue;
    throw nameClash(region, image.name, image.id);
  }
}
