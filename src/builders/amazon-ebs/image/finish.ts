import type { FoundImage } from "../../../aws/image.js";
import type { AmiArtifact } from "../../../core/artifact.js";
import type { ImageTestReport } from "../../../core/image-tests.js";
import { TAG, tagValue } from "../../../core/ownership.js";
import type { Bake, ImageOfRun } from "../bake.js";
import type { InstanceRoute } from "../look/route.js";
import { releaseInstance } from "../machine/release.js";
import { firstIsFinal, missingText, type PlannedBake } from "../plan.js";
import { dropFailedImages } from "../test/outcome.js";
import { startTests } from "../test/testing.js";
import { amiArtifact } from "./artifact.js";
import { copyToRegions, type RegionResult } from "./copy-regions.js";
import { discardImage } from "./replace.js";
import { findEarlierCopies } from "./resume.js";

/**
 * Makes the artifact from the first available image: keeps the image, releases the instance, tests the image while it is copied to the target
 * Regions, and removes an intermediate image. If a step fails, the image stays with a mark that lists what is missing, unless its tests
 * failed. `route` is of the instances of tests.
 */
export async function finishImages(
  bake: Bake,
  plan: PlannedBake,
  first: ImageOfRun,
  route: () => Promise<InstanceRoute>,
): Promise<AmiArtifact> {
  const { context } = bake;
  const done = new Map<string, FoundImage>();
  const available = new Map<string, ImageOfRun>();
  let isUsable = context.tests === undefined;
  let tests: ImageTestReport | undefined;
  const keep = () => {
    // The artifact of a failed build is reported too. It names no image that did not pass its tests.
    if (!isUsable) return;
    const copies = [...done].flatMap(([region, image]) => (image.id === first.image.id ? [] : [{ region, image }]));
    const own = { region: plan.buildRegion, image: first.image };
    const images = firstIsFinal(plan) || done.size === 0 ? [own, ...copies] : copies;
    context.keepImage(amiArtifact(bake, plan, images, { missing: [], tests }));
  };
  if (first.key !== undefined) context.ledger.kept(first.key, "available");
  if (firstIsFinal(plan)) {
    context.narrator.emit({ type: "image-available", region: plan.buildRegion, imageId: first.image.id });
    available.set(plan.buildRegion, first);
  }
  keep();
  const released = releaseInstance(bake);
  const testing = startTests(bake, { plan, image: first.image, route, released });
  const tested = testing.passed.then((report) => {
    tests = report;
    isUsable = true;
    if (report) keep();
    return report;
  });
  tested.catch(() => undefined);
  let results: readonly RegionResult[] = [];
  try {
    results = await copyToRegions(testing.copying, {
      plan,
      first,
      earlier: await findEarlierCopies(testing.copying, plan),
      tested,
      onAvailable: (region, made) => available.set(region, made),
      onFinished: (region, image) => {
        done.set(region, image);
        if (image.id !== first.image.id) keep();
      },
    });
    await tested;
    if (isComplete(results) && !firstIsFinal(plan)) await discardFirst(bake, plan, first);
  } catch (error) {
    const reported = await testing.end(error);
    const report = testing.failed();
    if (report) {
      await dropFailedImages(bake, { plan, first, available, report });
      context.keepImage(amiArtifact(bake, plan, [], { missing: [], tests: report }));
    }
    throw reported;
  } finally {
    await released;
    if (!isComplete(results) && !testing.failed()) {
      reportIntermediate(bake, plan, first);
      await recordMissing(bake, plan, first, done);
    }
  }
  const finished = results.flatMap((result) => (result.state === "finished" ? [result] : []));
  const missing = results.flatMap((result) => (result.state === "missing" ? [result] : []));
  return amiArtifact(bake, plan, finished, { missing, tests });
}

function isComplete(results: readonly RegionResult[]): boolean {
  return results.length > 0 && results.every((result) => result.state === "finished");
}

/** Removes the first image, which was only the source of the copies. */
async function discardFirst(bake: Bake, plan: PlannedBake, first: ImageOfRun): Promise<void> {
  const discard = () => discardImage(bake, plan.buildRegion, first);
  // Without an image in the build Region, a rerun can resume only from this one.
  if (plan.targets.some(({ region }) => region === plan.buildRegion)) await discard();
  else bake.context.afterPublish(discard);
}

/** Reports the image that stays as the source of the copies that failed: a rerun needs it, and it can be without their encryption. */
function reportIntermediate({ context }: Bake, plan: PlannedBake, { image }: ImageOfRun): void {
  if (firstIsFinal(plan) || plan.start.existing?.kind === "reused") return;
  const isPlain = image.mappings.some(({ Ebs }) => Ebs !== undefined && Ebs.Encrypted !== true);
  context.narrator.warn({
    code: "intermediate-image-left",
    summary: `${isPlain ? "Unencrypted intermediate" : "Intermediate"} AMI ${image.id} ("${image.name}") stays in ${plan.buildRegion}`,
    hint:
      "Run the bake again: it copies this image to the missing Regions, then removes it. If you do not run it again, the sweep removes the " +
      "image after it has expired.",
  });
}

/** Updates the first image's mark, which lists all Regions from its creation. A reused image is not changed. */
async function recordMissing(
  bake: Bake,
  plan: PlannedBake,
  first: ImageOfRun,
  done: ReadonlyMap<string, FoundImage>,
): Promise<void> {
  if (bake.context.signal.aborted || plan.start.existing?.kind === "reused") return;
  const missing = missingText(plan, new Set(done.keys()));
  const tags = { [TAG.unfinished]: tagValue(missing) };
  await bake.leases.change(plan.buildRegion, first.image, tags).catch(() => undefined);
}
