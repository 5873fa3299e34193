import { copyImage, type FoundImage } from "../../aws/image.js";
import { waitForImage } from "../../aws/image-wait.js";
import { acquire } from "../../cleanup/acquire.js";
import { INTERMEDIATE } from "../../core/ownership.js";
import type { ImageText, OwnedImage } from "./create-image.js";
import type { ImagePlan, Target } from "./image-plan.js";
import { type Bake, inRegion } from "./step.js";
import { imageMarks } from "./tags.js";

/** Copies an image into a target's region under a name, and waits until the copy is available. The copy bears its own unfinished mark. */
export async function copyTo(
  bake: Bake,
  plan: ImagePlan,
  from: { readonly region: string; readonly image: FoundImage },
  target: Target,
  name: string,
  text: ImageText,
): Promise<OwnedImage> {
  const { context, session, options } = bake;
  const scope = inRegion(bake, target.region);
  const marks = imageMarks({
    missing: name === plan.finalName ? "finish" : INTERMEDIATE,
    fingerprint: text.fingerprint,
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
