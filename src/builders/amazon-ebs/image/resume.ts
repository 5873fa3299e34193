import { describeOwnImages, type FoundImage } from "../../../aws/image.js";
import { waitForImage } from "../../../aws/image-wait.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { Fingerprint, KnownFingerprint } from "../../../core/fingerprint.js";
import { INTERMEDIATE, TAG, tagValue } from "../../../core/ownership.js";
import { formatDuration } from "../../../core/text.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, type ImagesByRegion, inRegion } from "../bake.js";
import type { EarlierImages, ResumedImage } from "../look/earlier-images.js";
import { byNewest, chooseReusedImage } from "../look/reused-image.js";
import { FINAL_NAME_TAG, finalNameOf, isMadeByBuild, isUnfinished } from "../marks.js";
import { copyTargets, type PlannedBake, type StartingPoint } from "../plan.js";
import { discardImage } from "./replace.js";

/**
 * Chooses an image of an earlier run of this build with the same inputs: an unfinished one (of an interrupted run) is resumed. With
 * `skip-unchanged`, the newest finished one that is not too old is reused. The fingerprint tag alone is not enough, because anyone who
 * may tag images can set it: owner, name and build must match too.
 */
export async function chooseStartingPoint(
  bake: Bake,
  earlier: EarlierImages,
  fingerprint: Fingerprint,
  source: FoundImage,
): Promise<StartingPoint> {
  const start = await startingPoint(bake, earlier.ofBuild, fingerprint, source);
  const { narrator, settings } = bake.context;
  if (!start.existing && settings.skipUnchanged.enabled) narrator.say(`Not skipped: ${start.reason}`);
  return start;
}

async function startingPoint(
  bake: Bake,
  ofBuild: readonly FoundImage[],
  fingerprint: Fingerprint,
  source: FoundImage,
): Promise<StartingPoint> {
  const none = { existing: undefined, hasEarlier: false };
  if (!fingerprint.known) return { ...none, reason: fingerprint.why };
  const images = ofBuild.filter((image) => isMadeByBuild(image, fingerprint));
  if (bake.options.skip_create_ami) return { ...none, reason: '"skip_create_ami" is set' };
  return runBuilderStep(bake.context, "same-inputs", "Searching for an image with the same inputs", async () => {
    const hasEarlier = images.some((image) => !isUnfinished(image));
    const same = images.filter(
      (image) => image.tags[TAG.fingerprint] === fingerprint.hash && image.architecture === source.architecture,
    );
    const resumed = await resumeImage(bake, same);
    if (resumed) return { existing: resumed, reason: "resumed an interrupted bake", hasEarlier };
    const { image, reason } = chooseReusedImage(images, fingerprint, {
      ...bake.context.settings.skipUnchanged,
      now: bake.session.clock.now(),
      architecture: source.architecture,
      encrypted: bake.options.encrypt_boot,
    });
    if (!image) return { existing: undefined, reason: reasonNothingIsKept(bake) ?? reason, hasEarlier };
    bake.context.narrator.say(`Unchanged since ${image.createdAt}: reusing AMI ${image.id}`);
    return { existing: { kind: "reused" as const, image, finalName: image.name }, reason, hasEarlier };
  });
}

/** Returns the line that names the resumed image, the run that left it, and its age. */
function resumingText({ session }: Bake, { id, tags, createdAt }: FoundImage): string {
  const age = session.clock.now() - Date.parse(createdAt);
  const when = age >= 0 ? ` (${formatDuration(age)} ago)` : "";
  return `Resuming from AMI ${id}, left unfinished by ${tags[TAG.run] ? `run ${tags[TAG.run]}` : "an earlier run"}${when}`;
}

/** Returns the first unfinished image that is or becomes available. */
async function resumeImage(bake: Bake, same: readonly FoundImage[]): Promise<ResumedImage | undefined> {
  const unfinished = same.filter((image) => isUnfinished(image) && image.tags[TAG.unfinished] !== INTERMEDIATE);
  for (const image of unfinished.sort(temporaryNamesFirst)) {
    const available = await waitUntilAvailable(bake, image);
    if (!available) continue;
    bake.context.narrator.say(resumingText(bake, available));
    return { kind: "resumed", image: available, finalName: finalNameOf(available) };
  }
  return undefined;
}

/** Sorts images with a temporary name first, because their copies are made from them; then the newest. */
function temporaryNamesFirst(a: FoundImage, b: FoundImage): number {
  const rank = (image: FoundImage) => (image.tags[FINAL_NAME_TAG] === undefined ? 1 : 0);
  return rank(a) - rank(b) || byNewest(a, b);
}

/** Returns the image when it is available. Removes an image that failed: nobody can use it, and its name is needed. */
async function waitUntilAvailable(bake: Bake, image: FoundImage): Promise<FoundImage | undefined> {
  if (image.state === "available") return image;
  try {
    if (image.state !== "pending") throw new BakeError(`its state is ${image.state}`, { code: "image-failed" });
    return await waitForImage(inRegion(bake), image.id);
  } catch (error) {
    if (bake.context.signal.aborted || !(error instanceof BakeError) || !error.code.startsWith("image-")) throw error;
    bake.context.narrator.message(`Removing AMI ${image.id} of an interrupted run: ${messageOf(error)}`);
    await discardImage(bake, bake.session.region, { image, key: undefined });
    return undefined;
  }
}

/** Returns why no image of the build Region can be compared; undefined where one is kept. */
function reasonNothingIsKept(bake: Bake): string | undefined {
  return bake.options.skip_save_build_region
    ? `"skip_save_build_region" keeps no image in ${bake.session.region} to reuse`
    : undefined;
}

/**
 * Returns the copies of the resumed or reused image, by Region; none for an image that this run baked. Removes copies that failed, because
 * their name is needed, and temporary copies, because they are made again from the resumed image.
 */
export async function findEarlierCopies(bake: Bake, plan: PlannedBake): Promise<ImagesByRegion> {
  const { fingerprint } = plan.metadata;
  if (!plan.start.existing || !fingerprint) return new Map();
  const found = await Promise.all(
    copyTargets(plan).map(async ({ region }) => {
      const copy = await findEarlierCopy(bake, region, plan.finalName, fingerprint);
      return copy ? [[region, copy] as const] : [];
    }),
  );
  return new Map(found.flat());
}

async function findEarlierCopy(
  bake: Bake,
  region: string,
  finalName: string,
  fingerprint: KnownFingerprint,
): Promise<FoundImage | undefined> {
  const images = await describeOwnImages(inRegion(bake, region), [
    { Name: `tag:${TAG.fingerprint}`, Values: [fingerprint.hash] },
    { Name: `tag:${TAG.build}`, Values: [tagValue(bake.context.identity.name)] },
  ]);
  const ours = images.filter((image) => isMadeByBuild(image, fingerprint));
  for (const image of ours)
    if (isTemporaryCopy(image, finalName)) await discardImage(bake, region, { image, key: undefined });
  const copy = ours.find((image) => image.name === finalName);
  if (!copy || copy.state === "available" || copy.state === "pending") return copy;
  await discardImage(bake, region, { image: copy, key: undefined });
  return undefined;
}

function isTemporaryCopy({ tags }: FoundImage, finalName: string): boolean {
  return tags[TAG.unfinished] === INTERMEDIATE && tags[FINAL_NAME_TAG] === finalName;
}
