import { describeImage, type FoundImage } from "../../../aws/image.js";
import { changeOwnTags } from "../../../aws/tags.js";
import { findAccount } from "../../../cleanup/acquire.js";
import { ownershipTags, TAG, tagValue } from "../../../core/ownership.js";
import { type Bake, inRegion } from "../bake.js";

/**
 * Time between the claim of an image and the read that shows whether it is ours, in milliseconds. EC2 has no compare-and-set for tags: of
 * two runs that claim an image within this time, the one that wrote last keeps it.
 */
const SETTLE = 3000;

/** An unfinished image of an earlier run that now belongs to this run. */
export interface ClaimedImage {
  readonly image: FoundImage;
  /** Its ledger key. */
  readonly key: string;
}

/**
 * Makes an unfinished image of an earlier run this run's own: its tags, a lease, and an entry in the ledger. A late cleanup of the earlier
 * run then leaves it alone. The entry is kept from the start, so no failure of this run removes the image.
 */
export async function claimImage(bake: Bake, region: string, image: FoundImage): Promise<ClaimedImage> {
  const { ledger, identity, settings, surroundings } = bake.context;
  const { ownership } = settings;
  const key = tagValue(`${ownership.runId}/${identity.name}/image/${surroundings.ids.short(8)}`);
  await findAccount(bake.session, bake.context);
  const account = bake.session.reference(region);
  ledger.intendRemoval({ key, kind: "image", build: identity.name, account, details: { resumed: "true" } });
  ledger.made(key, image.id);
  ledger.kept(key, `left unfinished by ${image.tags[TAG.run] ?? "an earlier run"}: a rerun resumes from it`);
  const tags = {
    ...ownershipTags({ ownership, build: identity.name, key }, bake.session.serverNow()),
    ...bake.leases.tag(),
  };
  await changeOwnTags(inRegion(bake, region), [image.id, ...image.snapshotIds], image, { tags });
  const claimed = { ...image, tags: { ...image.tags, ...tags } };
  bake.leases.hold(region, image.id, claimed);
  return { image: claimed, key };
}

/** Waits until another run that claimed the image at the same time must be visible. Returns whether the image is still ours. */
export async function keepsClaim(bake: Bake, region: string, { image, key }: ClaimedImage): Promise<boolean> {
  await bake.session.clock.sleep(SETTLE, bake.context.signal);
  const now = await describeImage(inRegion(bake, region), image.id);
  if (now === undefined || now.tags[TAG.key] === key) return true;
  bake.leases.drop(region, image.id);
  bake.context.ledger.released(key);
  return false;
}
