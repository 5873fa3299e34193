import type { FoundImage } from "../../../aws/image.js";
import { waitForImage } from "../../../aws/image-wait.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { KnownFingerprint } from "../../../core/fingerprint.js";
import { type Bake, type ImagesByRegion, inRegion } from "../bake.js";
import { describeEarlierCopies } from "../look/earlier-copies.js";
import { readTarget } from "../look/regions.js";
import { leftText } from "../look/unfinished-image.js";
import { finalNameOf, isUnfinished } from "../marks.js";
import { copyTargets, type PlannedBake, type StartingPoint } from "../plan.js";
import { type ClaimedImage, claimImage, keepsClaim } from "./claim.js";
import { discardImage } from "./replace.js";

/**
 * Claims the first unfinished image that is or becomes available, and returns the starting point: this run resumes from it. Undefined if
 * there is none. An image that another run claims at the same time is left to it.
 */
export async function resumeImage(
  bake: Bake,
  resumable: readonly FoundImage[],
): Promise<Pick<StartingPoint, "existing" | "reason"> | undefined> {
  for (const found of resumable) {
    const claimed = await claimImage(bake, bake.session.region, found);
    if (!(await keepsClaim(bake, bake.session.region, claimed))) continue;
    const left = leftText(found, bake.session.serverNow());
    bake.context.narrator.say(`Resuming from AMI ${found.id}, ${left}`);
    const image = await waitUntilAvailable(bake, claimed);
    if (!image) continue;
    const existing = { kind: "resumed", image, key: claimed.key, finalName: finalNameOf(image) } as const;
    return { existing, reason: `resumed ${found.id}, ${left}` };
  }
  return undefined;
}

/** Returns the image when it is available. Removes an image that failed: nobody can use it, and its name is needed. */
async function waitUntilAvailable(bake: Bake, { image, key }: ClaimedImage): Promise<FoundImage | undefined> {
  if (image.state === "available") return image;
  const { region } = bake.session;
  try {
    if (image.state !== "pending") throw new BakeError(`its state is ${image.state}`, { code: "image-failed" });
    return await waitForImage(inRegion(bake), image.id);
  } catch (error) {
    if (bake.context.signal.aborted || !(error instanceof BakeError) || !error.code.startsWith("image-")) throw error;
    bake.context.narrator.message(`Removing AMI ${image.id} of an interrupted run: ${messageOf(error)}`);
    await discardImage(bake, region, { image, key });
    return undefined;
  }
}

/**
 * Returns the copies of the resumed or reused image, by Region; none for an image that this run baked. Unfinished ones now belong to this
 * run. Removes copies that failed, because their name is needed, and temporary copies, because they are made again from the resumed image.
 */
export async function findEarlierCopies(bake: Bake, plan: PlannedBake): Promise<ImagesByRegion> {
  const { fingerprint } = plan.metadata;
  if (!plan.start.existing || !fingerprint) return new Map();
  const found = await Promise.all(
    copyTargets(plan).map(async ({ region }) => {
      const read = findEarlierCopy(bake, region, plan.finalName, fingerprint);
      const copy = await readTarget(bake, region, read);
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
  const { copy, temporary } = await describeEarlierCopies(bake, region, finalName, fingerprint);
  for (const image of temporary) await discardImage(bake, region, { image, key: undefined });
  if (!copy) return undefined;
  if (copy.state === "available" || copy.state === "pending") {
    return isUnfinished(copy) ? (await claimImage(bake, region, copy)).image : copy;
  }
  await discardImage(bake, region, { image: copy, key: undefined });
  return undefined;
}
