import type { FoundImage } from "../../../aws/image.js";
import { waitForImage } from "../../../aws/image-wait.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { ImageTestReport } from "../../../core/image-tests.js";
import { FINISHED } from "../../../core/ledger.js";
import { mapWithLimit } from "../../../core/map-with-limit.js";
import { TAG } from "../../../core/ownership.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, type ImageOfRun, type ImagesByRegion, inRegion } from "../bake.js";
import { isUnfinished } from "../marks.js";
import { copyTargets, firstIsFinal, type PlannedBake, type Target } from "../plan.js";
import { markTested } from "../test/tags.js";
import { addMissingTags, markFinished, setAttributes } from "./attributes.js";
import { copyToTarget, isFailedImage } from "./copy.js";
import { setFastLaunch } from "./fast-launch.js";
import { discardImage, replaceByCopy } from "./replace.js";

/** The result of one Region. */
export type RegionResult = FinishedRegion | MissingRegion;

/** A Region whose image is available and complete. */
export interface FinishedRegion extends ImageOfRun {
  readonly state: "finished";
  readonly region: string;
}

/** A Region without an image. */
export interface MissingRegion {
  readonly state: "missing";
  readonly region: string;
  readonly reason: string;
}

/** The image to copy, and copies that exist already. */
export interface CopyStart {
  readonly plan: PlannedBake;
  readonly first: ImageOfRun;
  /** Copies that an earlier run made. This run resumes or reuses them. */
  readonly earlier: ImagesByRegion;
  /** Resolves when the image passed its tests; undefined where none are requested. Rejects when the images are not to be used. */
  readonly tested: Promise<ImageTestReport | undefined>;
  /** Called when a Region's image is available. It is not complete: that waits for the tests. */
  onAvailable(region: string, made: ImageOfRun): void;
  /** Called when a Region's image is finished. */
  onFinished(region: string, image: FoundImage): void;
}

/** Regions that are copied to in parallel. The limit avoids throttling of the calls. */
const REGIONS_AT_ONCE = 16;

/**
 * Creates the images of all target Regions in parallel. A failure in one Region is retried, then reported; it does not affect the other
 * Regions or the first image. The unfinished marks are removed after the images are published.
 */
export async function copyToRegions(bake: Bake, start: CopyStart): Promise<readonly RegionResult[]> {
  const { plan, first } = start;
  const region = plan.buildRegion;
  const targets = copyTargets(plan);
  announce(
    bake,
    first.image,
    targets.filter((target) => !start.earlier.has(target.region)),
  );
  const firstIsTarget = targets.length < plan.targets.length;
  const completing = Promise.allSettled(firstIsTarget ? [complete(bake, start, region, first)] : []);
  const copied = await mapWithLimit(targets, REGIONS_AT_ONCE, (target) => copyRegion(bake, start, target));
  const [completed] = await completing;
  if (completed?.status === "rejected") throw completed.reason;
  const results: RegionResult[] = [...copied];
  if (completed) {
    if (copied.every((result) => result.state === "finished")) keepImage(bake, first);
    start.onFinished(region, first.image);
    results.unshift({ state: "finished", region, ...first });
  }
  markAllFinished(bake, start, results);
  return results;
}

function announce(bake: Bake, first: FoundImage, others: readonly Target[]): void {
  if (others.length === 0) return;
  const { narrator } = bake.context;
  narrator.say(`Copying/Encrypting AMI (${first.id}) to other regions...`);
  for (const target of others) narrator.message(`Copying to: ${target.region}`);
  narrator.say("Waiting for all copies to complete...");
}

/** Marks the image as kept in the ledger: no later failure removes it. */
function keepImage(bake: Bake, { key }: ImageOfRun): void {
  if (key !== undefined) bake.context.ledger.kept(key, FINISHED);
}

/**
 * Removes the unfinished marks, the build Region's last: a rerun finds that image and resumes from it. If the copies are made from that
 * image, its mark lists what is missing and stays until nothing is.
 */
function markAllFinished(bake: Bake, start: CopyStart, results: readonly RegionResult[]): void {
  const { plan } = start;
  const finished = results.flatMap((result) => (result.state === "finished" ? [result] : []));
  const isHome = ({ region }: RegionResult) => region === plan.buildRegion;
  const markHome = finished.length === results.length || !firstIsFinal(plan);
  const last = markHome ? finished.filter(isHome) : [];
  for (const made of [...finished.filter((result) => !isHome(result)), ...last])
    if (!isReused(start, made)) markFinished(bake, made.region, made.image);
}

async function copyRegion(bake: Bake, start: CopyStart, target: Target): Promise<RegionResult> {
  const { context } = bake;
  const { narrator, signal } = context;
  const { region } = target;
  try {
    return await runBuilderStep(context, `copy ${region}`, `Copying to ${region}`, async () => {
      const made = await imageOfRegion(bake, start, target);
      narrator.emit({ type: "image-available", region, imageId: made.image.id });
      start.onAvailable(region, made);
      await complete(bake, start, region, made);
      keepImage(bake, made);
      start.onFinished(region, made.image);
      return { state: "finished" as const, region, ...made };
    });
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = messageOf(error);
    narrator.warn({
      code: "copy-failed",
      summary: `Could not create the image in ${region}: ${reason}`,
      hint: error instanceof BakeError ? error.hint : undefined,
    });
    return { state: "missing", region, reason };
  }
}

/**
 * Sets what the template sets on a Region's image, after the tests: before, it is not shared, and nothing protects it from removal. A reused
 * image gets only what it does not have.
 */
async function complete(bake: Bake, start: CopyStart, region: string, made: ImageOfRun): Promise<void> {
  const report = await start.tested;
  if (report) await markTested(bake, region, made.image, report);
  if (reusesImage(start)) await addMissingTags(bake, region, made.image, start.plan.metadata);
  await setAttributes(bake, region, made.image, isReused(start, made));
  await setFastLaunch(bake, start.plan, region, made.image);
}

function reusesImage({ plan }: CopyStart): boolean {
  return plan.start.existing?.kind === "reused";
}

/** True for a finished image of an earlier run. A copy made by this run has a ledger key and a mark. */
function isReused(start: CopyStart, { image, key }: ImageOfRun): boolean {
  return reusesImage(start) && key === undefined && !isUnfinished(image);
}

/** Returns the Region's image: that of an earlier run, or a new copy. A new copy replaces an old image with the name. */
async function imageOfRegion(bake: Bake, start: CopyStart, target: Target): Promise<ImageOfRun> {
  const { plan, first } = start;
  const { region } = target;
  const earlier = start.earlier.get(region);
  if (earlier) {
    bake.context.narrator.message(`${reusesImage(start) ? "Reusing" : "Resuming"} ${earlier.id} in ${region}`);
    // An unfinished copy was claimed, so it has this run's key.
    const key = isUnfinished(earlier) ? earlier.tags[TAG.key] : undefined;
    const image = await waitForEarlierCopy(bake, region, { image: earlier, key });
    if (image) return { image, key };
  }
  const order = { plan, from: { region: plan.buildRegion, image: first.image }, target, name: plan.finalName };
  const old = plan.replaced.get(region);
  return old ? replaceByCopy(bake, order, { old, tested: start.tested }) : copyToTarget(bake, order);
}

/** Returns an earlier run's copy when it is available. Removes it and returns undefined if it fails: then this run copies again. */
async function waitForEarlierCopy(bake: Bake, region: string, earlier: ImageOfRun): Promise<FoundImage | undefined> {
  const { image } = earlier;
  if (image.state === "available") return image;
  try {
    return await waitForImage(inRegion(bake, region), image.id);
  } catch (error) {
    if (!isFailedImage(error) || bake.context.signal.aborted) throw error;
    bake.context.narrator.message(`Copying to ${region} failed, retrying: ${messageOf(error)}`);
    await discardImage(bake, region, earlier);
    return undefined;
  }
}
