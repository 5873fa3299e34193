import { describeLiveInstances, type FoundInstance } from "../../../aws/instance.js";
import { type ResourceTags, withOwnTag } from "../../../aws/tags.js";
import type { Fingerprint, KnownFingerprint } from "../../../core/fingerprint.js";
import { isHeld } from "../../../core/lease.js";
import { OWNER, TAG, tagValue } from "../../../core/ownership.js";
import { type Bake, type BakeReading, inRegion } from "../bake.js";

/**
 * Tags of the instance of a run with `skip-unchanged`: other runs with the same inputs wait for it. Empty for other runs, which would have to
 * renew the lease of their instance only for this.
 */
export function liveBuildTags(
  bake: Pick<Bake, "context" | "leases" | "options">,
  fingerprint: Fingerprint,
): ResourceTags {
  const { settings } = bake.context;
  if (!settings.skipUnchanged.enabled || !fingerprint.known || bake.options.skip_create_ami) return {};
  return { [TAG.fingerprint]: fingerprint.hash, [TAG.image]: tagValue(settings.image), ...bake.leases.tag() };
}

/**
 * Returns the instance of another live run with `skip-unchanged` that bakes the same inputs and has no image yet; of several, the one that
 * was launched first. With `own`, only one that was launched before this instance: of two runs that start at the same time, the first one bakes.
 */
export async function findLiveBuild(
  bake: BakeReading,
  fingerprint: KnownFingerprint,
  own?: FoundInstance,
): Promise<FoundInstance | undefined> {
  const { settings, identity } = bake.context;
  const found = await describeLiveInstances(inRegion(bake), [withOwnTag(TAG.build, tagValue(identity.name))]);
  const now = bake.session.serverNow();
  const [first] = found
    .filter(
      ({ id, tags }) =>
        id !== own?.id &&
        tags[TAG.owner] === OWNER &&
        tags[TAG.fingerprint] === fingerprint.hash &&
        tags[TAG.image] === tagValue(settings.image) &&
        isHeld(tags, settings.ownership, now),
    )
    .sort(byLaunch);
  return first !== undefined && (own === undefined || byLaunch(first, own) < 0) ? first : undefined;
}

function byLaunch(a: FoundInstance, b: FoundInstance): number {
  return (a.launchedAt ?? 0) - (b.launchedAt ?? 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** EC2 reports launches in seconds. After this time an instance that was launched in the same second is visible; milliseconds. */
const VISIBLE = 2000;

/** Returns the instance of another run that was launched earlier, as `findLiveBuild`; undefined if this run bakes the image. */
export async function findEarlierLaunch(
  bake: BakeReading,
  fingerprint: Fingerprint,
  own: FoundInstance,
): Promise<FoundInstance | undefined> {
  if (!bake.context.settings.skipUnchanged.enabled || !fingerprint.known || bake.options.skip_create_ami)
    return undefined;
  const early = (own.launchedAt ?? 0) + VISIBLE - bake.session.serverNow();
  if (early > 0) await bake.session.clock.sleep(Math.min(early, VISIBLE), bake.context.signal);
  return findLiveBuild(bake, fingerprint, own);
}
