import { type FoundImage, nameClash, ownImageNamed } from "../../../aws/image.js";
import { publicSharingBlocked } from "../../../aws/image-attributes.js";
import { BakeError } from "../../../core/errors.js";
import { TAG, tagValue } from "../../../core/ownership.js";
import { runStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import { targetRegions } from "../image-plan.js";

/** Own images that already have the name, by region. */
export type Named = ReadonlyMap<string, FoundImage>;

/**
 * Looks who has the image's name in each region to copy to, and whether the account lets the image become what the template wants.
 * Whether a taken name is a clash is decided by `refuseClashes`, once it is known what the images were made of.
 */
export async function preflight(bake: Bake): Promise<Named> {
  const { options, context, session } = bake;
  return runStep(bake.context, "preflight", "Checking the AMI name", async () => {
    const regions = targetRegions(options, session.region, context.settings.regions);
    context.narrator.say(`Prevalidating AMI Name: ${options.ami_name}`);
    refusePastDeprecation(bake);
    const others = regions.filter((region) => region !== session.region);
    const named = others.map(
      async (region) => [region, await ownImageNamed(inRegion(bake, region), options.ami_name)] as const,
    );
    const sharing = options.ami_groups.length > 0 ? regions.map((region) => refuseBlockedSharing(bake, region)) : [];
    const [found] = await Promise.all([Promise.all(named), Promise.all(sharing)]);
    return new Map(found.flatMap(([region, image]) => (image ? [[region, image] as const] : [])));
  });
}

function refusePastDeprecation(bake: Bake): void {
  const at = bake.options.deprecate_at;
  if (!at || Date.parse(at) > bake.session.clock.now()) return;
  const range = bake.context.place("deprecate_at");
  throw new BakeError(`deprecate_at is in the past: ${at}`, {
    code: "deprecation-in-the-past",
    hint: "EC2 takes only times to come. Compute it when the template is rendered, e.g. with a variable.",
    range,
  });
}

/** Accounts block public images by default: better told now than after the bake (EC2 block public access for AMIs). */
async function refuseBlockedSharing(bake: Bake, region: string): Promise<void> {
  if (!(await publicSharingBlocked(inRegion(bake, region)))) return;
  throw new BakeError(`the account blocks public images in ${region}, and ami_groups asks for one`, {
    code: "public-images-blocked",
    region,
    hint: "Disable block public access for AMIs in that region (EC2 console, account attributes), or share with accounts by ami_users.",
  });
}

/** Whether an image was made by the same build from the same inputs: then a rerun goes on from it. */
function isSameBake(bake: Bake, image: FoundImage, fingerprint: string | undefined): boolean {
  return (
    fingerprint !== undefined &&
    image.tags[TAG.fingerprint] === fingerprint &&
    image.tags[TAG.build] === tagValue(bake.context.identity.name)
  );
}

/** Whether an image that has the name is one of the run that is gone on with, and so neither a clash nor an old image. */
export function isGoneOnWith(
  bake: Bake,
  image: FoundImage,
  fingerprint: string | undefined,
  adopted: { readonly finalName: string } | undefined,
): boolean {
  return adopted?.finalName === image.name && isSameBake(bake, image, fingerprint);
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
    if (isGoneOnWith(bake, image, fingerprint, adopted)) continue;
    throw nameClash(region, image.name, image.id);
  }
}
