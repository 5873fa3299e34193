/** Kinds of resource that a run creates and must release, and what holds them: AWS, or a container engine. */
export const RESOURCE_KINDS = {
  instance: "aws",
  "key-pair": "aws",
  "security-group": "aws",
  volume: "aws",
  image: "aws",
  snapshot: "aws",
  /** The lease of an unfinished image: a tag. Its ID is that of the image. */
  lease: "aws",
  /** A session of Session Manager. */
  session: "aws",
  "launch-template": "aws",
  "instance-profile": "aws",
  role: "aws",
  container: "engine",
  "docker-image": "engine",
} as const;

export type ResourceKind = keyof typeof RESOURCE_KINDS;

/** Returns whether a text is a kind of resource. */
export function isResourceKind(text: string): text is ResourceKind {
  return Object.hasOwn(RESOURCE_KINDS, text);
}

/** `assume_role` with all that its session depends on: a trust policy can need the tags and the external ID, and policies restrict it. */
export interface RoleReference {
  readonly roleArn: string;
  readonly externalId?: string | undefined;
  readonly sessionName?: string | undefined;
  readonly durationSeconds?: number | undefined;
  readonly policy?: string | undefined;
  readonly policyArns?: readonly string[] | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly transitiveTagKeys?: readonly string[] | undefined;
}

/** How to reach the account again without the template. Contains no secrets. */
export interface AccountReference {
  readonly region: string;
  /** ID of the account and its partition, e.g. `aws-us-gov`; undefined if STS could not be reached. */
  readonly accountId?: string | undefined;
  readonly partition?: string | undefined;
  readonly profile?: string | undefined;
  /** `shared_credentials_file`. */
  readonly credentialsFile?: string | undefined;
  /** `insecure_skip_tls_verify`. */
  readonly insecureTls?: boolean | undefined;
  /** `assume_role`: the role to assume with the ambient (or OIDC) credentials. */
  readonly assumeRole?: RoleReference | undefined;
  /** `custom_endpoint_ec2`; the standard environment (AWS_ENDPOINT_URL) needs no record. */
  readonly endpoint?: string | undefined;
  /** Name of the template's access keys in the run's `CredentialVault`. */
  readonly credentials?: string | undefined;
}

/** Access keys written in a template. Never logged. */
export interface StaticCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Stores the static credentials of a run; the action passes them to its post step. */
export interface CredentialVault {
  get(name: string): StaticCredentials | undefined;
  put(name: string, credentials: StaticCredentials): void;
}

/**
 * A resource about to be created, recorded before the API call. It identifies the resource when the response is lost: by `token`
 * (client token), by unique `name`, or by the tag `bake-ami:key` = `key`. A snapshot of a replaced image is recorded too, before it
 * is deleted: `name` is its ID, `details.image` the image.
 */
export interface Intent {
  /** Unique in the account, e.g. `<run id>/<build>/<kind>/<n>`; also the value of the resource's `bake-ami:key` tag. */
  readonly key: string;
  readonly kind: ResourceKind;
  readonly build: string;
  /** Undefined for resources outside AWS (containers, local paths). */
  readonly account?: AccountReference | undefined;
  readonly token?: string | undefined;
  readonly name?: string | undefined;
  /** Further identification, e.g. `{ source: "ami-…" }`, `{ zone: "us-east-1a" }`. */
  readonly details?: Readonly<Record<string, string>> | undefined;
}

export type LedgerRecord =
  | { readonly op: "intent"; readonly at: number; readonly intent: Intent }
  | { readonly op: "made"; readonly at: number; readonly key: string; readonly id: string }
  | { readonly op: "released"; readonly at: number; readonly key: string }
  /** Kept on purpose: a finished or marked image, or `-on-error=abort`. */
  | { readonly op: "kept"; readonly at: number; readonly key: string; readonly why: string };

/** Why the ledger keeps an image: it is the result of the bake. */
export const FINISHED = "finished";

/**
 * Stores records. A record is durable when `append` returns (an append-only synced file, or the action's state file). It throws a
 * `BakeError` when the record cannot be stored, and leaves no part of it.
 */
export interface LedgerSink {
  append(record: LedgerRecord): void;
}

/** State of one resource by its records. */
export interface LedgerEntry {
  readonly intent: Intent;
  /** Time of the intent, then of the response of the create call, in milliseconds since the epoch. */
  readonly at: number;
  /** Undefined until the response of the create call is recorded. */
  readonly id: string | undefined;
  readonly state: "open" | "released" | "kept";
  readonly why: string | undefined;
}

/** Returns whether an entry is a resource that users know; a lease is only a tag of one. */
export function isResource({ intent }: Pick<LedgerEntry, "intent">): boolean {
  return intent.kind !== "lease";
}

/** Computes the entries from records, in order. Unknown keys are ignored: the file may be truncated. */
export function replay(records: Iterable<LedgerRecord>): LedgerEntry[] {
  const entries = new Map<string, LedgerEntry>();
  for (const record of records) {
    if (record.op === "intent") {
      entries.set(record.intent.key, {
        intent: record.intent,
        at: record.at,
        id: undefined,
        state: "open",
        why: undefined,
      });
      continue;
    }
    const entry = entries.get(record.key);
    if (!entry) continue;
    if (record.op === "made") entries.set(record.key, { ...entry, id: record.id, at: record.at });
    else if (record.op === "released") entries.set(record.key, { ...entry, state: "released" });
    else entries.set(record.key, { ...entry, state: "kept", why: record.why });
  }
  return [...entries.values()];
}

/**
 * Write-ahead record of the resources that a run creates. Only `intend` throws: what cannot be recorded is not created. A later record
 * that cannot be stored is kept in memory, so that a full disk never keeps a run from removing what it created.
 */
export interface Ledger {
  /** Called before the create call. Throws a `BakeError` when the intent cannot be stored. */
  intend(intent: Intent): void;
  /** Called for something that exists and is to be removed, so that an interrupted removal is completed. Never throws. */
  intendRemoval(intent: Intent): void;
  /** Called as soon as the ID is known. */
  made(key: string, id: string): void;
  /** Called when the resource is deleted, or was never created. */
  released(key: string): void;
  kept(key: string, why: string): void;
  /** Returns the entries in the order of their intents. */
  entries(): LedgerEntry[];
}

/**
 * Opens a ledger that writes to `sink`. `now` returns milliseconds since the epoch, `earlier` has the records of an earlier run.
 * `onLost` is called with the first error of a record that is only in memory.
 */
export function openLedger(
  sink: LedgerSink,
  now: () => number,
  earlier: readonly LedgerRecord[] = [],
  onLost: (error: unknown) => void = () => undefined,
): Ledger {
  const records = [...earlier];
  let lost = false;
  const add = (record: LedgerRecord) => {
    records.push(record);
    try {
      sink.append(record);
    } catch (error) {
      if (!lost) onLost(error);
      lost = true;
    }
  };
  return {
    intend: (intent) => {
      const record: LedgerRecord = { op: "intent", at: now(), intent };
      sink.append(record);
      records.push(record);
    },
    intendRemoval: (intent) => add({ op: "intent", at: now(), intent }),
    made: (key, id) => add({ op: "made", at: now(), key, id }),
    released: (key) => add({ op: "released", at: now(), key }),
    kept: (key, why) => add({ op: "kept", at: now(), key, why }),
    entries: () => replay(records),
  };
}
