import type { FoundImage } from "../../aws/image.js";
import { OWNER, TAG } from "../../core/ownership.js";
import { setting } from "../../core/setting.js";

/** Returns whether the tests of an image failed. It is kept for analysis only. */
export function isTestFailed({ tags }: Pick<FoundImage, "tags">): boolean {
  return tags[TAG.testFailed] !== undefined;
}

/** Returns the result of the tests of an image; undefined if it was not tested. */
export function testsOf(image: Pick<FoundImage, "tags">): "passed" | "failed" | undefined {
  if (isTestFailed(image)) return "failed";
  return image.tags[TAG.tested] === undefined ? undefined : "passed";
}

/** Returns when and in which run the tests of an image ended, as its tag has it: hash, time and run. Empty if the tag has other text. */
export function testRunText(tag: string): string {
  const [, time = "", ...run] = tag.split(" ");
  if (Number.isNaN(Date.parse(time))) return "";
  return ` (${time}${run.length > 0 ? `, run ${run.join(" ")}` : ""})`;
}

/**
 * Returns why the tests of an image do not allow it to be promoted or rolled back to; empty if they do. `isRequired`: they must have
 * passed.
 */
export function testObstacles({ id, tags }: Pick<FoundImage, "id" | "tags">, isRequired: boolean): readonly string[] {
  const failed = tags[TAG.testFailed];
  if (failed !== undefined) {
    return [`the tests of ${id} failed${testRunText(failed)}: bake again, and use an AMI whose tests passed`];
  }
  if (!isRequired || tags[TAG.tested] !== undefined) return [];
  const missing = `${id} has no tag "${TAG.tested}"`;
  return tags[TAG.owner] === OWNER
    ? [`${missing}: bake with image tests, or remove ${setting("require-tested")}`]
    : [`${missing}: bake-ami did not bake it, or it is shared by another account, whose tags are not visible`];
}
