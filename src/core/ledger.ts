/** Kinds of resource that a run creates and must release. */
export type ResourceKind =
  | "instance"
  | "key-pair"
  | "security-group"
  | "volume"
  | "image"
  | "snapshot"
  | "launch-template"
  | "instance-profile"
  | "role"
  | "container"
  | "docker-image"
  | "local-path";

/** How the account is reached again without the template: no secrets here. */
export interface AccountReference {
  readonly region: string;
  readonly profile?: string | undefined;
  /** `shared_credentials_file`. */
  readonly credentialsFile?: string | undefined;
  /** `insecure_skip_tls_verify`. */
  readonly insecureTls?: boolean | undefined;
  /** Chain of roles to assume on top of the ambient (or OIDC) credentials. */
  readonly assumeRole?:
    | { readonly roleArn: string; readonly externalId?: string | undefined; readonly sessionName?: string | undefined }
    | undefined;
  /** `custom_endpoint_ec2`; the standard environment (AWS_ENDPOINT_URL) needs no record. */
  readonly endpoint?: string | undefined;
  /** Where access keys written in the template are found: a name in the run's `CredentialVault`. */
  readonly credentials?: string | undefined;
}

/** Access keys that a template names itself, by a name that may stand in records. Kept out of every log. */
export interface StaticCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Keeps the static credentials of a run, and hands them to post (the Action's state) where there is one. */
export interface CredentialVault {
  get(name: string): StaticCredentials | undefined;
  put(name: string, credentials: StaticCredentials): void;
}

/**
 * What is about to be created, on record before the call goes out. Enough to find the resource again when the answer is lost:
 * by `token` (client token), by unique `name`, or by the tag `bake-ami:key` = `key`. A snapshot of an image that is replaced is on
 * record too, before it is deleted: `name` is its id, `details.image` the image.
 */
export interface Intent {
  /** Unique in the account, e.g. `<run id>/<build>/<kind>/<n>`; also the value of the resource's `bake-ami:key` tag. */
  readonly key: string;
  readonly kind: ResourceKind;
  readonly build: string;
  /** Undefined for what is not in AWS (containers, local paths). */
  readonly account?: AccountReference | undefined;
  readonly token?: string | undefined;
  readonly name?: string | undefined;
  /** What else identifies it, e.g. `{ source: "ami-…" }`, `{ zone: "us-east-1a" }`. */
  readonly details?: Readonly<Record<string, string>> | undefined;
}

export type LedgerRecord =
  | { readonly op: "intent"; readonly at: number; readonly intent: Intent }
  | { readonly op: "made"; readonly at: number; readonly key: string; readonly id: string }
  | { readonly op: "released"; readonly at: number; readonly key: string }
  /** Deliberately left: a finished or marked image, or `-on-error=abort`. */
  | { readonly op: "kept"; readonly at: number; readonly key: string; readonly why: string };

/** Why the ledger keeps an image that is what the bake was for. */
export const FINISHED = "finished";

/** Where records go: durable when `append` returns (an append-only synced file, or the Action's state file). */
export interface LedgerSink {
  append(record: LedgerRecord): void;
}

/** State of one resource by its records. */
export interface LedgerEntry {
  readonly intent: Intent;
  /** Milliseconds since the epoch at which the intent was written. */
  readonly at: number;
  /** Undefined while the answer to the create call is not on record. */
  readonly id: string | undefined;
  readonly state: "open" | "released" | "kept";
  readonly why: string | undefined;
}

/** Folds records, in order, into entries; unknown keys are ignored (a torn file). */
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
    if (record.op === "made") entries.set(record.key, { ...entry, id: record.id });
    else if (record.op === "released") entries.set(record.key, { ...entry, state: "released" });
    else entries.set(record.key, { ...entry, state: "kept", why: record.why });
  }
  return [...entries.values()];
}

/** The record of what a run created, written ahead. */
export interface Ledger {
  /** Before the create call goes out. */
  intend(intent: Intent): void;
  /** As soon as the id is known. */
  made(key: string, id: string): void;
  /** When it is gone (or was found never to have existed). */
  released(key: string): void;
  kept(key: string, why: string): void;
  /** In the order of their intents. */
  entries(): LedgerEntry[];
}

/** A ledger over a sink; `now` in milliseconds since the epoch. */
export function openLedger(sink: LedgerSink, now: () => number, earlier: readonly LedgerRecord[] = []): Ledger {
  const records = [...earlier];
  const write = (record: LedgerRecord) => {
    sink.append(record);
    records.push(record);
  };
  return {
    intend: (intent) => write({ op: "intent", at: now(), intent }),
    made: (key, id) => write({ op: "made", at: now(), key, id }),
    released: (key) => write({ op: "released", at: now(), key }),
    kept: (key, why) => write({ op: "kept", at: now(), key, why }),
    entries: () => replay(records),
  };
}
