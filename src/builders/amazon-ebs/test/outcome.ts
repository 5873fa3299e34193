import { REMOVED_WHEN_FINISHED, removeTags } from "../../../aws/tags.js";
import { messageOf } from "../../../core/errors.js";
import type { ImageTestReport } from "../../../core/image-tests.js";
import { TAG } from "../../../core/ownership.js";
import { type Bake, type ImageOfRun, inRegion } from "../bake.js";
import { releaseImages } from "../machine/release.js";
import { isUnfinished } from "../marks.js";
import type { PlannedBake } from "../plan.js";
import { setTestTag, testedValue } from "./tags.js";

/** The images of a bake whose tests failed. */
export interface FailedImages {
  readonly plan: PlannedBake;
  readonly first: ImageOfRun;
  /** The available images by Region, without the first one if it is not final. */
  readonly available: ReadonlyMap<string, ImageOfRun>;
  readonly report: ImageTestReport;
}

/**
 * Removes the images that this run made or resumed, or marks them as failed with `on-test-failure: keep`. Copies that are still pending are
 * removed in both cases. A finished image of an earlier run is never removed, but marked. What cannot be marked is only a warning: the
 * image is tested again, and what cannot be removed is tried again at the end of the build.
 */
export async function dropFailedImages(bake: Bake, failed: FailedImages): Promise<void> {
  const marked = imagesToMark(bake, failed);
  const value = testedValue(bake, failed.report);
  const isReused = failed.plan.start.existing?.kind === "reused";
  // That of the build Region first, so that no run reuses it; an unfinished one last, so that a rerun can resume from it until then.
  for (const [region, image] of isReused ? marked : marked.toReversed())
    await markFailed(bake, { region, ...image }, value);
  const ids = new Set(marked.map(([, { image }]) => image.id));
  await releaseImages(bake, ids, failed.first.image.id);
}

function imagesToMark(
  bake: Bake,
  { plan, first, available }: FailedImages,
): readonly (readonly [string, ImageOfRun])[] {
  const home = available.get(plan.buildRegion) ?? first;
  const copies = [...available].filter(([region]) => region !== plan.buildRegion);
  const all = [[plan.buildRegion, home] as const, ...copies];
  if (bake.context.tests?.settings.onFailure === "keep") return all;
  return all.filter(([, { image, key }]) => key === undefined && !isUnfinished(image));
}

const WHY_KEPT = "its tests failed";

async function markFailed(bake: Bake, made: ImageOfRun & { readonly region: string }, value: string): Promise<void> {
  const { region, image, key } = made;
  const { ledger, narrator } = bake.context;
  try {
    await setTestTag(bake, region, image, { tag: TAG.testFailed, value, without: TAG.tested });
    if (isUnfinished(image)) {
      await removeTags(inRegion(bake, region), [image.id, ...image.snapshotIds], REMOVED_WHEN_FINISHED);
      bake.leases.drop(region, image.id);
    }
    if (key !== undefined) ledger.kept(key, WHY_KEPT);
    narrator.emit({ type: "resource", action: "kept", kind: "image", id: image.id, region, why: WHY_KEPT });
  } catch (error) {
    if (bake.context.signal.aborted) throw error;
    narrator.warn({
      code: "image-not-marked",
      summary: `AMI ${image.id} in ${region}, whose tests failed, could not be marked as failed: ${messageOf(error)}`,
      hint: `Do not use it. Add the tag "${TAG.testFailed}" or deregister it.`,
    });
  }
}
