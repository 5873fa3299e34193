import type { AwsSession } from "../aws/client/session.js";
import type { ReleaseContext, ReleaseHandler } from "../aws/release/handler.js";
import { throttle, throwIfAborted } from "../core/clock.js";
import { messageOf } from "../core/errors.js";
import type { Narrator } from "../core/events.js";
import { type AccountReference, isResource, type Ledger, type LedgerEntry, type ResourceKind } from "../core/ledger.js";
import { formatDuration } from "../core/text.js";
import { handlerOf, isCloudKind } from "./handlers.js";
import { type LocalParts, releaseLocal } from "./local.js";

/** How long after its intent a resource can become visible whose create response was lost, in milliseconds. */
const LOST_RESPONSE_WAIT = 60_000;

/** Time between two searches for such a resource, in milliseconds. */
const SEARCH_AGAIN = 3000;

/** Kinds that cannot be removed while an instance or a container uses them. */
const USED_BY_INSTANCES: ReadonlySet<ResourceKind> = new Set(["security-group", "volume", "docker-image"]);

/** Kinds that use others. */
const INSTANCES: ReadonlySet<ResourceKind> = new Set(["instance", "container"]);

/** The dependencies of a release. */
export interface ReleaseParts extends LocalParts {
  readonly ledger: Ledger;
  readonly narrator: Narrator;
  /** Opens a session in the account of an entry; called once per account. */
  openSession(account: AccountReference): AwsSession;
  /**
   * Returns why nothing may be removed with a session: it reaches another account, in which "not found" says nothing. Undefined if it
   * may. Called once per account, and only by a later process: the run itself has the credentials that it created the resources with.
   */
  readonly refuseAccount?:
    | ((session: AwsSession, account: AccountReference) => Promise<AccountRefusal | undefined>)
    | undefined;
}

/** Why nothing may be removed with a session, and what to do. */
export interface AccountRefusal {
  readonly why: string;
  readonly hint: string;
}

/** A resource that could not be removed. */
export interface LeftBehind {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly region: string | undefined;
  readonly why: string;
  /** What to do next; set if its removal was not tried, because of the account. */
  readonly hint?: string | undefined;
}

/**
 * Releases the resources of all open entries in parallel. Resources that an instance uses (groups, volumes) wait for its end, unless an
 * instance could not be removed. Resources without an id are searched for until one minute after their intent. Returns what could not
 * be removed. Never rejects.
 */
export async function releaseEntries(
  entries: readonly LedgerEntry[],
  parts: ReleaseParts,
): Promise<readonly LeftBehind[]> {
  const sessions = new Map<string, AwsSession>();
  const sessionOf = (account: AccountReference) => {
    const name = JSON.stringify(account);
    const session = sessions.get(name) ?? parts.openSession(account);
    sessions.set(name, session);
    return session;
  };
  const refusals = new Map<string, Promise<AccountRefusal | undefined>>();
  const sessionIfOwn = async (account: AccountReference) => {
    const session = sessionOf(account);
    const name = JSON.stringify({ ...account, region: undefined });
    const refusal = refusals.get(name) ?? parts.refuseAccount?.(session, account);
    if (refusal) refusals.set(name, refusal);
    const refused = await refusal;
    if (refused) throw new RefusedAccount(refused);
    return session;
  };
  const open = entries.filter((entry) => entry.state === "open");
  const instances = open.filter((entry) => INSTANCES.has(entry.intent.kind));
  const gone = Promise.all(instances.map((entry) => releaseEntry(entry, parts, sessionIfOwn)));
  const others = open
    .filter((entry) => !INSTANCES.has(entry.intent.kind))
    .map(async (entry) => {
      if (!USED_BY_INSTANCES.has(entry.intent.kind)) return releaseEntry(entry, parts, sessionIfOwn);
      const stays = (await gone).some((left) => left !== undefined);
      return releaseEntry(entry, parts, sessionIfOwn, stays ? 0 : undefined);
    });
  const results = [...(await gone), ...(await Promise.all(others))];
  for (const session of sessions.values()) session.close();
  return results.filter((result) => result !== undefined);
}

/** Warns once that the ledger cannot be written. What was created is removed all the same. */
export function warnOfLostRecords(narrator: Narrator, error: unknown): void {
  narrator.warn({
    code: "ledger-not-writable",
    summary: messageOf(error),
    hint: "Resources are removed all the same. A later cleanup may search for some that no longer exist.",
  });
}

async function releaseEntry(
  entry: LedgerEntry,
  parts: ReleaseParts,
  sessionOf: (account: AccountReference) => Promise<AwsSession>,
  longestWait?: number,
): Promise<LeftBehind | undefined> {
  const { intent } = entry;
  const { kind, account } = intent;
  const region = account?.region;
  let id = entry.id;
  try {
    if (!isCloudKind(kind)) {
      id = await releaseLocal({ kind, id, intent, at: entry.at }, parts);
    } else if (account) {
      const handler = await handlerOf(kind);
      // The response with the id shows the age. Without it, the resource may have been created just now.
      const createdAt = id === undefined ? parts.now() : entry.at;
      const context = { ...contextOf(await sessionOf(account), parts, longestWait), createdAt };
      id ??= await findLost(entry, handler, context, parts);
      const kept = id === undefined ? undefined : await handler.keeps?.(id, intent, context);
      if (id !== undefined && kept !== undefined) {
        await handler.afterKept?.(id, intent, context);
        parts.ledger.kept(intent.key, kept);
        parts.narrator.emit({ type: "resource", action: "kept", kind, id, why: kept, region });
        return undefined;
      }
      if (id !== undefined) {
        if (isResource(entry)) parts.narrator.emit({ type: "resource", action: "releasing", kind, id, region });
        await handler.release(id, intent, context);
      }
    }
    parts.ledger.released(intent.key);
    if (id !== undefined && isResource(entry))
      parts.narrator.emit({ type: "resource", action: "released", kind, id, region });
    return undefined;
  } catch (error) {
    const why = parts.signal.aborted ? "no time was left" : messageOf(error);
    const name = id ?? intent.name ?? intent.key;
    parts.narrator.emit({ type: "resource", action: "left", kind, id: name, why, region });
    return { kind, id: name, region, why, hint: error instanceof RefusedAccount ? error.hint : undefined };
  }
}

/** Thrown before the first call with a session whose account is refused. */
class RefusedAccount extends Error {
  readonly hint: string;

  constructor({ why, hint }: AccountRefusal) {
    super(why);
    this.hint = hint;
  }
}

/** Searches for a resource whose create response was lost, until it must have become visible. */
async function findLost(
  entry: LedgerEntry,
  handler: ReleaseHandler,
  context: ReleaseContext,
  parts: ReleaseParts,
): Promise<string | undefined> {
  const until = entry.at + LOST_RESPONSE_WAIT;
  for (;;) {
    throwIfAborted(parts.signal);
    const id = await handler.find(entry.intent, context);
    if (id !== undefined) {
      parts.ledger.made(entry.intent.key, id);
      return id;
    }
    if (parts.now() >= until) return undefined;
    await context.session.clock.sleep(Math.min(SEARCH_AGAIN, Math.max(0, until - parts.now())), parts.signal);
  }
}

/** Progress of a release is reported at most this often, in milliseconds. */
const REPORT_EVERY = 15_000;

function contextOf(
  session: AwsSession,
  parts: ReleaseParts,
  longestWait: number | undefined,
): Omit<ReleaseContext, "createdAt"> {
  let now = 0;
  const isDue = throttle(REPORT_EVERY, () => now);
  return {
    session,
    signal: parts.signal,
    longestWait,
    onProgress: (text, elapsed) => {
      now = elapsed;
      if (isDue()) parts.narrator.message(`${text} (${formatDuration(elapsed)})`);
    },
  };
}
