import { hasAwsCode } from "../../../aws/client/errors.js";
import type { FoundImage } from "../../../aws/image.js";
import { addTags, removeTags } from "../../../aws/tags.js";
import type { ImageTestReport } from "../../../core/image-tests.js";
import { TAG, tagValue } from "../../../core/ownership.js";
import { type Bake, inRegion } from "../bake.js";
import { isUnfinished, testsHashOf } from "../marks.js";

/** Returns the value of `TAG.tested` and `TAG.testFailed`: hash, time and run. */
export function testedValue({ context, session }: Bake, { testsHash }: ImageTestReport): string {
  return tagValue(`${testsHash} ${new Date(session.serverNow()).toISOString()} ${context.settings.ownership.runId}`);
}

/** Tags a Region's image as tested, unless it has this tag. It has its unfinished mark until it is published. */
export async function markTested(
  bake: Bake,
  region: string,
  image: FoundImage,
  report: ImageTestReport,
): Promise<void> {
  if (testsHashOf(image.tags[TAG.tested]) === report.testsHash) return;
  const value = report.earlier ?? testedValue(bake, report);
  await setTestTag(bake, region, image, { tag: TAG.tested, value, without: TAG.testFailed });
}

/** A tag of the result, and that of the other result, which is removed. */
interface TestTag {
  readonly tag: string;
  readonly value: string;
  readonly without: string;
}

/** Sets the tag of the result on an image. It is its only one. */
export async function setTestTag(
  bake: Bake,
  region: string,
  image: FoundImage,
  { tag, value, without }: TestTag,
): Promise<void> {
  const scope = inRegion(bake, region);
  const change = () => bake.leases.change(region, image, { [tag]: value });
  // An image of a run without tests may have no room for one more tag.
  if (!isUnfinished(image)) await addTags(scope, [image.id], image, { [tag]: value });
  else
    await change().catch(async (error: unknown) => {
      if (!hasAwsCode(error, "TagLimitExceeded")) throw error;
      await removeTags(scope, [image.id], [TAG.attempt]);
      await change();
    });
  if (image.tags[without] !== undefined) await removeTags(scope, [image.id], [without]);
}
