import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { dirname, join } from "node:path";
import { BakeError, messageOf } from "../core/errors.js";
import { type LedgerRecord, type LedgerSink, replay } from "../core/ledger.js";
import { readTextFile } from "../engine/files.js";

/** The process that writes a ledger file: the first line of the file. */
export interface LedgerOwner {
  readonly pid: number;
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly template: string;
}

/** A ledger file that is being written. */
export interface LedgerFile {
  readonly path: string;
  readonly sink: LedgerSink;
  /** Closes the file, and removes it if no resource is open or kept. */
  close(): void;
}

/** Returns the directory of ledger files, in the platform's directory for program state. */
export function ledgerFolder(env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): string {
  const state =
    platform === "win32"
      ? (env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"))
      : platform === "darwin"
        ? join(homedir(), "Library", "Application Support")
        : (env.XDG_STATE_HOME ?? join(homedir(), ".local", "state"));
  return join(state, "bake-ami", "ledgers");
}

/**
 * Opens a ledger file for this process that only its user can read. Every record is on the disk (fsync) when `append` returns. The
 * first record creates the file, so a run that creates no resource leaves no file. Throws a `BakeError` when the file cannot be written.
 */
export function openLedgerFile(path: string, owner: Omit<LedgerOwner, "pid" | "host">): LedgerFile {
  const records: LedgerRecord[] = [];
  let file: number | undefined;
  const open = () => {
    try {
      return create();
    } catch (cause) {
      throw new BakeError(`Could not write the ledger "${path}": ${messageOf(cause)}`, {
        code: "ledger-not-writable",
        hint: "bake-ami records every resource before it creates it. Set another file with -ledger=FILE.",
        cause,
      });
    }
  };
  const create = () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const fresh = !existsSync(path);
    const opened = openSync(path, "a", 0o600);
    const header: LedgerOwner = { pid: process.pid, host: hostname(), ...owner };
    if (fresh) writeSync(opened, `${JSON.stringify({ run: header })}\n`);
    return opened;
  };
  return {
    path,
    sink: {
      append(record) {
        file ??= open();
        writeSync(file, `${JSON.stringify(record)}\n`);
        fsyncSync(file);
        records.push(record);
      },
    },
    close() {
      if (file === undefined) return;
      closeSync(file);
      file = undefined;
      const clean = replay(records).every((entry) => entry.state === "released" || entry.intent.kind === "image");
      if (clean && !replay(readLedgerFile(path).records).some((entry) => entry.state === "open")) rmSync(path);
    },
  };
}

/** Returns the contents of a ledger file; an incomplete last line is dropped. Throws a `BakeError` when the file cannot be read. */
export function readLedgerFile(path: string): {
  readonly owner: LedgerOwner | undefined;
  readonly records: readonly LedgerRecord[];
} {
  let owner: LedgerOwner | undefined;
  const records: LedgerRecord[] = [];
  for (const line of readTextFile(path, "").split("\n")) {
    const value = parse(line);
    if (typeof value !== "object" || value === null) continue;
    if ("run" in value) owner = value.run as LedgerOwner;
    else if ("op" in value) records.push(value as LedgerRecord);
  }
  return { owner, records };
}

/** Returns the ledger files in a directory, oldest first. */
export function ledgerFilesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  return names.sort().map((name) => join(folder, name));
}

/** Returns whether the process that writes a ledger is still running. Its resources are in use then. */
export function isRunning(owner: LedgerOwner | undefined): boolean {
  if (!owner || owner.host !== hostname() || owner.pid === process.pid) return false;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function parse(line: string): unknown {
  try {
    return line === "" ? undefined : JSON.parse(line);
  } catch {
    return undefined;
  }
}
