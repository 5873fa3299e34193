import { AwsError, failedAs } from "../aws/client/errors.js";
import { openSessionFor } from "../aws/client/open-session.js";
import type { AwsSession } from "../aws/client/session.js";
import type { Mark } from "../aws/tags.js";
import type { Intent, Ledger, ResourceKind } from "../core/ledger.js";
import { ownershipTags, tagValue } from "../core/ownership.js";
import type { PartContext } from "../core/parts.js";
import { handlerOf, isCloudKind } from "./handlers.js";

/** A resource that is to be made, and how. */
export interface Acquisition {
  readonly context: PartContext & { readonly ledger: Ledger };
  readonly session: AwsSession;
  readonly kind: ResourceKind;
  readonly region: string;
  /** Unique name, for kinds that have no client token. */
  readonly name?: string | undefined;
  /** What else identifies it, e.g. the zone of a zonal token. */
  readonly details?: Readonly<Record<string, string>> | undefined;
  /** Makes the resource and returns its id. */
  create(mark: Mark): Promise<string>;
}

/** A resource that the run now owns. */
export interface Acquired {
  readonly id: string;
  readonly key: string;
}

/**
 * Creates a resource with its intent on record first and its id right after. When the call fails for certain (a 4xx that says
 * so) the record is closed; when its answer was lost the record stays open, and the release searches for the resource.
 */
export async function acquire(acquisition: Acquisition): Promise<Acquired> {
  const { context, session, kind, region, name, details } = acquisition;
  const { ledger, narrator, settings, identity } = context;
  const key = tagValue(`${settings.ownership.runId}/${identity.name}/${kind}/${context.surroundings.ids.short(8)}`);
  const token = context.surroundings.ids.uuid();
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
  let id: string;
  try {
    id = await acquisition.create({ key, token, tags: ownershipTags(settings.ownership, identity.name, key) });
  } catch (error) {
    id = await findCreated(error, intent, acquisition);
  }
  ledger.made(key, id);
  narrator.emit({ type: "resource", action: "created", kind, id, region });
  return { id, key };
}

/**
 * After a failed create call: "duplicate" may be our own first try whose answer was lost, which has our key: its id is
 * returned. Another's is refused. Rethrows otherwise, and closes the record where the call surely made nothing.
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
      patience: undefined,
      onProgress: () => undefined,
    });
    own.close();
    if (found !== undefined) return found;
    context.ledger.released(intent.key);
  }
  const certain = !(error instanceof AwsError && error.afterLostAnswer);
  if (
    certain &&
    failedAs(error, "denied", "invalid", "capacity", "no-credentials", "not-found", "pending-state", "in-use")
  ) {
    context.ledger.released(intent.key);
  }
  throw error;
}
