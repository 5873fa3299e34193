import { deregisterImage, type FoundImage, refusesToDeregister } from "../../../aws/image.js";
import { TAG } from "../../../core/ownership.js";
import { type Bake, inRegion } from "../bake.js";
import { temporaryName } from "../marks.js";
import { type CopyOrder, copyToTarget } from "./copy.js";
import type { ImageOfRun } from "./create.js";

/**
 * Deregisters an old image whose name the new one gets, and with `force_delete_snapshot` deletes its snapshots. They are on record from
 * before the image is deregistered: whatever interrupts this, they do not outlive it.
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

/** Puts on record that a snapshot is deleted once its image is gone; returns the record's key. */
function intendToDelete(bake: Bake, region: string, old: FoundImage, snapshot: string): string {
  const { ledger, identity, settings, surroundings } = bake.context;
  const key = `${settings.ownership.runId}/${identity.name}/snapshot/${surroundings.ids.short(8)}`;
  const account = bake.session.reference(region);
  ledger.intend({ key, kind: "snapshot", build: identity.name, account, name: snapshot, details: { image: old.id } });
  return key;
}

/**
 * Puts a copy in the place of an old image of the same name. EC2 lets no two images of a region have one name and renames none,
 * so the new content comes to the region under a temporary name first; only once it is available there is the old image removed, and
 * a copy within the region (which moves no data) gets the name.
 */
export async function replaceByCopy(bake: Bake, order: CopyOrder, old: FoundImage): Promise<ImageOfRun> {
  const { ledger, surroundings } = bake.context;
  const { from, target } = order;
  if (target.region === from.region) {
    await deregisterOld(bake, target.region, old);
    return copyToTarget(bake, order);
  }
  const temporary = await copyToTarget(bake, { ...order, name: temporaryName(order.name, surroundings.ids.uuid()) });
  if (temporary.key !== undefined)
    ledger.kept(temporary.key, `holds the new image of ${target.region} until it has its name`);
  await deregisterOld(bake, target.region, old);
  const final = await copyToTarget(bake, { ...order, from: { region: target.region, image: temporary.image } });
  await discardImage(bake, target.region, temporary);
  return final;
}

/**
 * Removes an image that is no longer needed: it only carried content, or failed. It was kept until here; from now on it is on record to
 * be removed, with its snapshots, whatever interrupts this.
 */
export async function discardImage(bake: Bake, region: string, { image, key }: ImageOfRun): Promise<void> {
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
