import { type FoundImage, nameClash, ownImageNamed } from "../../../aws/image.js";
import { publicSharingBlocked } from "../../../aws/image-attributes.js";
import { BakeError, withRange } from "../../../core/errors.js";
import type { Fingerprint } from "../../../core/fingerprint.js";
import { TAG, tagValue } from "../../../core/ownership.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, type ImagesByRegion, inRegion } from "../bake.js";
import type { EarlierImages, ExistingImage } from "./earlier-images.js";
import { regionsOfRun, targetRegions } from "./regions.js";

/**
 * Checks what can be checked before the source image is known (Packer's step "pre-validate"), side by side with the search for it.
 * Undefined where unchanged inputs are skipped: a run that reuses an image asks nothing that only a bake needs to know.
 */
export async function prevalidateEarly(bake: Bake): Promise<ImagesByRegion | undefined> {
  return bake.context.settings.skipUnchanged.enabled ? undefined : prevalidate(bake);
}

/**
 * Returns the account's own images that have the name, by region: those of the build region from `earlier`, those of the others from
 * `early`, or asked for now. None when an image is reused: it has the name itself.
 */
export async function imagesWithName(
  bake: Bake,
  early: ImagesByRegion | undefined,
  earlier: EarlierImages,
  existing: ExistingImage | undefined,
): Promise<ImagesByRegion> {
  if (existing?.kind === "reused") return new Map();
  const elsewhere = early ?? (await prevalidate(bake));
  return earlier.withName ? new Map([[bake.session.region, earlier.withName], ...elsewhere]) : elsewhere;
}

/**
 * Returns who has the image's name in each region to copy to, and checks whether the account lets the image become what the template
 * says. Whether a name in use is a conflict is decided by `refuseNameConflicts`, once it is known what the images were made of.
 */
async function prevalidate(bake: Bake): Promise<ImagesByRegion> {
  const { options, context, session } = bake;
  return runBuilderStep(context, "preflight", "Checking the AMI name", async () => {
    const regions = targetRegions(options, regionsOfRun(bake));
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
  throw new BakeError(`deprecate_at is in the past: ${at}`, {
    code: "deprecation-in-the-past",
    hint: "EC2 takes only times to come. Compute it when the template is rendered, e.g. with a variable.",
    range: bake.context.place("deprecate_at"),
  });
}

/** Accounts block public images by default: reported now, not after the bake (EC2 block public access for AMIs). */
async function refuseBlockedSharing(bake: Bake, region: string): Promise<void> {
  if (!(await publicSharingBlocked(inRegion(bake, region)))) return;
  throw new BakeError(`the account blocks public images in ${region}, and ami_groups asks for one`, {
    code: "public-images-blocked",
    region,
    hint: "Disable block public access for AMIs in that region (EC2 console, account attributes), or share with accounts by ami_users.",
  });
}

/** What decides whether an image with the name is one of the bake that is resumed. */
export interface NameOwner {
  readonly fingerprint: Fingerprint;
  readonly existing: ExistingImage | undefined;
}

/** Returns true for an image of the bake that is resumed: it is neither a name conflict nor an old image. */
export function isOfResumedBake(bake: Bake, image: FoundImage, { fingerprint, existing }: NameOwner): boolean {
  return (
    existing?.finalName === image.name &&
    fingerprint.known &&
    image.tags[TAG.fingerprint] === fingerprint.hash &&
    image.tags[TAG.build] === tagValue(bake.context.identity.name)
  );
}

/** Returns whether old images with the name are replaced. */
export function replacesOldImages(bake: Bake): boolean {
  return bake.options.force_deregister || bake.context.settings.force;
}

/**
 * Throws for the first region in which another image has the name and may not be replaced. A finished image is a conflict also when it
 * was made of the same inputs.
 */
export function refuseNameConflicts(bake: Bake, withName: ImagesByRegion, owner: NameOwner): void {
  const { options, context, session } = bake;
  if (replacesOldImages(bake) || options.skip_create_ami) return;
  for (const [region, image] of withName) {
    if (region === session.region && options.skip_save_build_region) continue;
    if (isOfResumedBake(bake, image, owner)) continue;
    throw withRange(nameClash(region, image.name, image.id), context.place("ami_name"));
  }
}
