import type { CallScope } from "../../aws/client/session.js";
import type { ResourceTags } from "../../aws/tags.js";
import { setTags } from "../../aws/tags.js";
import { leaseUntil, RENEW_EVERY } from "../../core/lease.js";
import { TAG, tagValue } from "../../core/ownership.js";
import type { BuilderContext } from "../../core/parts.js";

/** The leases of the unfinished images of a build. They are renewed in the background until the end of the build. */
export interface ImageLeases {
  /** Returns the lease tag for a new image, or for the renewal of one. */
  tag(): ResourceTags;
  /** Holds an image from now on: its lease is renewed, and in the ledger, so that it ends with the run. */
  hold(region: string, imageId: string): void;
  /** Ends the renewal for an image that is finished or was removed. Its lease tag is removed by other calls. */
  drop(region: string, imageId: string): void;
}

/** What leases need: the calls to a Region with the signal of the renewal. */
type ScopeOf = (region: string, signal: AbortSignal) => CallScope;

/**
 * Opens the leases of a build. Renewal costs one CreateTags in each Region with an unfinished image, every `RENEW_EVERY` milliseconds. An
 * error of a renewal is ignored: the next one can succeed, and a lost lease only allows another run to resume the image.
 */
export function openLeases(context: BuilderContext, session: CallScope["session"], scopeOf: ScopeOf): ImageLeases {
  const held = new Map<string, { readonly region: string; readonly imageId: string; readonly key: string }>();
  const tag = () => ({ [TAG.lease]: leaseUntil(session.serverNow()) });
  let renewing = false;
  const renew = async (ended: AbortSignal): Promise<void> => {
    for (;;) {
      await session.clock.sleep(RENEW_EVERY, ended);
      const regions = new Set([...held.values()].map(({ region }) => region));
      await Promise.all([...regions].map((region) => renewIn(scopeOf(region, ended), idsIn(region), tag())));
    }
  };
  const idsIn = (region: string) =>
    [...held.values()].flatMap((each) => (each.region === region ? [each.imageId] : []));
  return {
    tag,
    hold(region, imageId) {
      const { ledger, identity, settings, surroundings } = context;
      const { runId } = settings.ownership;
      const key = tagValue(`${runId}/${identity.name}/lease/${surroundings.ids.short(8)}`);
      const details = { run: tagValue(runId) };
      // The image exists: it is not given up because its lease cannot be recorded.
      ledger.intendRemoval({ key, kind: "lease", build: identity.name, account: session.reference(region), details });
      ledger.made(key, imageId);
      held.set(`${region} ${imageId}`, { region, imageId, key });
      if (!renewing) context.untilEnd(renew);
      renewing = true;
    },
    drop(region, imageId) {
      const key = held.get(`${region} ${imageId}`)?.key;
      held.delete(`${region} ${imageId}`);
      if (key !== undefined) context.ledger.released(key);
    },
  };
}

/**
 * Renews leases with one call. If that fails, for example because an image was deregistered, each image gets its own. Neither is retried:
 * the next renewal follows.
 */
async function renewIn(scope: CallScope, imageIds: readonly string[], tag: ResourceTags): Promise<void> {
  try {
    await setTags(scope, imageIds, tag, async () => true);
  } catch {
    if (imageIds.length > 1)
      await Promise.allSettled(imageIds.map((id) => setTags(scope, [id], tag, async () => true)));
  }
}
