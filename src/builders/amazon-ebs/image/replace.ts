import { disableFastLaunch } from "../../../aws/fast-launch.js";
import { deregisterImage, type FoundImage, refusesToDeregister } from "../../../aws/image.js";
import { TAG } from "../../../core/ownership.js";
import { type Bake, type ImageOfRun, inRegion } from "../bake.js";
import { temporaryName } from "../marks.js";
import { type CopyOrder, copyToTarget } from "./copy.js";

/**
 * Deregisters an old image with the name of the new one. With `force_delete_snapshot` it also deletes its snapshots: the ledger lists
 * them before the image is deregistered, so that cleanup deletes them if this is interrupted.
 */
async function deregisterOld(bake: Bake, region: string, old: FoundImage): Promise<void> {
  const { ledger, narrator } = bake.context;
  const snapshots = bake.options.force_delete_snapshot ? old.snapshotIds : [];
  const keys = snapshots.map((id) => recordDeletion(bake, region, old, id));
  const close = () => {
    for (const key of keys) ledger.released(key);
  };
  try {
    await disableFastLaunch(inRegion(bake, region), old);
    await deregisterImage(inRegion(bake, region), old.id, snapshots);
  } catch (error) {
    if (refusesToDeregister(error)) close();
    throw error;
  }
  close();
  narrator.say(`Deregistered AMI ${old.name}, id: ${old.id} in ${region}`);
  for (const snapshot of snapshots) narrator.say(`Deleted snapshot: ${snapshot}`);
}

/** Records in the ledger that a snapshot is deleted after its image. Returns the ledger key. */
function recordDeletion(bake: Bake, region: string, old: FoundImage, snapshot: string): string {
  const { ledger, identity, settings, surroundings } = bake.context;
  const key = `${settings.ownership.runId}/${identity.name}/snapshot/${surroundings.ids.short(8)}`;
  const account = bake.session.reference(region);
  ledger.intendRemoval({
    key,
    kind: "snapshot",
    build: identity.name,
    account,
    name: snapshot,
    details: { image: old.id },
  });
  return key;
}

/** The image to replace. */
export interface Replacement {
  readonly old: FoundImage;
  /** Resolves when the new image passed its tests; rejects when the old one must stay. */
  readonly tested: Promise<unknown>;
}

/**
 * Replaces an old image by a copy with the same name. Image names are unique in a Region, and EC2 cannot rename an image. So the image
 * is copied to the Region under a temporary name first. When that copy is available and the tests passed, the old image is deregistered, and a
 * copy within the Region (which transfers no data) gets the name.
 */
export async function replaceByCopy(bake: Bake, order: CopyOrder, { old, tested }: Replacement): Promise<ImageOfRun> {
  const { ledger, surroundings } = bake.context;
  const { from, target } = order;
  if (target.region === from.region) {
    await tested;
    await deregisterOld(bake, target.region, old);
    return copyToTarget(bake, order);
  }
  const temporary = await copyToTarget(bake, { ...order, name: temporaryName(order.name, surroundings.ids.uuid()) });
  if (temporary.key !== undefined)
    ledger.kept(temporary.key, `temporary copy in ${target.region}, until the image has its final name`);
  await tested;
  await deregisterOld(bake, target.region, old);
  const final = await copyToTarget(bake, { ...order, from: { region: target.region, image: temporary.image } });
  await discardImage(bake, target.region, temporary);
  return final;
}

/**
 * Removes an image that is no longer needed: an intermediate one, or one that failed. The ledger kept it until now. It is recorded for
 * removal with its snapshots first, so that cleanup removes them if this is interrupted.
 */
export async function discardImage(bake: Bake, region: string, { image, key }: ImageOfRun): Promise<void> {
  const { ledger, identity, narrator } = bake.context;
  const recorded = key ?? image.tags[TAG.key];
  if (recorded !== undefined) {
    const details = { superseded: "true" };
    const account = bake.session.reference(region);
    ledger.intendRemoval({ key: recorded, kind: "image", build: identity.name, account, details });
    ledger.made(recorded, image.id);
  }
  await disableFastLaunch(inRegion(bake, region), image);
  await deregisterImage(inRegion(bake, region), image.id, image.snapshotIds);
  if (recorded !== undefined) ledger.released(recorded);
  bake.leases.drop(region, image.id);
  narrator.emit({ type: "resource", action: "released", kind: "image", id: image.id, region });
}
