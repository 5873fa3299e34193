import type { CallScope } from "../../aws/client/session.js";
import { deregisterImage, ownImages, refusesToDeregister } from "../../aws/image.js";
import { disableImage } from "../../aws/image-attributes.js";
import { deleteSnapshot, type FoundSnapshot, snapshotsTagged } from "../../aws/snapshot.js";
import { removeTags, setTags } from "../../aws/tags.js";
import { TAG } from "../../core/ownership.js";
import type { RetainedImage } from "./choose.js";

/**
 * Deregisters an image and deletes its snapshots; those that another image uses stay. The snapshots are marked first: whatever ends
 * the run after the image is gone, the next one, or a sweep, finds them.
 */
export async function removeOldImage(scope: CallScope, image: RetainedImage, now: number): Promise<void> {
  const at = new Date(now).toISOString();
  await setTags(scope, image.snapshotIds, { [TAG.retired]: image.id, [TAG.expires]: at });
  try {
    await deregisterImage(scope, image.id, image.snapshotIds);
  } catch (error) {
    // An image that stays keeps its snapshots without marks.
    if (refusesToDeregister(error)) await removeTags(scope, image.snapshotIds, [TAG.retired, TAG.expires]);
    throw error;
  }
}

/** Disables an image, with the time on it: what is disabled without that mark is somebody else's doing. */
export async function disableForNow(scope: CallScope, image: RetainedImage, now: number): Promise<void> {
  await setTags(scope, [image.id], { [TAG.disabled]: new Date(now).toISOString() });
  await disableImage(scope, image.id);
}

/** Snapshots that an earlier run marked and whose image it deregistered, but did not delete. */
export async function leftSnapshots(scope: CallScope): Promise<readonly FoundSnapshot[]> {
  const marked = await snapshotsTagged(scope, TAG.retired);
  const imageIds = [...new Set(marked.flatMap(({ tags }) => tags[TAG.retired] ?? []))];
  if (imageIds.length === 0) return [];
  const images = await ownImages(scope, [{ Name: "image-id", Values: imageIds }], "with disabled ones");
  const there = new Set(images.map(({ id }) => id));
  return marked.filter(({ tags }) => !there.has(tags[TAG.retired] ?? ""));
}

/** Deletes such a snapshot; one that another image uses stays, without the marks. */
export async function deleteLeft(scope: CallScope, { id }: FoundSnapshot): Promise<void> {
  if ((await deleteSnapshot(scope, id)) === "in-use") await removeTags(scope, [id], [TAG.retired, TAG.expires]);
}
