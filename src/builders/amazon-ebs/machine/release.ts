import { sessionAt } from "../../../aws/client/session.js";
import { releaseEntries } from "../../../cleanup/release.js";
import type { EventData } from "../../../core/events.js";
import type { LedgerEntry, ResourceKind } from "../../../core/ledger.js";
import type { Bake } from "../bake.js";

/** Resources that a bake no longer needs when the image is available. */
const INSTANCE_KINDS: ReadonlySet<ResourceKind> = new Set<ResourceKind>([
  "instance",
  "key-pair",
  "security-group",
  "volume",
  "instance-profile",
  "role",
]);

/**
 * Releases the instance and the resources created for it as soon as its image is available, while the copies are made. What cannot be
 * released stays in the ledger and is tried again at the end of the build. Never rejects.
 */
export async function releaseInstance(bake: Bake): Promise<void> {
  await release(bake, (entry) => INSTANCE_KINDS.has(entry.intent.kind));
  for (const { intent, id, state } of bake.context.ledger.entries()) {
    if (intent.kind === "instance" && state === "released" && id !== undefined)
      bake.leases.drop(bake.session.region, id);
  }
}

/** Releases the unfinished images of this build in a Region, which a failed copy left. Never rejects. */
export async function releaseUnfinishedImages(bake: Bake, region: string): Promise<void> {
  await release(bake, (entry) => entry.intent.kind === "image" && entry.intent.account?.region === region);
  for (const { intent, id, state } of bake.context.ledger.entries()) {
    if (intent.kind === "image" && state === "released" && id !== undefined && intent.account?.region === region)
      bake.leases.drop(region, id);
  }
}

/**
 * Releases all images that this build made or resumed, also pending copies and those that the ledger keeps for a rerun; not those of `kept`.
 * `last` is released when the others are: if the runner is lost before that, a rerun finds it and resumes from it. Never rejects.
 */
export async function releaseImages(bake: Bake, kept: ReadonlySet<string>, last: string): Promise<void> {
  const { ledger, identity } = bake.context;
  const images = ledger
    .entries()
    .filter(
      ({ intent, id, state }) =>
        intent.kind === "image" &&
        intent.build === identity.name &&
        state !== "released" &&
        !(id !== undefined && kept.has(id)),
    );
  for (const { intent, id } of images) {
    // An image that is superseded is not kept for a rerun.
    ledger.intendRemoval({ ...intent, details: { ...intent.details, superseded: "true" } });
    if (id !== undefined) ledger.made(intent.key, id);
  }
  const keys = new Set(images.map(({ intent }) => intent.key));
  await release(bake, ({ intent, id }) => keys.has(intent.key) && id !== last);
  await release(bake, ({ intent, id }) => keys.has(intent.key) && id === last);
  for (const { intent, id, state } of ledger.entries()) {
    if (keys.has(intent.key) && state === "released" && id !== undefined)
      bake.leases.drop(intent.account?.region ?? "", id);
  }
}

async function release(bake: Bake, isIncluded: (entry: LedgerEntry) => boolean): Promise<void> {
  const { context, session } = bake;
  const { ledger, narrator, signal, surroundings } = context;
  const entries = ledger
    .entries()
    .filter((entry) => entry.intent.build === context.identity.name && entry.state === "open" && isIncluded(entry));
  await releaseEntries(entries, {
    ledger,
    narrator: { ...narrator, emit: (happening) => (isLeft(happening) ? undefined : narrator.emit(happening)) },
    now: () => surroundings.clock.now(),
    signal,
    env: surroundings.env,
    openSession: (account) => sessionAt(session, account.region),
  });
}

/** Not reported yet, because the end of the build tries again. */
function isLeft(happening: EventData): boolean {
  return happening.type === "resource" && happening.action === "left";
}
