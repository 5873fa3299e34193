import type { AwsSession } from "../aws/client/session.js";
import { findOwnedInIam, findOwnedInRegion, type OwnedResource } from "../aws/owned.js";
import { describeEnabledRegions } from "../aws/regions.js";
import { messageOf } from "../core/errors.js";
import type { Intent } from "../core/ledger.js";
import { mapWithLimit } from "../core/map-with-limit.js";
import { INTERMEDIATE, TAG } from "../core/ownership.js";
import { handlerOf } from "./handlers.js";
import type { LeftBehind } from "./release.js";

/** The decision on one resource. */
type SweepVerdict =
  | { readonly verdict: "remove"; readonly why: string }
  | { readonly verdict: "keep"; readonly why: string };

/** A resource of ours and the decision on it. */
export interface SweepFinding {
  readonly resource: OwnedResource;
  readonly verdict: SweepVerdict["verdict"];
  readonly why: string;
}

/** Regions that are read in parallel, each with seven calls, and resources that are removed in parallel. */
const PARALLEL = { regions: 8, resources: 20 };

/** Allowed difference between the clocks of runners and AWS, in milliseconds. */
const CLOCK_SKEW = 5 * 60_000;

/**
 * Decides by its tags whether a resource is removed. Keeps resources without an expiry (finished images), resources that have not
 * expired, and available images, because a rerun resumes from them.
 */
function decideByTags(resource: OwnedResource, now: number, usedSnapshots: ReadonlySet<string>): SweepVerdict {
  const text = resource.tags[TAG.expires];
  const expires = text === undefined ? Number.NaN : Date.parse(text);
  if (text === undefined) return { verdict: "keep", why: "finished" };
  if (Number.isNaN(expires)) return { verdict: "keep", why: `its expiry is not a valid time: "${text}"` };
  if (expires + CLOCK_SKEW > now) return { verdict: "keep", why: `expires ${text}` };
  if (resource.kind === "image" && resource.state === "available" && resource.tags[TAG.unfinished] !== INTERMEDIATE) {
    return { verdict: "keep", why: "available, not yet complete: a rerun resumes from it" };
  }
  if (resource.kind === "snapshot" && usedSnapshots.has(`${resource.region} ${resource.id}`)) {
    return { verdict: "keep", why: "belongs to an image that is kept" };
  }
  return { verdict: "remove", why: `expired ${text}` };
}

export interface SweepOptions {
  /** Regions to sweep; empty for all Regions that are enabled for the account. */
  readonly regions: readonly string[];
  readonly now: number;
  readonly signal: AbortSignal;
  /** Opens a session in another Region of the same account. */
  sessionIn(region: string): AwsSession;
}

/** Finds all our resources in the account and decides which are removed. Rejects when a Region cannot be listed. */
export async function findExpired(session: AwsSession, options: SweepOptions): Promise<readonly SweepFinding[]> {
  const { now, signal } = options;
  const regions = options.regions.length > 0 ? options.regions : await describeEnabledRegions(session, signal);
  const [regional, global] = await Promise.all([
    mapWithLimit(regions, PARALLEL.regions, (region) => findOwnedInRegion(session, region, signal)),
    findOwnedInIam(session, signal),
  ]);
  const found = [...regional.flat(), ...global];
  const used = new Set(
    found
      .filter((each) => each.kind === "image" && decideByTags(each, now, new Set()).verdict === "keep")
      .flatMap((image) => (image.snapshotIds ?? []).map((id) => `${image.region} ${id}`)),
  );
  return found.map((resource) => ({ resource, ...decideByTags(resource, now, used) }));
}

/** Removes expired resources. Returns those that could not be removed. */
export async function removeExpired(
  findings: readonly SweepFinding[],
  options: SweepOptions,
  onRemoved: (resource: OwnedResource) => void,
): Promise<readonly LeftBehind[]> {
  const expired = findings.filter((finding) => finding.verdict === "remove").map((finding) => finding.resource);
  const results = await mapWithLimit(expired, PARALLEL.resources, (resource) =>
    removeOne(resource, options, onRemoved),
  );
  return results.filter((result) => result !== undefined);
}

async function removeOne(
  resource: OwnedResource,
  options: SweepOptions,
  onRemoved: (resource: OwnedResource) => void,
): Promise<LeftBehind | undefined> {
  const { kind, id, region, tags } = resource;
  const session = options.sessionIn(region);
  const named = kind === "key-pair" || kind === "role" || kind === "instance-profile";
  const intent: Intent = {
    key: tags[TAG.key] ?? "",
    kind,
    build: tags[TAG.build] ?? "",
    name: named ? id : undefined,
  };
  try {
    const handler = await handlerOf(kind);
    await handler.release(id, intent, {
      session,
      signal: options.signal,
      longestWait: undefined,
      createdAt: undefined,
      onProgress: () => undefined,
    });
    onRemoved(resource);
    return undefined;
  } catch (error) {
    return { kind, id, region, why: options.signal.aborted ? "no time was left" : messageOf(error) };
  } finally {
    session.close();
  }
}
