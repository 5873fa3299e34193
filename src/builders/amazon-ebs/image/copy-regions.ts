import type { FoundImage } from "../../../aws/image.js";
import { waitForImage } from "../../../aws/image-wait.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import { FINISHED } from "../../../core/ledger.js";
import { mapWithLimit } from "../../../core/map-with-limit.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, type ImagesByRegion, inRegion } from "../bake.js";
import { isUnfinished } from "../marks.js";
import { copyTargets, firstIsFinal, type PlannedBake, type Target } from "../plan.js";
import { addMissingTags, markFinished, setAttributes } from "./attributes.js";
import { copyToTarget } from "./copy.js";
import type { ImageOfRun } from "./create.js";
import { replaceByCopy } from "./replace.js";

/** What became of one region. */
export type RegionResult = FinishedRegion | MissingRegion;

/** A region whose image is available and complete. */
export interface FinishedRegion extends ImageOfRun {
  readonly state: "finished";
  readonly region: string;
}

/** A region that got no image. */
export interface MissingRegion {
  readonly state: "missing";
  readonly region: string;
  readonly reason: string;
}

/** What the copies start from. */
export interface CopyStart {
  readonly plan: PlannedBake;
  readonly first: ImageOfRun;
  /** Copies of an earlier run, which are resumed or reused. */
  readonly earlier: ImagesByRegion;
  /** Called once a region's image is finished. */
  onFinished(region: string, image: FoundImage): void;
}

/** EC2 copies at most 100 images at once into a region; this many regions at once keeps the calls apart. */
const REGIONS_AT_ONCE = 16;

/**
 * Makes the image of every target region, side by side and each on its own: what fails in one is tried again, then reported, and
 * costs neither the others nor the first image. Their marks are removed when they are published.
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
    if (copied.every((result) => result.state === "finished")) keep(bake, first);
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

/** The image stays, whatever happens from now on. */
function keep(bake: Bake, { key }: ImageOfRun): void {
  if (key !== undefined) bake.context.ledger.kept(key, FINISHED);
}

/**
 * Removes the marks, that of the build region's image last: it is the one that a rerun finds and resumes from. Where the copies are made
 * from it, its mark says what is missing, and stays while anything is.
 */
function markAllFinished(bake: Bake, start: CopyStart, results: readonly RegionResult[]): void {
  const { plan } = start;
  const finished = results.flatMap((result) => (result.state === "finished" ? [result] : []));
  const isHome = ({ region }: RegionResult) => region === plan.buildRegion;
  const homeToo = finished.length === results.length || !firstIsFinal(plan);
  const last = homeToo ? finished.filter(isHome) : [];
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
      await complete(bake, start, region, made);
      keep(bake, made);
      start.onFinished(region, made.image);
      return { state: "finished" as const, region, ...made };
    });
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = messageOf(error);
    narrator.warn({
      code: "copy-failed",
      summary: `no image in ${region}: ${reason}`,
      hint: error instanceof BakeError ? error.hint : undefined,
    });
    return { state: "missing", region, reason };
  }
}

/** Gives a region's image all that the template sets; a reused one only what it lacks. */
async function complete(bake: Bake, start: CopyStart, region: string, made: ImageOfRun): Promise<void> {
  if (reusesImage(start)) await addMissingTags(bake, region, made.image, start.plan.metadata);
  await setAttributes(bake, region, made.image, isReused(start, made));
}

function reusesImage({ plan }: CopyStart): boolean {
  return plan.start.existing?.kind === "reused";
}

/** A reused image is not of this run and has no mark; a copy of it that was made now has one. */
function isReused(start: CopyStart, { image, key }: ImageOfRun): boolean {
  return reusesImage(start) && key === undefined && !isUnfinished(image);
}

/** Returns the region's image: that of an earlier run, or a new copy, in the place of an old image where one exists. */
async function imageOfRegion(bake: Bake, start: CopyStart, target: Target): Promise<ImageOfRun> {
  const { plan, first } = start;
  const { region } = target;
  const earlier = start.earlier.get(region);
  if (earlier) {
    bake.context.narrator.message(`${reusesImage(start) ? "Found" : "Going on with"} ${earlier.id} in ${region}`);
    const image = earlier.state === "available" ? earlier : await waitForImage(inRegion(bake, region), earlier.id);
    return { image, key: undefined };
  }
  const order = { plan, from: { region: plan.buildRegion, image: first.image }, target, name: plan.finalName };
  const old = plan.replaced.get(region);
  return old ? replaceByCopy(bake, order, old) : copyToTarget(bake, order);
}
