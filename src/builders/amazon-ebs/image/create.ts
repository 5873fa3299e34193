import { INTERVALS } from "../../../aws/client/wait.js";
import { createImage, type FoundImage } from "../../../aws/image.js";
import { waitForImage } from "../../../aws/image-wait.js";
import { acquire } from "../../../cleanup/acquire.js";
import type { KnownFingerprint } from "../../../core/fingerprint.js";
import { runStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import { firstIsFinal, type ImagePlan, missingText } from "../image-plan.js";
import { imageMappings } from "../machine/block-devices.js";
import { imageMarks, type RenderedTags } from "../tags.js";

/** An image of this run, available or on its way, with the ledger key it is recorded under. */
export interface OwnedImage {
  readonly image: FoundImage;
  /** Undefined for an image of an earlier run. */
  readonly key: string | undefined;
}

/** What the images bear beside the template's tags. */
export interface ImageText {
  readonly description: string;
  readonly tags: RenderedTags;
  readonly fingerprint: KnownFingerprint | undefined;
  /** Pattern of the names that the template gives. */
  readonly names: string | undefined;
}

/**
 * Makes the image of the instance and waits until it is available. It is marked unfinished from its creation; from the moment
 * it is available nothing destroys it any more.
 */
export async function createFirstImage(
  bake: Bake,
  plan: ImagePlan,
  instanceId: string,
  text: ImageText,
): Promise<OwnedImage> {
  const { options, context, session } = bake;
  const { narrator } = context;
  return runStep(bake.context, "create-image", "Creating the AMI", async () => {
    narrator.say(`Creating AMI ${plan.firstName} from instance ${instanceId}`);
    const marks = imageMarks({
      missing: missingText(plan, new Set()),
      fingerprint: text.fingerprint,
      names: text.names,
      finalName: firstIsFinal(plan) ? undefined : plan.finalName,
    });
    const { id, key } = await acquire({
      context,
      session,
      kind: "image",
      region: plan.buildRegion,
      name: plan.firstName,
      create: (stamp) =>
        createImage(
          inRegion(bake),
          {
            instanceId,
            name: plan.firstName,
            description: text.description,
            mappings: imageMappings(options),
            imageTags: { ...text.tags.image, ...marks },
            snapshotTags: { ...text.tags.snapshot, ...marks },
          },
          stamp,
        ),
    });
    narrator.message(`AMI: ${id}`);
    sayTags(bake, id, text);
    narrator.say("Waiting for AMI to become ready...");
    const image = await waitForImage(inRegion(bake), id, `AMI ${id}`, INTERVALS.capture);
    return { image, key };
  });
}

/** The tags went out with the call that made the image; told as Packer tells them. */
function sayTags(bake: Bake, id: string, { tags }: ImageText): void {
  const { narrator } = bake.context;
  if (Object.keys(tags.image).length > 0) narrator.say(`Adding tags to AMI (${id})...`);
  for (const [key, value] of Object.entries(tags.image)) narrator.message(`Adding tag: "${key}": "${value}"`);
  const more = Object.entries(tags.snapshot).filter(([key, value]) => tags.image[key] !== value);
  if (more.length > 0) narrator.say("Creating snapshot tags");
  for (const [key, value] of more) narrator.message(`Adding tag: "${key}": "${value}"`);
}
