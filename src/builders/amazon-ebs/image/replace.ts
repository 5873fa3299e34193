import { deregisterImage, type FoundImage, refusesToDeregister } from "../../../aws/image.js";
import { TAG } from "../../../core/ownership.js";
import { type Bake, inRegion } from "../bake.js";
import { type ImagePlan, type Target, temporaryName } from "../image-plan.js";
import { copyTo } from "./copy.js";
import type { ImageText, OwnedImage } from "./create.js";

/**
 * Deregisters an old image whose name the new one gets; its snapshots go too with `force_delete_snapshot`. They are on record from before
 * the image goes: whatever cuts this off, they do not outlive it.
 */
async function deregisterOld(bake: Bake, region: string, old: FoundImage): Promise<void> {
  const { ledger, narrator } = bake.context;
  const snapshots = bake.options.force_delete_snapshot ? old.snapshotIds : [];
  const keys = snapshots.map((id) => intendToDelete(bake, region, old, id));
  const close = () => {
    for (const key of keys) ledger.released(key);
  };
  try {
    await deregisterImage(inRegion(bake, region), old.id, snapshots);
  } catch (error) {
    if (refusesToDeregister(error)) close();
    throw error;
  }
  close();
  narrator.say(`Deregistered AMI ${old.name}, id: ${old.id} in ${region}`);
  for (const snapshot of snapshots) narrator.say(`Deleted snapshot: ${snapshot}`);
}

/** Puts on record that a snapshot goes once its image is gone; answers the record's key. */
function intendToDelete(bake: Bake, region: string, old: FoundImage, snapshot: string): string {
  const { ledger, identity, settings, surroundings } = bake.context;
  const key = `${settings.ownership.runId}/${identity.name}/snapshot/${surroundings.ids.short(8)}`;
  const account = bake.session.reference(region);
  ledger.intend({ key, kind: "snapshot", build: identity.name, account, name: snapshot, details: { image: old.id } });
  return key;
}

/**
 * Puts a copy in the place of an old image of the same name. EC2 lets no two images of a region have one name and renames none,
 * so the new content comes to the region under a temporary name first; only once it is available there does the old image go, and
 * a copy within the region (which moves no data) takes the name.
 */
export async function replaceByCopy(
  bake: Bake,
  plan: ImagePlan,
  from: { readonly region: string; readonly image: FoundImage },
  target: Target,
  old: FoundImage,
  text: ImageText,
): Promise<OwnedImage> {
  const { ledger, surroundings } = bake.context;
  if (target.region === from.region) {
    await deregisterOld(bake, target.region, old);
    return copyTo(bake, { plan, from, target, name: plan.finalName, text });
  }
  const waiting = temporaryName(plan.finalName, surroundings.ids.uuid());
  const arrived = await copyTo(bake, { plan, from, target, name: waiting, text });
  if (arrived.key !== undefined)
    ledger.kept(arrived.key, `holds the new image of ${target.region} until it has its name`);
  await deregisterOld(bake, target.region, old);
  const here = { region: target.region, image: arrived.image };
  const final = await copyTo(bake, { plan, from: here, target, name: plan.finalName, text });
  await discard(bake, target.region, arrived);
  return final;
}

/**
 * Removes an image that only carried content to where it was needed. It was kept until here: from now on it is on record to be removed,
 * with its snapshots, whatever cuts this off.
 */
export async function discard(bake: Bake, region: string, { image, key }: OwnedImage): Promise<void> {
  const { ledger, identity, narrator } = bake.context;
  const recorded = key ?? image.tags[TAG.key];
  if (recorded !== undefined) {
    const details = { superseded: "true" };
    const account = bake.session.reference(region);
    ledger.intend({ key: recorded, kind: "image", build: identity.name, account, details });
    ledger.made(recorded, image.id);
  }
  await deregisterImage(inRegion(bake, region), image.id, image.snapshotIds);
  if (recorded !== undefined) ledger.released(recorded);
  narrator.emit({ type: "resource", action: "released", kind: "image", id: image.id, region });
}
