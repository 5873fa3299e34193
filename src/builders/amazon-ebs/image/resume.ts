import { type FoundImage, ownImages } from "../../../aws/image.js";
import { waitForImage } from "../../../aws/image-wait.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { Fingerprint, KnownFingerprint } from "../../../core/fingerprint.js";
import { INTERMEDIATE, TAG, tagValue } from "../../../core/ownership.js";
import { runStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import type { OldImages } from "../image-plan.js";
import { byNewest, isOurs, isUnfinished, judgeFinished } from "../look/reused-image.js";
import { FINAL_NAME_TAG } from "../tags.js";
import { discard } from "./replace.js";

/** An image of an earlier run that this run goes on from instead of baking. */
export interface Adopted {
  readonly image: FoundImage;
  readonly finalName: string;
  /** `unchanged`: a finished image of the same inputs; `unfinished`: a run that was interrupted. */
  readonly why: "unchanged" | "unfinished";
}

/** What was found, and why nothing is skipped where a skip was asked for. */
export interface Search {
  readonly adopted: Adopted | undefined;
  readonly reason: string;
  /** Whether there are images of the build that earlier runs finished. */
  readonly hasEarlier: boolean;
}

/**
 * Looks among the images that say they are of this build for one that it made of the same inputs: one that bears the unfinished mark (an interrupted run), or, where
 * unchanged inputs are to be skipped, the newest finished one that is young enough. A tag alone proves nothing: owner, name and
 * build must agree too.
 */
export async function findAdoptable(
  bake: Bake,
  fingerprint: Fingerprint,
  source: FoundImage,
  ofBuild: readonly FoundImage[],
): Promise<Search> {
  const none = { adopted: undefined, hasEarlier: false };
  if (!fingerprint.known) return { ...none, reason: fingerprint.why };
  const images = ofBuild.filter((image) => isOurs(image, fingerprint));
  const hasEarlier = images.some((image) => !isUnfinished(image));
  if (bake.options.skip_create_ami) return { ...none, reason: "skip_create_ami is set" };
  return runStep(bake.context, "adopt", "Looking for an image of the same inputs", async () => {
    const { narrator, settings } = bake.context;
    const same = images.filter(
      (image) => image.tags[TAG.fingerprint] === fingerprint.hash && image.architecture === source.architecture,
    );
    const begun = same.filter((image) => isUnfinished(image) && image.tags[TAG.unfinished] !== INTERMEDIATE);
    for (const image of begun.sort(intermediatesFirst)) {
      const usable = await untilAvailable(bake, image);
      if (usable) {
        narrator.say(`Going on from AMI ${usable.id}, which an earlier run left unfinished`);
        const finalName = usable.tags[FINAL_NAME_TAG] ?? usable.name;
        return { adopted: { image: usable, finalName, why: "unfinished" as const }, reason: "going on", hasEarlier };
      }
    }
    const judged = judgeFinished(images, fingerprint, {
      ...settings.skipUnchanged,
      now: bake.session.clock.now(),
      architecture: source.architecture,
      encrypted: bake.options.encrypt_boot,
    });
    if (judged.image === undefined) return { adopted: undefined, reason: noneLeft(bake) ?? judged.reason, hasEarlier };
    narrator.say(`Unchanged since ${judged.image.createdAt}: AMI ${judged.image.id} is taken`);
    const adopted = { image: judged.image, finalName: judged.image.name, why: "unchanged" as const };
    return { adopted, reason: judged.reason, hasEarlier };
  });
}

/**
 * The images of the same build and inputs in other regions: copies to go on with, by region. One that failed is removed, as it holds
 * the name; one that waited there for the name too, as the image that is gone on with has all that it holds.
 */
export async function earlierCopies(
  bake: Bake,
  regions: readonly string[],
  finalName: string,
  fingerprint: KnownFingerprint,
): Promise<OldImages> {
  const found = await Promise.all(
    regions.map(async (region) => {
      const images = await copiesOf(bake, region, fingerprint);
      for (const image of images)
        if (waitsFor(image, finalName, fingerprint)) await discard(bake, region, { image, key: undefined });
      const named = images.find((image) => image.name === finalName && isOurs(image, fingerprint));
      if (named === undefined) return [];
      if (isUsable(named)) return [[region, named] as const];
      await discard(bake, region, { image: named, key: undefined });
      return [];
    }),
  );
  return new Map(found.flat());
}

function waitsFor(image: FoundImage, finalName: string, fingerprint: KnownFingerprint): boolean {
  const { [TAG.unfinished]: mark, [FINAL_NAME_TAG]: name } = image.tags;
  return mark === INTERMEDIATE && name === finalName && isOurs(image, fingerprint);
}

/** Where the build region keeps no image there is nothing to compare with. */
function noneLeft(bake: Bake): string | undefined {
  return bake.options.skip_save_build_region
    ? `skip_save_build_region leaves no image in ${bake.session.region} to take`
    : undefined;
}

function isUsable(image: FoundImage): boolean {
  return image.state === "available" || image.state === "pending";
}

async function copiesOf(bake: Bake, region: string, fingerprint: KnownFingerprint): Promise<readonly FoundImage[]> {
  return ownImages(inRegion(bake, region), [
    { Name: `tag:${TAG.fingerprint}`, Values: [fingerprint.hash] },
    { Name: `tag:${TAG.build}`, Values: [tagValue(bake.context.identity.name)] },
  ]);
}

/** The image once it is available; one that failed is removed, as it holds its name and nobody can use it. */
async function untilAvailable(bake: Bake, image: FoundImage): Promise<FoundImage | undefined> {
  if (image.state === "available") return image;
  try {
    if (image.state !== "pending") throw new BakeError(`it is ${image.state}`, { code: "image-failed" });
    return await waitForImage(inRegion(bake), image.id);
  } catch (error) {
    if (bake.context.signal.aborted || !(error instanceof BakeError) || !error.code.startsWith("image-")) throw error;
    bake.context.narrator.message(`Removing the AMI ${image.id} of an earlier run: ${messageOf(error)}`);
    await discard(bake, bake.session.region, { image, key: undefined });
    return undefined;
  }
}

function intermediatesFirst(a: FoundImage, b: FoundImage): number {
  const rank = (image: FoundImage) => (image.tags[FINAL_NAME_TAG] === undefined ? 1 : 0);
  return rank(a) - rank(b) || byNewest(a, b);
}
