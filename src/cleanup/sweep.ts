import { AwsError } from "../aws/client/errors.js";
import type { AwsSession } from "../aws/client/session.js";
import { findOwnedInIam, findOwnedInRegion, type OwnedResource } from "../aws/owned.js";
import { describeEnabledRegions } from "../aws/regions.js";
import { findSessionsLeft } from "../aws/release/session.js";
import { messageOf } from "../core/errors.js";
import { leaseEnd, runText } from "../core/lease.js";
import type { Intent } from "../core/ledger.js";
import { mapWithLimit } from "../core/map-with-limit.js";
import { INTERMEDIATE, LIFETIME, TAG } from "../core/ownership.js";
import { handlerOf } from "./handlers.js";
import type { LeftBehind } from "./release.js";

/** The decision on one resource. `unfinished` is kept too, but somebody has to complete or remove it: no run needs it any more. */
interface SweepVerdict {
  readonly verdict: "remove" | "keep" | "unfinished";
  readonly why: string;
}

/** A resource of ours and the decision on it. */
export interface SweepFinding {
  readonly resource: OwnedResource;
  readonly verdict: SweepVerdict["verdict"];
  readonly why: string;
}

/** Regions that are read in parallel, each with seven calls, and resources that are removed in parallel. */
const PARALLEL = { regions: 8, resources: 20 };

/** Allowed difference between the times of AWS, in milliseconds. */
const CLOCK_SKEW = 5 * 60_000;

/** What the decision on a resource depends on, next to the resource. */
interface SweepFacts {
  /** The time of AWS, in milliseconds since the epoch. */
  readonly now: number;
  /** Ends of the leases of live runs, by run. */
  readonly live: ReadonlyMap<string, number>;
  /** Snapshots of images that are kept. */
  readonly usedSnapshots: ReadonlySet<string>;
}

/**
 * Decides by its tags and its age whether a resource is removed. Keeps resources without an expiry (finished images), resources that have
 * not expired, those of a run that holds an image, and available images, because a rerun can resume from them. All times are AWS's own: a run
 * whose clock was wrong can have written any expiry, so a resource that AWS created less than `LIFETIME` ago has not expired.
 */
function decide(resource: OwnedResource, { now, live, usedSnapshots }: SweepFacts): SweepVerdict {
  const { tags, createdAt } = resource;
  const text = tags[TAG.expires];
  const written = text === undefined ? Number.NaN : Date.parse(text);
  if (text === undefined) return { verdict: "keep", why: "finished" };
  if (Number.isNaN(written)) return { verdict: "keep", why: `its expiry is not a valid time: "${text}"` };
  const isRetired = tags[TAG.retired] !== undefined;
  const expires = isRetired || createdAt === undefined ? written : Math.max(written, createdAt + LIFETIME);
  if (expires + CLOCK_SKEW > now) return { verdict: "keep", why: `expires ${new Date(expires).toISOString()}` };
  const held = live.get(tags[TAG.run] ?? "");
  if (held !== undefined)
    return { verdict: "keep", why: `${runText(tags)} is live (lease until ${new Date(held).toISOString()})` };
  if (resource.kind === "image" && resource.state === "available" && resource.tags[TAG.unfinished] !== INTERMEDIATE) {
    const since = createdAt === undefined ? "" : ` since ${new Date(createdAt).toISOString()}`;
    return {
      verdict: "unfinished",
      why: `${runText(tags)} left it unfinished${since}. Runs resume it only with a longer "resume-within"`,
    };
  }
  if (resource.kind === "snapshot" && usedSnapshots.has(`${resource.region} ${resource.id}`)) {
    return { verdict: "keep", why: "belongs to an image that is kept" };
  }
  return { verdict: "remove", why: `expired ${text}` };
}

export interface SweepOptions {
  /** Regions to sweep; empty for all Regions that are enabled for the account. */
  readonly regions: readonly string[];
  readonly signal: AbortSignal;
  /** Opens a session in another Region of the same account. */
  sessionIn(region: string): AwsSession;
}

/**
 * Finds all our resources in the account and decides which are removed, by the time of AWS's responses: the clock of this host can be
 * wrong. Rejects when a Region cannot be listed.
 */
export async function findExpired(session: AwsSession, options: SweepOptions): Promise<readonly SweepFinding[]> {
  const { signal } = options;
  const regions = options.regions.length > 0 ? options.regions : await describeEnabledRegions(session, signal);
  const [regional, global] = await Promise.all([
    mapWithLimit(regions, PARALLEL.regions, (region) => findOwnedInRegion(session, region, signal)),
    findOwnedInIam(session, signal),
  ]);
  const found = [...regional.flat(), ...global];
  const now = session.serverNow();
  const facts = { now, live: liveRuns(found, now), usedSnapshots: new Set<string>() };
  const usedSnapshots = new Set(
    found
      .filter((each) => each.kind === "image" && decide(each, facts).verdict !== "remove")
      .flatMap((image) => (image.snapshotIds ?? []).map((id) => `${image.region} ${id}`)),
  );
  const findings = found.map((resource) => ({ resource, ...decide(resource, { ...facts, usedSnapshots }) }));
  return [...findings, ...(await findSessions(findings, session, signal))];
}

/** Finds the sessions of Session Manager that runs left on expired instances. They have no tags, but a reason. */
async function findSessions(
  findings: readonly SweepFinding[],
  session: AwsSession,
  signal: AbortSignal,
): Promise<readonly SweepFinding[]> {
  const instances = findings.filter(({ resource, verdict }) => resource.kind === "instance" && verdict === "remove");
  const lists = await mapWithLimit(instances, PARALLEL.regions, async ({ resource: { id: instanceId, region } }) => {
    const left = await findSessionsLeft({ session, region, signal }, instanceId);
    return left.map((id) => ({ resource: sessionResource(id, region), ...ofExpired(instanceId) }));
  });
  return lists.flat();
}

const ofExpired = (instanceId: string): SweepVerdict => ({ verdict: "remove", why: `${instanceId} has expired` });

function sessionResource(id: string, region: string): OwnedResource {
  return {
    kind: "session",
    region,
    id,
    tags: {},
    createdAt: undefined,
    state: undefined,
    snapshotIds: undefined,
  };
}

/** Returns the runs that hold an image by a lease, each with the last end of its leases. */
function liveRuns(found: readonly OwnedResource[], now: number): ReadonlyMap<string, number> {
  const live = new Map<string, number>();
  for (const { tags } of found) {
    const [run, end] = [tags[TAG.run], leaseEnd(tags, now)];
    if (run !== undefined && end !== undefined) live.set(run, Math.max(end, live.get(run) ?? 0));
  }
  return live;
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
    // A session ends with its instance.
    if (kind === "session" && error instanceof AwsError) return undefined;
    return { kind, id, region, why: options.signal.aborted ? "no time was left" : messageOf(error) };
  } finally {
    session.close();
  }
}
