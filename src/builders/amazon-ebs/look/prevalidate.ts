import { type FoundImage, findOwnImageNamed, nameConflictError } from "../../../aws/image.js";
import { allEnded } from "../../../core/all-ended.js";
import { BakeError, withRange } from "../../../core/errors.js";
import type { Fingerprint } from "../../../core/fingerprint.js";
import { isHeld, runText } from "../../../core/lease.js";
import { OWNER, TAG, tagValue } from "../../../core/ownership.js";
import { formatDuration } from "../../../core/text.js";
import { runBuilderStep } from "../../step.js";
import { type BakeReading, type ImagesByRegion, inRegion } from "../bake.js";
import { isUnfinished } from "../marks.js";
import type { EarlierImages, ExistingImage } from "./earlier-images.js";
import { readTarget, regionsOfRun, targetRegions } from "./regions.js";
import { refuseBlockedSharing } from "./sharing.js";

/**
 * Checks what can be checked before the source image is known (Packer's step "pre-validate"), while the source image is searched for.
 * Returns undefined with `skip-unchanged`: a run that reuses an image does not need these calls.
 */
export async function prevalidateEarly(bake: BakeReading): Promise<ImagesByRegion | undefined> {
  return bake.context.settings.skipUnchanged.enabled ? undefined : prevalidate(bake);
}

/**
 * Returns the account's own images with the name, by Region: that of the build Region from `earlier`, those of the other Regions from
 * `early`, or from EC2. None when an image is reused: it has the name itself.
 */
export async function imagesWithName(
  bake: BakeReading,
  early: ImagesByRegion | undefined,
  earlier: EarlierImages,
  existing: ExistingImage | undefined,
): Promise<ImagesByRegion> {
  if (existing?.kind === "reused") return new Map();
  const elsewhere = early ?? (await prevalidate(bake));
  return earlier.withName ? new Map([[bake.session.region, earlier.withName], ...elsewhere]) : elsewhere;
}

/**
 * Returns the images that have the name in the Regions to copy to. Throws when the account does not allow what the template sets, such
 * as public images. `refuseNameConflicts` decides later, by fingerprint, whether a name in use is a conflict.
 */
async function prevalidate(bake: BakeReading): Promise<ImagesByRegion> {
  const { options, context, session } = bake;
  return runBuilderStep(context, "preflight", "Checking the AMI name", async () => {
    const regions = targetRegions(options, regionsOfRun(bake));
    context.narrator.say(`Prevalidating AMI Name: ${options.ami_name}`);
    checkDeprecation(bake);
    const others = regions.filter((region) => region !== session.region);
    const named = others.map(
      async (region) =>
        [region, await readTarget(bake, region, findOwnImageNamed(inRegion(bake, region), options.ami_name))] as const,
    );
    const sharing = regions.map((region) => refuseBlockedSharing(bake, region));
    const [found] = await allEnded([allEnded(named), allEnded(sharing)]);
    return new Map(found.flatMap(([region, image]) => (image ? [[region, image] as const] : [])));
  });
}

/** Years from now of the latest deprecation that EC2 accepts, for public images and for others (EC2 EnableImageDeprecation). */
const LATEST_DEPRECATION = { public: 2, others: 10 } as const;

/** Throws for a time of `deprecate_at` that EC2 would refuse when the image exists. */
export function checkDeprecation({ options, context, session }: BakeReading): void {
  const at = options.deprecate_at;
  if (!at) return;
  const now = new Date(session.clock.now());
  const isPublic = options.ami_groups.includes("all");
  const years = isPublic ? LATEST_DEPRECATION.public : LATEST_DEPRECATION.others;
  const latest = new Date(now).setUTCFullYear(now.getUTCFullYear() + years);
  const range = context.place("deprecate_at");
  if (Date.parse(at) <= now.getTime()) {
    throw new BakeError(`"deprecate_at" is in the past: ${at}`, {
      code: "deprecation-in-the-past",
      hint: "Set a future time, for example one that a variable computes when the template is rendered.",
      range,
    });
  }
  if (Date.parse(at) <= latest) return;
  throw new BakeError(`"deprecate_at" is more than ${years} years away: ${at}`, {
    code: "deprecation-too-late",
    hint: `EC2 accepts at most ${years} years for ${isPublic ? "public images" : "images that are not public"}. Set an earlier time.`,
    range,
  });
}

/** Decides whether an image with the name is part of the bake being resumed. */
export interface NameOwner {
  readonly fingerprint: Fingerprint;
  readonly existing: ExistingImage | undefined;
}

/** Returns true for an image of the bake being resumed. Such an image is not a name conflict, and is not replaced. */
export function isOfResumedBake(bake: BakeReading, image: FoundImage, { fingerprint, existing }: NameOwner): boolean {
  return (
    existing?.finalName === image.name &&
    fingerprint.known &&
    image.tags[TAG.fingerprint] === fingerprint.hash &&
    image.tags[TAG.build] === tagValue(bake.context.identity.name)
  );
}

/** Returns whether old images with the name are to be replaced. */
export function replacesOldImages(bake: BakeReading): boolean {
  return bake.options.force_deregister || bake.context.settings.force;
}

/** Returns the error for a name in use. For an unfinished image it says which run is baking it, or left it. */
function conflictError({ context, session }: BakeReading, region: string, image: FoundImage): BakeError {
  const conflict = nameConflictError(region, image.name, image.id);
  if (image.tags[TAG.owner] !== OWNER || !isUnfinished(image)) return conflict;
  const now = session.serverNow();
  const { summary, hint } = isHeld(image.tags, context.settings.ownership, now)
    ? {
        summary: `${runText(image.tags)} is baking it`,
        hint: 'Wait for that run, or make the AMI name unique, for example with {{timestamp}}. With "skip-unchanged", a run with the same inputs waits by itself.',
      }
    : {
        summary: `${runText(image.tags)} left it unfinished ${formatDuration(Math.max(0, now - Date.parse(image.createdAt)))} ago`,
        hint: 'Only a run with the same inputs resumes it, up to the age "resume-within". Deregister it, or set "force_deregister" to replace it after the bake.',
      };
  return new BakeError(`${conflict.message}: ${summary}`, {
    code: conflict.code,
    region,
    resource: image.id,
    hint,
  });
}

/**
 * Throws for the first Region in which another image has the name and may not be replaced. A finished image is a conflict even if it has
 * the same inputs.
 */
export function refuseNameConflicts(bake: BakeReading, withName: ImagesByRegion, owner: NameOwner): void {
  const { options, context, session } = bake;
  if (replacesOldImages(bake) || options.skip_create_ami) return;
  for (const [region, image] of withName) {
    if (region === session.region && options.skip_save_build_region) continue;
    if (isOfResumedBake(bake, image, owner)) continue;
    throw withRange(conflictError(bake, region, image), context.place("ami_name"));
  }
}
