import type { CallScope } from "../../aws/client/session.js";
import type { FoundImage } from "../../aws/image.js";
import { changeOwnTags, type ResourceTags, setTags, type TaggedResource } from "../../aws/tags.js";
import { leaseUntil, RENEW_EVERY } from "../../core/lease.js";
import { TAG, tagValue } from "../../core/ownership.js";
import type { BuilderContext } from "../../core/parts.js";

/** The leases of the unfinished images of a build. They are renewed in the background until the end of the build. */
export interface ImageLeases {
  /** Returns the lease tag for a new image, or for the renewal of one. */
  tag(): ResourceTags;
  /** Holds an image from now on: its lease is renewed, and in the ledger, so that it ends with the run. `image` has its tags. */
  hold(region: string, imageId: string, image: TaggedResource): void;
  /** Changes tags of bake-ami on an image, and renews its lease if this run holds it. */
  change(region: string, image: FoundImage, tags: ResourceTags): Promise<void>;
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
  const held = new Map<string, HeldImage>();
  const tag = () => ({ [TAG.lease]: leaseUntil(session.serverNow()) });
  let renewing = false;
  const renew = async (ended: AbortSignal): Promise<void> => {
    for (;;) {
      await session.clock.sleep(RENEW_EVERY, ended);
      const regions = new Set([...held.values()].map(({ region }) => region));
      await Promise.all([...regions].map((region) => renewIn(scopeOf(region, ended), heldIn(region), tag())));
    }
  };
  const heldIn = (region: string) => [...held.values()].filter((each) => each.region === region);
  return {
    tag,
    hold(region, imageId, { tags, isPacked }) {
      const { ledger, identity, settings, surroundings } = context;
      const { runId } = settings.ownership;
      const key = tagValue(`${runId}/${identity.name}/lease/${surroundings.ids.short(8)}`);
      const details = { run: tagValue(runId) };
      // The image exists: it is not given up because its lease cannot be recorded.
      ledger.intendRemoval({ key, kind: "lease", build: identity.name, account: session.reference(region), details });
      ledger.made(key, imageId);
      held.set(`${region} ${imageId}`, { region, imageId, key, tags, isPacked });
      if (!renewing) context.untilEnd(renew);
      renewing = true;
    },
    async change(region, image, tags) {
      const own = held.get(`${region} ${image.id}`);
      const all = own ? { ...tags, ...tag() } : tags;
      if (own) own.tags = { ...own.tags, ...all };
      await changeOwnTags(scopeOf(region, context.signal), [image.id], own ?? image, { tags: all });
    },
    drop(region, imageId) {
      const key = held.get(`${region} ${imageId}`)?.key;
      held.delete(`${region} ${imageId}`);
      if (key !== undefined) context.ledger.released(key);
    },
  };
}

/** An image whose lease is renewed, with its ledger key. */
interface HeldImage extends TaggedResource {
  readonly region: string;
  readonly imageId: string;
  readonly key: string;
  tags: ResourceTags;
}

/**
 * Renews leases with one call. If that fails, for example because an image was deregistered, each image gets its own, as do images whose
 * tags are packed. Neither is retried: the next renewal follows.
 */
async function renewIn(scope: CallScope, held: readonly HeldImage[], tags: ResourceTags): Promise<void> {
  const isLost = async () => true;
  const alone = (image: HeldImage) => changeOwnTags(scope, [image.imageId], image, { tags, isLost });
  const plain = held.filter(({ isPacked }) => !isPacked);
  const together = setTags(
    scope,
    plain.map(({ imageId }) => imageId),
    tags,
    isLost,
  ).catch(() => (plain.length > 1 ? Promise.allSettled(plain.map(alone)) : undefined));
  await Promise.allSettled([together, ...held.filter(({ isPacked }) => isPacked).map(alone)]);
}
