import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { homedir, hostname } from "node:os";
import { dirname, join } from "node:path";
import { BakeError, messageOf } from "../core/errors.js";
import { type LedgerRecord, type LedgerSink, replay } from "../core/ledger.js";

/** Who writes a ledger file: its first line. */
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
  /** Closes it, and removes it when nothing in it is open or kept. */
  close(): void;
}

/** The folder of ledger files: the platform's place for a program's state. */
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
 * Opens a ledger file for this process, readable by its user alone. Every record is on the disk (fsync) when `append` returns.
 * The file is made with the first record, so that a run that creates nothing leaves nothing.
 */
export function openLedgerFile(path: string, owner: Omit<LedgerOwner, "pid" | "host">): LedgerFile {
  const records: LedgerRecord[] = [];
  let file: number | undefined;
  const open = () => {
    try {
      return create();
    } catch (cause) {
      throw new BakeError(`the ledger ${path} cannot be written: ${messageOf(cause)}`, {
        code: "ledger-not-writable",
        hint: "Nothing is created without a record of it. Name another place with -ledger=FILE.",
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

/** What a ledger file holds; a torn last line is dropped. Throws the Node error of a file that cannot be read. */
export function readLedgerFile(path: string): {
  readonly owner: LedgerOwner | undefined;
  readonly records: readonly LedgerRecord[];
} {
  let owner: LedgerOwner | undefined;
  const records: LedgerRecord[] = [];
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const value = parse(line);
    if (typeof value !== "object" || value === null) continue;
    if ("run" in value) owner = value.run as LedgerOwner;
    else if ("op" in value) records.push(value as LedgerRecord);
  }
  return { owner, records };
}

/** The ledger files in a folder, oldest first. */
export function ledgerFilesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  return names.sort().map((name) => join(folder, name));
}

/** Whether the process that writes a ledger still runs: its resources are then its own. */
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
