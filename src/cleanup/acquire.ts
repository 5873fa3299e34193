import { failedAs, mayHaveTakenEffect } from "../aws/client/errors.js";
import { openSessionFor } from "../aws/client/open-session.js";
import type { AwsSession } from "../aws/client/session.js";
import type { Mark, ResourceTags } from "../aws/tags.js";
import { messageOf } from "../core/errors.js";
import type { Intent, Ledger, ResourceKind } from "../core/ledger.js";
import { ownershipTags, tagValue } from "../core/ownership.js";
import type { PartContext } from "../core/parts.js";
import { handlerOf, isCloudKind } from "./handlers.js";

/** A resource to create. */
export interface Acquisition {
  readonly context: PartContext & { readonly ledger: Ledger };
  readonly session: AwsSession;
  readonly kind: ResourceKind;
  readonly region: string;
  /** Unique name, for kinds that have no client token. */
  readonly name?: string | undefined;
  /** Further data that identifies it, e.g. the zone of a zonal token. */
  readonly details?: Readonly<Record<string, string>> | undefined;
  /** Creates the resource and returns its id. */
  create(mark: Mark): Promise<string>;
}

/** A created resource, owned by the run. */
export interface Acquired {
  readonly id: string;
  readonly key: string;
  /** The tags of the mark that it was created with. */
  readonly tags: ResourceTags;
}

/**
 * Creates a resource. Writes its intent to the ledger before the call, and its id right after. If the call certainly created nothing
 * (a 4xx response), the entry is closed. If the response was lost, the entry stays open and the release searches for the resource.
 */
export async function acquire(acquisition: Acquisition): Promise<Acquired> {
  const { context, session, kind, region, name, details } = acquisition;
  const { ledger, narrator, settings, identity } = context;
  const key = tagValue(`${settings.ownership.runId}/${identity.name}/${kind}/${context.surroundings.ids.short(8)}`);
  const token = context.surroundings.ids.uuid();
  await findAccount(session, context);
  const intent: Intent = {
    key,
    kind,
    build: identity.name,
    account: session.reference(region),
    token,
    name,
    details,
  };
  ledger.intend(intent);
  const owner = { ownership: settings.ownership, build: identity.name, key };
  const tags = ownershipTags(owner, session.serverNow());
  let id: string;
  try {
    id = await acquisition.create({ key, token, tags });
  } catch (error) {
    id = await findCreated(error, intent, acquisition);
  }
  ledger.made(key, id);
  narrator.emit({ type: "resource", action: "created", kind, id, region });
  return { id, key, tags };
}

/**
 * Finds the account of a session, so that the ledger has it. Where STS cannot be reached or refuses, e.g. in a private network, the ledger
 * is without it. Rejects only with the signal's reason when it is aborted.
 */
export async function findAccount(
  session: AwsSession,
  { signal, surroundings }: Pick<PartContext, "signal" | "surroundings">,
): Promise<void> {
  try {
    await session.account(signal);
  } catch (error) {
    if (signal.aborted) throw error;
    surroundings.debug(() => `The ledger is without the ID of the account: ${messageOf(error)}`);
  }
}

/**
 * Handles a failed create call. After "duplicate" it returns the id of the resource with our key: the response of the first attempt was
 * lost. Otherwise it rethrows the error, and closes the entry if the call certainly created nothing.
 */
async function findCreated(error: unknown, intent: Intent, acquisition: Acquisition): Promise<string> {
  const { context, session, region } = acquisition;
  const { kind } = intent;
  if (failedAs(error, "duplicate") && isCloudKind(kind)) {
    const handler = await handlerOf(kind);
    const own = openSessionFor(session.reference(region), context.surroundings);
    const found = await handler.find(intent, {
      session: own,
      signal: context.signal,
      longestWait: undefined,
      createdAt: undefined,
      onProgress: () => undefined,
    });
    own.close();
    if (found !== undefined) return found;
  }
  if (!mayHaveTakenEffect(error)) context.ledger.released(intent.key);
  throw error;
}
