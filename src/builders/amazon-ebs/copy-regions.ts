import type { FoundImage } from "../../aws/image.js";
import { waitForImage } from "../../aws/image-wait.js";
import { mapAtMost } from "../../core/at-most.js";
import { BakeError, messageOf } from "../../core/errors.js";
import { copyTo } from "./copy-image.js";
import type { ImageText, OwnedImage } from "./create-image.js";
import { addMissingTags, markFinished, setAttributes } from "./finish-image.js";
import { firstIsFinal, type ImagePlan, type OldImages, type Target } from "./image-plan.js";
import { replaceByCopy } from "./replace-image.js";
import { type Bake, inRegion, step } from "./step.js";
import { isUnfinished } from "./unchanged.js";

/** What became of one region. */
export type RegionResult =
  | { readonly state: "finished"; readonly region: string; readonly image: FoundImage }
  | { readonly state: "missing"; readonly region: string; readonly reason: string };

/** What the copies start from. */
export interface CopyStart {
  readonly plan: ImagePlan;
  readonly first: OwnedImage;
  readonly text: ImageText;
  /** Old images that hold the name and are replaced. */
  readonly old: OldImages;
  /** Copies of an earlier run that are gone on with. */
  readonly earlier: OldImages;
  /** A finished image was taken: it and its copies are mended where they lack something, and otherwise left alone. */
  readonly unchanged: boolean;
  /** Told once a region's image is finished. */
  onFinished(region: string, image: FoundImage): void;
}

/** EC2 copies at most 100 images at once into a region; this many regions at once keeps the calls apart. */
const REGIONS_AT_ONCE = 16;

/**
 * Makes the image of every target region, side by side and each on its own: what fails in one is tried again, then reported, and
 * costs neither the others nor the first image. The image that the copies are made from is finished last, as its mark says what
 * is missing.
 */
export async function copyToRegions(bake: Bake, start: CopyStart): Promise<readonly RegionResult[]> {
  const { plan } = start;
  const own = plan.targets.filter((target) => isFirst(plan, target));
  const others = plan.targets.filter((target) => !isFirst(plan, target));
  announce(
    bake,
    start.first.image,
    others.filter(({ region }) => !start.earlier.has(region)),
  );
  const prepared = Promise.allSettled(own.map((target) => complete(bake, start, target.region, start.first)));
  const copied = await mapAtMost(others, REGIONS_AT_ONCE, (target) => copyRegion(bake, start, target));
  const [attributes] = await prepared;
  return [...(await finishFirst(bake, start, own[0], attributes, copied)), ...copied];
}

function isFirst(plan: ImagePlan, target: Target): boolean {
  return target.region === plan.buildRegion && firstIsFinal(plan);
}

function announce(bake: Bake, first: FoundImage, others: readonly Target[]): void {
  if (others.length === 0) return;
  const { narrator } = bake.context;
  narrator.say(`Copying/Encrypting AMI (${first.id}) to other regions...`);
  for (const target of others) narrator.message(`Copying to: ${target.region}`);
  narrator.say("Waiting for all copies to complete...");
}

async function finishFirst(
  bake: Bake,
  start: CopyStart,
  target: Target | undefined,
  attributes: PromiseSettledResult<void> | undefined,
  copied: readonly RegionResult[],
): Promise<readonly RegionResult[]> {
  if (!target || !attributes) return [];
  const { region } = target;
  if (attributes.status === "rejected") throw attributes.reason;
  if (copied.every((result) => result.state === "finished")) {
    await finish(bake, start, region, start.first);
  }
  start.onFinished(region, start.first.image);
  return [{ state: "finished", region, image: start.first.image }];
}

async function copyRegion(bake: Bake, start: CopyStart, target: Target): Promise<RegionResult> {
  const { narrator, signal } = bake.context;
  const { region } = target;
  try {
    return await step(bake, `copy ${region}`, `Copying to ${region}`, async () => {
      const owned = await arrive(bake, start, target);
      narrator.emit({ type: "image-available", region, imageId: owned.image.id });
      await complete(bake, start, region, owned);
      await finish(bake, start, region, owned);
      start.onFinished(region, owned.image);
      return { state: "finished" as const, region, image: owned.image };
    });
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = messageOf(error);
    narrator.warn({
      code: "copy-failed",
      summary: `no image in ${region}: ${reason}`,
      ...(error instanceof BakeError && error.hint ? { hint: error.hint } : {}),
    });
    return { state: "missing", region, reason };
  }
}

async function complete(bake: Bake, start: CopyStart, region: string, owned: OwnedImage): Promise<void> {
  if (start.unchanged) await addMissingTags(bake, region, owned.image, start.text);
  await setAttributes(bake, region, owned.image, wasFinished(start, owned));
}

/** A finished image that was taken is not of this run, and bears no mark: a copy of it that was made now does. */
function wasFinished(start: CopyStart, { image, key }: OwnedImage): boolean {
  return start.unchanged && key === undefined && !isUnfinished(image);
}

async function finish(bake: Bake, start: CopyStart, region: string, owned: OwnedImage): Promise<void> {
  if (wasFinished(start, owned)) return;
  await markFinished(bake, start.plan, region, owned);
}

/** The region's image: that of an earlier run, or a new copy, in the place of an old image where there is one. */
async function arrive(bake: Bake, start: CopyStart, target: Target): Promise<OwnedImage> {
  const { plan, first, text } = start;
  const earlier = start.earlier.get(target.region);
  if (earlier) {
    const taken = start.unchanged ? "Found" : "Going on with";
    bake.context.narrator.message(`${taken} ${earlier.id} in ${target.region}`);
    const image =
      earlier.state === "available" ? earlier : await waitForImage(inRegion(bake, target.region), earlier.id);
    return { image, key: undefined };
  }
  const from = { region: plan.buildRegion, image: first.image };
  const old = start.old.get(target.region);
  if (old) return replaceByCopy(bake, plan, from, target, old, text);
  return copyTo(bake, { plan, from, target, name: plan.finalName, text });
}
