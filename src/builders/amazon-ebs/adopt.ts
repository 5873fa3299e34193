import { type FoundImage, ownImages } from "../../aws/image.js";
import { waitForImage } from "../../aws/image-wait.js";
import { BakeError, messageOf } from "../../core/errors.js";
import { INTERMEDIATE, TAG, tagValue } from "../../core/ownership.js";
import type { OldImages } from "./image-plan.js";
import { discard } from "./replace-image.js";
import { type Bake, inRegion, step } from "./step.js";
import { FINAL_NAME_TAG } from "./tags.js";

/** An image of an earlier run that this run goes on from instead of baking. */
export interface Adopted {
  readonly image: FoundImage;
  readonly finalName: string;
  /** `unchanged`: a finished image of the same inputs; `unfinished`: a run that was interrupted. */
  readonly why: "unchanged" | "unfinished";
}

/**
 * Looks for an image that the same build made of the same inputs: one that bears the unfinished mark (an interrupted run), or, where
 * unchanged inputs are to be skipped, the newest finished one that is young enough.
 */
export async function findAdoptable(bake: Bake, fingerprint: string | undefined): Promise<Adopted | undefined> {
  if (fingerprint === undefined || bake.options.skip_create_ami) return undefined;
  return step(bake, "adopt", "Looking for an image of the same inputs", async () => {
    const images = await imagesOf(bake, bake.session.region, fingerprint);
    const begun = images.filter((image) => isUnfinished(image) && image.tags[TAG.unfinished] !== INTERMEDIATE);
    for (const image of begun.sort(intermediatesFirst)) {
      const usable = await untilAvailable(bake, image);
      if (usable) {
        bake.context.narrator.say(`Going on from AMI ${usable.id}, which an earlier run left unfinished`);
        return { image: usable, finalName: usable.tags[FINAL_NAME_TAG] ?? usable.name, why: "unfinished" as const };
      }
    }
    const newest = images.filter((image) => !isUnfinished(image) && image.state === "available").sort(byNewest)[0];
    if (newest === undefined || !isWanted(bake, newest)) return undefined;
    bake.context.narrator.say(`Nothing has changed since AMI ${newest.id} (${newest.createdAt}): it is taken`);
    return { image: newest, finalName: newest.name, why: "unchanged" as const };
  });
}

/**
 * The images of the same build and inputs in other regions: copies to go on with, by region. One that failed is removed, as it holds
 * the name.
 */
export async function earlierCopies(
  bake: Bake,
  regions: readonly string[],
  finalName: string,
  fingerprint: string,
): Promise<OldImages> {
  const found = await Promise.all(
    regions.map(async (region) => {
      const images = await imagesOf(bake, region, fingerprint);
      const named = images.find((image) => image.name === finalName);
      if (named === undefined) return [];
      if (isUsable(named)) return [[region, named] as const];
      await discard(bake, region, { image: named, key: undefined });
      return [];
    }),
  );
  return new Map(found.flat());
}

function isUnfinished(image: FoundImage): boolean {
  return image.tags[TAG.unfinished] !== undefined;
}

function isUsable(image: FoundImage): boolean {
  return image.state === "available" || image.state === "pending";
}

function isWanted(bake: Bake, image: FoundImage): boolean {
  const { enabled, maxAge } = bake.context.settings.skipUnchanged;
  const age = bake.session.clock.now() - Date.parse(image.createdAt);
  return enabled && (maxAge === undefined || age <= maxAge);
}

async function imagesOf(bake: Bake, region: string, fingerprint: string): Promise<readonly FoundImage[]> {
  return ownImages(inRegion(bake, region), [
    { Name: `tag:${TAG.fingerprint}`, Values: [fingerprint] },
    { Name: `tag:${TAG.build}`, Values: [tagValue(bake.context.identity.name)] },
  ]);
}

/** The image once it is available; one that failed is removed, as it holds its name and nobody can use it. */
async function untilAvailable(bake: Bake, image: FoundImage): Promise<FoundImage | undefined> {
  if (image.state === "available") return image;
  try {
    if (image.state !== "pending")
      throw new BakeError(`it is ${image.state}`, { code: "image-failed", blame: "cloud" });
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

function byNewest(a: FoundImage, b: FoundImage): number {
  return b.createdAt.localeCompare(a.createdAt);
}
