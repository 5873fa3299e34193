import type { CredentialVault, LedgerRecord, LedgerSink, StaticCredentials } from "../core/ledger.js";
import { appendToFile } from "./runner-commands.js";

type Environment = Readonly<Record<string, string | undefined>>;

const LEDGER = "ledger_";
const CREDENTIALS = "credentials_";
const NOTES = "notes";

/**
 * Returns a ledger in the state of the action, with one key per record. Appended records reach the post step even after SIGKILL.
 * `earlier` is the number of records in the state, so that none is overwritten.
 */
export function stateLedger(path: string, earlier = 0): LedgerSink {
  let count = earlier;
  return {
    append(record) {
      count += 1;
      appendToFile(path, `${LEDGER}${String(count).padStart(6, "0")}`, JSON.stringify(record));
    },
  };
}

/** Returns the records of the main step in order. Incomplete records are dropped. */
export function ledgerFromState(env: Environment): readonly LedgerRecord[] {
  const keys = Object.keys(env).filter((key) => key.startsWith(`STATE_${LEDGER}`));
  return keys.sort().flatMap((key) => {
    const record = parse(env[key]);
    return isRecord(record) ? [record] : [];
  });
}

/** Returns a vault of the access keys in a template. It masks them and passes them to the post step through the state. */
export function stateVault(path: string | undefined, mask: (secret: string) => void): CredentialVault {
  const kept = new Map<string, StaticCredentials>();
  return {
    get: (name) => kept.get(name),
    put(name, credentials) {
      if (kept.has(name)) return;
      mask(credentials.secretAccessKey);
      if (credentials.sessionToken) mask(credentials.sessionToken);
      kept.set(name, credentials);
      if (path) appendToFile(path, `${CREDENTIALS}${kept.size}`, JSON.stringify({ name, ...credentials }));
    },
  };
}

/** Returns the access keys of the main step, and masks them again. */
export function vaultFromState(env: Environment, mask: (secret: string) => void): CredentialVault {
  const vault = stateVault(undefined, mask);
  for (const [key, value] of Object.entries(env)) {
    if (!key.startsWith(`STATE_${CREDENTIALS}`)) continue;
    const found = parse(value);
    if (isCredentials(found)) {
      const { name, ...credentials } = found;
      vault.put(name, credentials);
    }
  }
  return vault;
}

/** What post must know in addition to the ledger: how far the bake came. */
export interface BakeNotes {
  /** `started` until summary and comment are written: a process that was killed leaves it. */
  readonly bake?: "started" | "reported" | "cancelled" | undefined;
  /** The file with the comment that a cancelled run had no time to write. */
  readonly comment?: string | undefined;
}

/** Saves notes for post, in place of earlier ones. */
export function saveNotes(path: string | undefined, notes: BakeNotes): void {
  if (path) appendToFile(path, NOTES, JSON.stringify(notes));
}

/** The notes that main saved last; empty if it saved none. */
export function notesFromState(env: Environment): BakeNotes {
  const notes = parse(env[`STATE_${NOTES}`]);
  return typeof notes === "object" && notes !== null ? { ...notes } : {};
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is LedgerRecord {
  if (typeof value !== "object" || value === null || !("op" in value) || !("at" in value)) return false;
  return value.op === "intent" ? "intent" in value : "key" in value;
}

function isCredentials(value: unknown): value is StaticCredentials & { readonly name: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "name" in value &&
    "accessKeyId" in value &&
    "secretAccessKey" in value
  );
}
