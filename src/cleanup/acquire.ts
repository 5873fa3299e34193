import { failedAs } from "../aws/errors.js";
import type { AwsSession } from "../aws/session.js";
import type { Intent, Ledger, ResourceKind } from "../core/ledger.js";
import { ownershipTags, tagValue } from "../core/ownership.js";
import type { PartContext } from "../core/run.js";

/** What marks a resource as ours from its creation. */
export interface Stamp {
  /** Ledger key, and value of the `bake-ami:key` tag. */
  readonly key: string;
  /** Client token for calls that take one; a retry of the same call must use the same. At most 64 characters. */
  readonly token: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Acquisition {
  readonly context: PartContext & { readonly ledger: Ledger };
  readonly session: AwsSession;
  readonly kind: ResourceKind;
  readonly region: string;
  /** Unique name, for kinds that have no client token. */
  readonly name?: string;
  /** What else identifies it, e.g. the zone of a zonal token. */
  readonly details?: Readonly<Record<string, string>>;
  /** Makes the resource and answers its id. */
  create(stamp: Stamp): Promise<string>;
}

/** A resource that the run now owns. */
export interface Acquired {
  readonly id: string;
  readonly key: string;
}

/**
 * Creates a resource with its intent on record first and its id right after. When the call fails for certain (a 4xx that says
 * so) the record is closed; when its answer was lost the record stays open, and the release looks for the resource.
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
    ...(name === undefined ? {} : { name }),
    ...(details ? { details } : {}),
  };
  ledger.intend(intent);
  let id: string;
  try {
    id = await acquisition.create({ key, token, tags: ownershipTags(settings.ownership, identity.name, key) });
  } catch (error) {
    if (neverMade(error)) ledger.released(key);
    throw error;
  }
  ledger.made(key, id);
  narrator.emit({ type: "resource", action: "created", kind, id, region });
  return { id, key };
}

/** Whether a failed create call surely made nothing. */
function neverMade(error: unknown): boolean {
  return failedAs(
    error,
    "denied",
    "invalid",
    "duplicate",
    "capacity",
    "throttled",
    "expired",
    "no-credentials",
    "not-found",
    "pending-state",
    "in-use",
  );
}
