import { inCopySlots } from "../../../aws/copy-slots.js";
import { copyImage, type FoundImage } from "../../../aws/image.js";
import { waitForImage } from "../../../aws/image-wait.js";
import { createdImageTags } from "../../../aws/tags.js";
import { acquire } from "../../../cleanup/acquire.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import { originTag } from "../../../core/image-order.js";
import { INTERMEDIATE } from "../../../core/ownership.js";
import { type Bake, type ImageOfRun, inRegion } from "../bake.js";
import { releaseUnfinishedImages } from "../machine/release.js";
import { imageMarks, spareTags } from "../marks.js";
import type { PlannedBake, Target } from "../plan.js";

/** Attempts to copy to one Region. */
const ATTEMPTS = 3;

/** The image to copy, the target, and the name of the copy. */
export interface CopyOrder {
  readonly plan: PlannedBake;
  readonly from: { readonly region: string; readonly image: FoundImage };
  readonly target: Target;
  readonly name: string;
}

/**
 * Copies an image to a target Region under a name, and waits until the copy is available. The copy has its own unfinished mark.
 * A copy that fails for a temporary reason is removed and retried.
 */
export async function copyToTarget(bake: Bake, order: CopyOrder): Promise<ImageOfRun> {
  const { region } = order.target;
  const scope = inRegion(bake, region);
  for (let attempt = 1; ; attempt++) {
    try {
      return await inCopySlots(scope, order.from.image.snapshotIds.length, () => copyOnce(bake, order));
    } catch (error) {
      if (!isFailedImage(error) || attempt >= ATTEMPTS || bake.context.signal.aborted) throw error;
      bake.context.narrator.message(`Copying to ${region} failed, retrying: ${messageOf(error)}`);
      await releaseUnfinishedImages(bake, region);
    }
  }
}

/** Returns whether an image failed or disappeared while it was waited for. Another copy can succeed. */
export function isFailedImage(error: unknown): error is BakeError {
  return error instanceof BakeError && (error.code === "image-failed" || error.code === "image-gone");
}

async function copyOnce(bake: Bake, { plan, from, target, name }: CopyOrder): Promise<ImageOfRun> {
  const { metadata } = plan;
  const { context, session, options } = bake;
  const scope = inRegion(bake, target.region);
  const marks = imageMarks({
    missing: name === plan.finalName ? "finish" : INTERMEDIATE,
    fingerprint: metadata.fingerprint,
    names: metadata.names,
    image: context.settings.image,
    finalName: name === plan.finalName ? undefined : plan.finalName,
    origin: originTag(from.image),
  });
  const newTags = {
    imageTags: { ...metadata.tags.image, ...marks, ...bake.leases.tag() },
    snapshotTags: { ...metadata.tags.snapshot, ...marks },
    spareTags: spareTags(bake),
  };
  const { id, key, tags } = await acquire({
    context,
    session,
    kind: "image",
    region: target.region,
    name,
    details: { source: from.image.id, "source-region": from.region },
    create: (stamp) =>
      copyImage(
        scope,
        {
          sourceRegion: from.region,
          sourceImageId: from.image.id,
          name,
          description: metadata.description,
          encrypted: target.encrypted,
          kmsKeyId: target.kmsKeyId,
          durationMinutes: options.snapshot_copy_duration_minutes,
          ...newTags,
        },
        stamp,
      ),
  });
  bake.leases.hold(target.region, id, createdImageTags(newTags, tags));
  const { snapshot_copy_duration_minutes: minutes = 0 } = options;
  return { image: await waitForImage(scope, id, { what: `copy ${id}`, atLeast: minutes * 60_000 }), key };
}
