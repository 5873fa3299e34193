import type { CallScope } from "../../aws/client/session.js";
import type { FoundImage } from "../../aws/image.js";
import { changeOwnTags, type ResourceTags, setTags, type TaggedResource } from "../../aws/tags.js";
import { leaseUntil, RENEW_EVERY } from "../../core/lease.js";
import { TAG, tagValue } from "../../core/ownership.js";
import type { BuilderContext } from "../../core/parts.js";

/** The leases of a build: of its unfinished images, and of its instance. They are renewed in the background until the end of the build. */
export interface ImageLeases {
  /** Returns the lease tag for a new image, or for the renewal of one. */
  tag(): ResourceTags;
  /** Holds an image from now on: its lease is renewed, and in the ledger, so that it ends with the run. `image` has its tags. */
  hold(region: string, imageId: string, image: TaggedResource): void;
  /** Renews the lease of a resource from now on. It is removed at the end of the build, so the ledger has no entry for the lease. */
  renew(region: string, id: string, resource: TaggedResource): void;
  /** Changes tags of bake-ami on an image, and renews its lease if this run holds it. */
  change(region: string, image: FoundImage, tags: ResourceTags): Promise<void>;
  /** Ends the renewal for an image that is finished, or a resource that was removed. The lease tag is removed by other calls. */
  drop(region: string, id: string): void;
}

/** What leases need: the calls to a Region with the signal of the renewal. */
type ScopeOf = (region: string, signal: AbortSignal) => CallScope;

/**
 * Opens the leases of a build. Renewal costs one CreateTags in each Region with a lease, every `RENEW_EVERY` milliseconds. An
 * error of a renewal is ignored: the next one can succeed, and a lost lease only allows another run to resume the image.
 */
export function openLeases(context: BuilderContext, session: CallScope["session"], scopeOf: ScopeOf): ImageLeases {
  const held = new Map<string, HeldResource>();
  const tag = () => ({ [TAG.lease]: leaseUntil(session.serverNow()) });
  let renewing = false;
  const renew = async (ended: AbortSignal): Promise<void> => {
    for (;;) {
      await session.clock.sleep(RENEW_EVERY, ended);
      const regions = new Set([...held.values()].map(({ region }) => region));
      await Promise.all([...regions].map((region) => renewIn(scopeOf(region, ended), heldIn(region), tag())));
    }
  };
  const add = (resource: HeldResource): void => {
    held.set(`${resource.region} ${resource.id}`, resource);
    if (!renewing) context.untilEnd(renew);
    renewing = true;
  };
  const heldIn = (region: string) => [...held.values()].filter((each) => each.region === region);
  return {
    tag,
    hold(region, imageId, image) {
      const { ledger, identity, settings, surroundings } = context;
      const { runId } = settings.ownership;
      const key = tagValue(`${runId}/${identity.name}/lease/${surroundings.ids.short(8)}`);
      const details = { run: tagValue(runId) };
      // The image exists: it is not given up because its lease cannot be recorded.
      ledger.intendRemoval({ key, kind: "lease", build: identity.name, account: session.reference(region), details });
      ledger.made(key, imageId);
      add({ region, id: imageId, key, ...pick(image) });
    },
    renew: (region, id, resource) => add({ region, id, key: undefined, ...pick(resource) }),
    async change(region, image, tags) {
      const own = held.get(`${region} ${image.id}`);
      const all = own ? { ...tags, ...tag() } : tags;
      if (own) own.tags = { ...own.tags, ...all };
      await changeOwnTags(scopeOf(region, context.signal), [image.id], own ?? image, { tags: all });
    },
    drop(region, id) {
      const key = held.get(`${region} ${id}`)?.key;
      held.delete(`${region} ${id}`);
      if (key !== undefined) context.ledger.released(key);
    },
  };
}

const pick = ({ tags, isPacked }: TaggedResource): TaggedResource => ({ tags, isPacked });

/** An image or an instance whose lease is renewed, with the ledger key of the lease. */
interface HeldResource extends TaggedResource {
  readonly region: string;
  readonly id: string;
  readonly key: string | undefined;
  tags: ResourceTags;
}

/**
 * Renews leases with one call. If that fails, for example because an image was deregistered, each image gets its own, as do images whose
 * tags are packed. Neither is retried: the next renewal follows.
 */
async function renewIn(scope: CallScope, held: readonly HeldResource[], tags: ResourceTags): Promise<void> {
  const isLost = async () => true;
  const alone = (image: HeldResource) => changeOwnTags(scope, [image.id], image, { tags, isLost });
  const plain = held.filter(({ isPacked }) => !isPacked);
  const together = setTags(
    scope,
    plain.map(({ id }) => id),
    tags,
    isLost,
  ).catch(() => (plain.length > 1 ? Promise.allSettled(plain.map(alone)) : undefined));
  await Promise.allSettled([together, ...held.filter(({ isPacked }) => isPacked).map(alone)]);
}
