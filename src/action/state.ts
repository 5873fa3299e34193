import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { BakeError } from "../core/errors.js";
import { describeFileError } from "../core/file-error.js";
import type { CredentialVault, LedgerSink, StaticCredentials } from "../core/ledger.js";
import { type LedgerContents, readLedger } from "../core/ledger-records.js";
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
      appendToState(path, `${LEDGER}${String(count).padStart(6, "0")}`, record);
    },
  };
}

/** The ledger of the main step, and the number of its records, with unreadable ones. */
export interface StateLedger extends LedgerContents {
  readonly count: number;
}

/** Returns the ledger of the main step in order. Problems are placed by their key in the state. */
export function ledgerFromState(env: Environment): StateLedger {
  const keys = Object.keys(env).filter((key) => key.startsWith(`STATE_${LEDGER}`));
  const lines = keys.sort().map((key) => ({ place: key.slice("STATE_".length), text: env[key] ?? "" }));
  const last = Number(keys.at(-1)?.slice(`STATE_${LEDGER}`.length));
  return { ...readLedger(lines), count: Number.isInteger(last) ? last : keys.length };
}

/** Appends a value to the state. Throws a `BakeError` when the file cannot be written. */
function appendToState(path: string, key: string, value: object): void {
  try {
    appendToFile(path, key, JSON.stringify(value));
  } catch (cause) {
    throw notWritable(path, cause);
  }
}

function notWritable(path: string, cause: unknown): BakeError {
  return new BakeError(`Could not write "${path}" (GITHUB_STATE): ${describeFileError(cause)}`, {
    code: "ledger-not-writable",
    hint: "Free disk space on the runner. bake-ami records every resource for the post step before it creates it.",
    cause,
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
      // Stored first: without its keys, post could not remove what is created with them.
      if (path) appendToState(path, `${CREDENTIALS}${kept.size + 1}`, { name, ...credentials });
      kept.set(name, credentials);
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

/** The notes for post in the state. */
export interface NotesSlot {
  /** Replaces the notes. Throws a `BakeError` when the file cannot be written. */
  save(notes: BakeNotes): void;
}

/** Size of the slot for notes, in bytes. */
const SLOT = 1024;

/**
 * Returns a slot for notes. Later notes overwrite the first ones in place: the disk can fill up meanwhile, and without its last notes post
 * would report a finished bake as killed. An undefined path saves nothing.
 */
export function openNotes(path: string | undefined): NotesSlot {
  let start: number | undefined;
  return {
    save(notes) {
      if (path === undefined) return;
      const text = JSON.stringify(notes);
      const isSmall = Buffer.byteLength(text) <= SLOT;
      try {
        if (start !== undefined && isSmall) return overwrite(path, start, padded(text));
        appendToFile(path, NOTES, isSmall ? padded(text) : text);
        start = isSmall ? startOfLastValue(path) : undefined;
      } catch (cause) {
        throw notWritable(path, cause);
      }
    },
  };
}

/** Returns the text with spaces at its end, which JSON ignores. */
function padded(text: string): string {
  return text + " ".repeat(SLOT - Buffer.byteLength(text));
}

/** Returns where the value of the slot that was just appended starts, in bytes: before the delimiter's line. Undefined in a device. */
function startOfLastValue(path: string): number | undefined {
  const bytes = readFileSync(path);
  const endOfValue = bytes.lastIndexOf("\n", bytes.length - 2);
  return endOfValue < SLOT ? undefined : endOfValue - SLOT;
}

function overwrite(path: string, start: number, text: string): void {
  const file = openSync(path, "r+");
  try {
    const bytes = Buffer.from(text);
    for (let sent = 0; sent < bytes.length; ) sent += writeSync(file, bytes, sent, bytes.length - sent, start + sent);
  } finally {
    closeSync(file);
  }
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

function isCredentials(value: unknown): value is StaticCredentials & { readonly name: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "name" in value &&
    "accessKeyId" in value &&
    "secretAccessKey" in value
  );
}
