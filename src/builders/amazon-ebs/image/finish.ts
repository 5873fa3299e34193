import type { FoundImage } from "../../../aws/image.js";
import { setTags } from "../../../aws/tags.js";
import type { AmiArtifact } from "../../../core/artifact.js";
import { TAG, tagValue } from "../../../core/ownership.js";
import { type Bake, inRegion } from "../bake.js";
import { firstIsFinal, missingText } from "../image-plan.js";
import { releaseMachine } from "../machine/release.js";
import type { Work } from "../plan.js";
import { amiArtifact } from "./artifact.js";
import { copyToRegions, type RegionResult } from "./copy-regions.js";
import type { OwnedImage } from "./create.js";
import { discard } from "./replace.js";
import { earlierCopies } from "./resume.js";

/**
 * From the first available image to the artifact: keeps the image, lets the machine go, copies, completes each region, and removes
 * an image that only carried the content. What fails from here on leaves the image with a mark that says what is missing.
 */
export async function finishImages(bake: Bake, work: Work, first: OwnedImage): Promise<AmiArtifact> {
  const { context } = bake;
  const { plan } = work;
  const done = new Map<string, FoundImage>();
  const keep = () => {
    const copies = [...done].flatMap(([region, image]) => (image.id === first.image.id ? [] : [{ region, image }]));
    const own = { region: plan.buildRegion, image: first.image };
    const images = firstIsFinal(plan) || done.size === 0 ? [own, ...copies] : copies;
    context.keepImage(amiArtifact(bake, work, images, []));
  };
  if (first.key !== undefined) context.ledger.kept(first.key, "available");
  if (firstIsFinal(plan)) {
    context.narrator.emit({ type: "image-available", region: plan.buildRegion, imageId: first.image.id });
  }
  keep();
  const machine = releaseMachine(bake);
  let results: readonly RegionResult[] = [];
  try {
    results = await copyToRegions(bake, {
      plan,
      first,
      text: work.text,
      old: work.old,
      earlier: await copiesToGoOnWith(bake, work),
      unchanged: work.adopted?.why === "unchanged",
      onFinished: (region, image) => {
        done.set(region, image);
        if (image.id !== first.image.id) keep();
      },
    });
    if (!firstIsFinal(plan) && results.every((result) => result.state === "finished")) {
      const remove = () => discard(bake, plan.buildRegion, first);
      // Where the build region gets no image of its own, a rerun has only this one to go on from.
      if (plan.targets.some(({ region }) => region === plan.buildRegion)) await remove();
      else context.afterPublish(remove);
    }
  } finally {
    await machine;
    await sayWhatIsMissing(bake, work, first, results, done);
  }
  const finished = results.flatMap((result) => (result.state === "finished" ? [result] : []));
  const missing = results.flatMap((result) => (result.state === "missing" ? [result] : []));
  return amiArtifact(bake, work, finished, missing);
}

/** After a run that was interrupted: the copies it made. A fresh bake has none. */
async function copiesToGoOnWith(bake: Bake, work: Work): Promise<ReadonlyMap<string, FoundImage>> {
  const { adopted, text, plan } = work;
  if (!adopted || !text.fingerprint) return new Map();
  const regions = plan.targets
    .map((target) => target.region)
    .filter((region) => region !== plan.buildRegion || !firstIsFinal(plan));
  return earlierCopies(bake, regions, plan.finalName, text.fingerprint);
}

/**
 * Updates the first image's mark when something is missing; the mark from its creation names all regions. A finished image that was
 * taken because nothing has changed is left as it is.
 */
async function sayWhatIsMissing(
  bake: Bake,
  work: Work,
  first: OwnedImage,
  results: readonly RegionResult[],
  done: ReadonlyMap<string, FoundImage>,
): Promise<void> {
  const complete = results.length > 0 && results.every((result) => result.state === "finished");
  if (complete || bake.context.signal.aborted || work.adopted?.why === "unchanged") return;
  const missing = missingText(work.plan, new Set(done.keys()));
  await setTags(inRegion(bake), [first.image.id], { [TAG.unfinished]: tagValue(missing) }).catch(() => undefined);
}
