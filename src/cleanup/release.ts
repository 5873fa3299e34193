import type { AwsSession } from "../aws/client/session.js";
import type { ReleaseContext, ReleaseHandler } from "../aws/release/handler.js";
import { abortReason } from "../core/clock.js";
import { messageOf } from "../core/errors.js";
import type { Narrator } from "../core/events.js";
import type { AccountReference, Ledger, LedgerEntry, ResourceKind } from "../core/ledger.js";
import { formatDuration } from "../core/text.js";
import { handlerOf } from "./handlers.js";
import { releaseLocal } from "./local.js";

/** A create call whose answer was lost may become visible for so long after its intent was written, in milliseconds. */
const LOST_ANSWER_PATIENCE = 60_000;

/** Between two looks for a resource whose answer was lost, in milliseconds. */
const LOOK_AGAIN = 3000;

/** Kinds that are not let go of while an instance or a container uses them: not asked for in vain. */
const HELD_BY_MACHINE: ReadonlySet<ResourceKind> = new Set(["security-group", "volume", "docker-image"]);

/** Kinds that hold others. */
const MACHINES: ReadonlySet<ResourceKind> = new Set(["instance", "container"]);

/** What releasing needs from outside. */
export interface ReleaseParts {
  readonly ledger: Ledger;
  readonly narrator: Narrator;
  /** Clock of the run, milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Opens the account that an entry was made in; called once an account. */
  openSession(account: AccountReference): AwsSession;
}

/** What could not be removed, and why. */
export interface LeftBehind {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly region: string | undefined;
  readonly why: string;
}

/**
 * Releases everything that the entries hold open: all at once, but for what waits for its instance (groups, volumes), and is
 * not waited for when an instance could not be removed. Entries without an id are looked for until a minute after their intent.
 * Never rejects; answers what is left.
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
  const open = entries.filter((entry) => entry.state === "open");
  const machines = open.filter((entry) => MACHINES.has(entry.intent.kind));
  const gone = Promise.all(machines.map((entry) => releaseEntry(entry, parts, sessionOf)));
  const others = open
    .filter((entry) => !MACHINES.has(entry.intent.kind))
    .map(async (entry) => {
      if (!HELD_BY_MACHINE.has(entry.intent.kind)) return releaseEntry(entry, parts, sessionOf);
      const stays = (await gone).some((left) => left !== undefined);
      return releaseEntry(entry, parts, sessionOf, stays ? 0 : undefined);
    });
  const results = [...(await gone), ...(await Promise.all(others))];
  for (const session of sessions.values()) session.close();
  return results.filter((result) => result !== undefined);
}

async function releaseEntry(
  entry: LedgerEntry,
  parts: ReleaseParts,
  sessionOf: (account: AccountReference) => AwsSession,
  patience?: number,
): Promise<LeftBehind | undefined> {
  const { intent } = entry;
  const { kind, account } = intent;
  const where = account ? { region: account.region } : {};
  let id = entry.id;
  try {
    if (kind === "container" || kind === "docker-image" || kind === "local-path") {
      id = await releaseLocal({ kind, id, intent, at: entry.at }, parts);
    } else if (account) {
      const handler = await handlerOf(kind);
      const context = contextOf(sessionOf(account), parts, patience);
      id ??= await findLost(entry, handler, context, parts);
      const kept = id === undefined ? undefined : await handler.keeps?.(id, intent, context);
      if (id !== undefined && kept !== undefined) {
        parts.ledger.kept(intent.key, kept);
        parts.narrator.emit({ type: "resource", action: "kept", kind, id, why: kept, ...where });
        return undefined;
      }
      if (id !== undefined) {
        parts.narrator.emit({ type: "resource", action: "releasing", kind, id, ...where });
        await handler.release(id, intent, context);
      }
    }
    parts.ledger.released(intent.key);
    if (id !== undefined) parts.narrator.emit({ type: "resource", action: "released", kind, id, ...where });
    return undefined;
  } catch (error) {
    const why = parts.signal.aborted ? "there was no time left" : messageOf(error);
    const name = id ?? intent.name ?? intent.key;
    parts.narrator.emit({ type: "resource", action: "left", kind, id: name, why, ...where });
    return { kind, id: name, region: account?.region, why };
  }
}

/** Looks for a resource whose create call was never answered, until it must have become visible. */
async function findLost(
  entry: LedgerEntry,
  handler: ReleaseHandler,
  context: ReleaseContext,
  parts: ReleaseParts,
): Promise<string | undefined> {
  const until = entry.at + LOST_ANSWER_PATIENCE;
  for (;;) {
    if (parts.signal.aborted) throw abortReason(parts.signal);
    const id = await handler.find(entry.intent, context);
    if (id !== undefined) {
      parts.ledger.made(entry.intent.key, id);
      return id;
    }
    if (parts.now() >= until) return undefined;
    await context.session.clock.sleep(Math.min(LOOK_AGAIN, Math.max(0, until - parts.now())), parts.signal);
  }
}

/** Progress of a release is told at most so often, in milliseconds. */
const TELL_EVERY = 15_000;

function contextOf(session: AwsSession, parts: ReleaseParts, patience: number | undefined): ReleaseContext {
  let told = 0;
  return {
    session,
    signal: parts.signal,
    patience,
    onProgress: (text, elapsed) => {
      if (elapsed - told < TELL_EVERY) return;
      told = elapsed;
      parts.narrator.message(`${text} (${formatDuration(elapsed)})`);
    },
  };
}
