import { INTERVALS } from "../../../aws/client/wait.js";
import { createImage } from "../../../aws/image.js";
import { waitForImage } from "../../../aws/image-wait.js";
import { createdImageTags } from "../../../aws/tags.js";
import { acquire } from "../../../cleanup/acquire.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, type ImageOfRun, inRegion } from "../bake.js";
import { imageMappings } from "../machine/block-devices.js";
import { imageMarks, spareTags } from "../marks.js";
import { firstIsFinal, missingText, type PlannedBake } from "../plan.js";
import type { RenderedTags } from "../tags.js";

/**
 * Creates the image of the instance and waits until it is available. The image has the unfinished mark from its creation.
 */
export async function createImageOfInstance(bake: Bake, plan: PlannedBake, instanceId: string): Promise<ImageOfRun> {
  const { options, context, session } = bake;
  const { narrator } = context;
  const { firstName: name, metadata } = plan;
  return runBuilderStep(context, "create-image", "Creating the AMI", async () => {
    narrator.say(`Creating AMI ${name} from instance ${instanceId}`);
    const marks = imageMarks({
      missing: missingText(plan, new Set()),
      fingerprint: metadata.fingerprint,
      names: metadata.names,
      image: context.settings.image,
      finalName: firstIsFinal(plan) ? undefined : plan.finalName,
      origin: undefined,
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
      region: plan.buildRegion,
      name,
      create: (stamp) =>
        createImage(
          inRegion(bake),
          {
            instanceId,
            name,
            description: metadata.description,
            mappings: imageMappings(options),
            ...newTags,
          },
          stamp,
        ),
    });
    bake.leases.hold(plan.buildRegion, id, createdImageTags(newTags, tags));
    narrator.message(`AMI: ${id}`);
    reportTags(bake, id, metadata.tags);
    narrator.say("Waiting for AMI to become ready...");
    const image = await waitForImage(inRegion(bake), id, { interval: INTERVALS.capture });
    return { image, key };
  });
}

/** Reports the tags as Packer does. They were set by the call that created the image. */
function reportTags(bake: Bake, id: string, tags: RenderedTags): void {
  const { narrator } = bake.context;
  if (Object.keys(tags.image).length > 0) narrator.say(`Adding tags to AMI (${id})...`);
  for (const [key, value] of Object.entries(tags.image)) narrator.message(`Adding tag: "${key}": "${value}"`);
  const more = Object.entries(tags.snapshot).filter(([key, value]) => tags.image[key] !== value);
  if (more.length > 0) narrator.say("Creating snapshot tags");
  for (const [key, value] of more) narrator.message(`Adding tag: "${key}": "${value}"`);
}
