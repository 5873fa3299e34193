import { copyImage, type FoundImage } from "../../../aws/image.js";
import { waitForImage } from "../../../aws/image-wait.js";
import { acquire } from "../../../cleanup/acquire.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import { INTERMEDIATE } from "../../../core/ownership.js";
import { type Bake, inRegion } from "../bake.js";
import type { ImagePlan, Target } from "../image-plan.js";
import { releaseImages } from "../machine/release.js";
import { imageMarks } from "../tags.js";
import type { ImageText, OwnedImage } from "./create.js";

/** Attempts at one copy. */
const ATTEMPTS = 3;

/** What is copied, where to, and under which name. */
interface CopyOrder {
  readonly plan: ImagePlan;
  readonly from: { readonly region: string; readonly image: FoundImage };
  readonly target: Target;
  readonly name: string;
  readonly text: ImageText;
}

/**
 * Copies an image into a target's region under a name, and waits until the copy is available. The copy bears its own unfinished mark.
 * One that comes to nothing for a reason that can pass is removed and made again.
 */
export async function copyTo(bake: Bake, order: CopyOrder): Promise<OwnedImage> {
  const { region } = order.target;
  for (let number = 1; ; number++) {
    try {
      return await copyOnce(bake, order);
    } catch (error) {
      const passing = error instanceof BakeError && (error.code === "image-failed" || error.code === "image-gone");
      if (!passing || number >= ATTEMPTS || bake.context.signal.aborted) throw error;
      bake.context.narrator.message(`Copy to ${region} failed, trying again: ${messageOf(error)}`);
      await releaseImages(bake, region);
    }
  }
}

async function copyOnce(bake: Bake, { plan, from, target, name, text }: CopyOrder): Promise<OwnedImage> {
  const { context, session, options } = bake;
  const scope = inRegion(bake, target.region);
  const marks = imageMarks({
    missing: name === plan.finalName ? "finish" : INTERMEDIATE,
    fingerprint: text.fingerprint,
    names: text.names,
    finalName: name === plan.finalName ? undefined : plan.finalName,
  });
  const { id, key } = await acquire({
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
          description: text.description,
          encrypted: target.encrypted,
          kmsKeyId: target.kmsKeyId,
          durationMinutes: options.snapshot_copy_duration_minutes,
          imageTags: { ...text.tags.image, ...marks },
          snapshotTags: { ...text.tags.snapshot, ...marks },
        },
        stamp,
      ),
  });
  return { image: await waitForImage(scope, id, `copy ${id}`), key };
}
