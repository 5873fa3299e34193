import type { FoundImage } from "../../../aws/image.js";
import { waitForImage } from "../../../aws/image-wait.js";
import { mapAtMost } from "../../../core/at-most.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import { runStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import { firstIsFinal, type ImagePlan, type OldImages, type Target } from "../image-plan.js";
import { isUnfinished } from "../look/reused-image.js";
import { addMissingTags, markFinished, setAttributes } from "./attributes.js";
import { copyTo } from "./copy.js";
import type { ImageText, OwnedImage } from "./create.js";
import { replaceByCopy } from "./replace.js";

/** What became of one region. */
export type RegionResult =
  | ({ readonly state: "finished"; readonly region: string } & OwnedImage)
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
 * costs neither the others nor the first image. Their marks are taken off when they are published.
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
  const results = [...finishFirst(bake, start, own[0], attributes, copied), ...copied];
  markAllFinished(bake, start, results);
  return results;
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

function finishFirst(
  bake: Bake,
  start: CopyStart,
  target: Target | undefined,
  attributes: PromiseSettledResult<void> | undefined,
  copied: readonly RegionResult[],
): readonly RegionResult[] {
  if (!target || !attributes) return [];
  const { region } = target;
  if (attributes.status === "rejected") throw attributes.reason;
  if (copied.every((result) => result.state === "finished")) keep(bake, start.first);
  start.onFinished(region, start.first.image);
  return [{ state: "finished", region, ...start.first }];
}

/** Whatever comes, the image stays. */
function keep(bake: Bake, { key }: OwnedImage): void {
  if (key !== undefined) bake.context.ledger.kept(key, "finished");
}

/**
 * The marks go, that of the build region's image last: it is the one that a rerun finds and goes on from. Where the copies are made
 * from it, its mark says what is missing, and stays while anything is.
 */
function markAllFinished(bake: Bake, start: CopyStart, results: readonly RegionResult[]): void {
  const { plan } = start;
  const finished = results.flatMap((result) => (result.state === "finished" ? [result] : []));
  const isHome = ({ region }: RegionResult) => region === plan.buildRegion;
  const homeToo = finished.length === results.length || !firstIsFinal(plan);
  const last = homeToo ? finished.filter(isHome) : [];
  for (const owned of [...finished.filter((result) => !isHome(result)), ...last])
    if (!wasFinished(start, owned)) markFinished(bake, owned.region, owned.image);
}

async function copyRegion(bake: Bake, start: CopyStart, target: Target): Promise<RegionResult> {
  const { narrator, signal } = bake.context;
  const { region } = target;
  try {
    return await runStep(bake.context, `copy ${region}`, `Copying to ${region}`, async () => {
      const owned = await arrive(bake, start, target);
      narrator.emit({ type: "image-available", region, imageId: owned.image.id });
      await complete(bake, start, region, owned);
      keep(bake, owned);
      start.onFinished(region, owned.image);
      return { state: "finished" as const, region, ...owned };
    });
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = messageOf(error);
    narrator.warn({
      code: "copy-failed",
      summary: `no image in ${region}: ${reason}`,
      hint: error instanceof BakeError && error.hint ? error.hint : undefined,
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
