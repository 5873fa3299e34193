import { failedAs } from "../../aws/client/errors.js";
import type { CallScope } from "../../aws/client/session.js";
import { disableFastLaunch } from "../../aws/fast-launch.js";
import { deregisterImage, describeOwnImages, isDeregistered, refusesToDeregister } from "../../aws/image.js";
import { disableImage } from "../../aws/image-attributes.js";
import { deleteSnapshot, describeSnapshotsTagged, type FoundSnapshot } from "../../aws/snapshot.js";
import { markRetired, removeTags, setTags } from "../../aws/tags.js";
import { throwIfAborted } from "../../core/clock.js";
import { TAG } from "../../core/ownership.js";
import type { RetainedImage } from "./choose.js";

/** Who removed or disabled an image: this run, or another run at the same time. */
export type RemovedBy = "this run" | "another run";

/** Changes an image. If that fails because another run has removed the image in the meantime, this is no error. */
export async function unlessRemoved(scope: CallScope, id: string, change: () => Promise<void>): Promise<RemovedBy> {
  try {
    await change();
    return "this run";
  } catch (error) {
    throwIfAborted(scope.signal);
    if (await isDeregistered(scope, id)) return "another run";
    throw error;
  }
}

/**
 * Deregisters an image and deletes its snapshots, except those that another image uses. It tags the snapshots first, so that after an
 * interruption the next run or a sweep finds them.
 */
export async function removeOldImage(scope: CallScope, image: RetainedImage, now: number): Promise<void> {
  const at = new Date(now).toISOString();
  const isLost = () => isDeregistered(scope, image.id);
  await markRetired(scope, image.snapshotIds, image.id, { expires: at, isLost });
  try {
    await disableFastLaunch(scope, image);
    await deregisterImage(scope, image.id, image.snapshotIds);
  } catch (error) {
    // The image still exists, so its snapshots must not have these tags.
    if (refusesToDeregister(error)) await removeTags(scope, image.snapshotIds, [TAG.retired, TAG.expires]);
    throw error;
  }
}

/** Disables an image and tags it with the time. An image that is disabled without this tag was not disabled by bake-ami. */
export async function disableOldImage(scope: CallScope, image: RetainedImage, now: number): Promise<void> {
  const isLost = () => isDeregistered(scope, image.id);
  await setTags(scope, [image.id], { [TAG.disabled]: new Date(now).toISOString() }, isLost);
  await disableImage(scope, image.id);
}

/** Returns the tagged snapshots of images that an interrupted run deregistered without deleting the snapshots. */
export async function findLeftoverSnapshots(scope: CallScope): Promise<readonly FoundSnapshot[]> {
  const marked = await describeSnapshotsTagged(scope, TAG.retired);
  const imageIds = [...new Set(marked.flatMap(({ tags }) => tags[TAG.retired] ?? []))];
  if (imageIds.length === 0) return [];
  const images = await describeOwnImages(scope, [{ Name: "image-id", Values: imageIds }], "with disabled ones");
  const existing = new Set(images.map(({ id }) => id));
  return marked.filter(({ tags }) => !existing.has(tags[TAG.retired] ?? ""));
}

/** Deletes such a snapshot. If another image uses it, only its tags are removed. One that another run deleted is no error. */
export async function deleteLeftoverSnapshot(scope: CallScope, { id }: FoundSnapshot): Promise<void> {
  try {
    if ((await deleteSnapshot(scope, id)) === "in-use") await removeTags(scope, [id], [TAG.retired, TAG.expires]);
  } catch (error) {
    if (!failedAs(error, "not-found")) throw error;
  }
}
