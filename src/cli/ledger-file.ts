import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { BakeError } from "../core/errors.js";
import { describeFileError } from "../core/file-error.js";
import { type LedgerRecord, type LedgerSink, replay } from "../core/ledger.js";
import { LEDGER_VERSION, type LedgerContents, type LedgerRun, readLedger } from "../core/ledger-records.js";
import { appendWhole, readTextFile } from "../engine/files.js";
import { type LedgerLock, removeLock, stateOf, takeLock, thisHost } from "./ledger-lock.js";

/** A ledger file that this process writes. */
export interface LedgerFile {
  readonly path: string;
  readonly sink: LedgerSink;
  /** Writes the header of this run now, not with the first record. Throws a `BakeError` when the file cannot be written. */
  claim(): void;
  /** Closes the file, releases the lock, and removes the file if it holds nothing that exists. Never throws. */
  close(): void;
}

/** Returns the directory of ledger files, in the platform's directory for program state. */
export function ledgerDirectory(env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): string {
  const state =
    platform === "win32"
      ? (env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"))
      : platform === "darwin"
        ? join(homedir(), "Library", "Application Support")
        : (env.XDG_STATE_HOME ?? join(homedir(), ".local", "state"));
  return join(state, "bake-ami", "ledgers");
}

/**
 * Opens a ledger file for this process that only its user can read. Every record is on the disk (fsync) when `append` returns, or no
 * part of it. The first record creates the file and writes the header of the run, so a run that creates no resource leaves no file. A
 * file of an earlier run that has ended is continued, and its records stay. Throws a `BakeError` when another live run writes the file;
 * `append` throws one when the file cannot be written.
 */
export async function openLedgerFile(
  path: string,
  owner: Pick<LedgerRun, "startedAt" | "template">,
): Promise<LedgerFile> {
  const before = existsSync(path) ? readLedgerFile(path) : undefined;
  for (const run of before?.runs ?? []) if ((await stateOf(run, dirname(path))) === "alive") throw inUse(path, run);
  const records: LedgerRecord[] = [];
  let opened: OpenedFile | undefined;
  const open = () => {
    opened ??= openForRun(path, { ...thisHost(), version: LEDGER_VERSION, pid: process.pid, ...owner }, before, 3);
    return opened;
  };
  return {
    path,
    claim: open,
    sink: {
      append(record) {
        // Without its intent, nothing is created. The others happened, whether they can be written or not.
        if (record.op !== "intent") records.push(record);
        writeLine(path, open().file, record);
        if (record.op === "intent") records.push(record);
      },
    },
    close() {
      if (!opened) return;
      closeSync(opened.file);
      const entries = replay([...(before?.records ?? []), ...records]);
      const isClean = entries.every(
        ({ state, intent }) => state === "released" || (state === "kept" && intent.kind === "image"),
      );
      // The lock is held until the file is removed: a run that starts meanwhile must not write to it.
      if (isClean && (before?.problems ?? []).length === 0) removeQuietly(path, before?.runs ?? []);
      opened.lock?.release();
      opened = undefined;
    },
  };
}

/** An open ledger file, and the lock of the run that writes it. */
interface OpenedFile {
  readonly file: number;
  readonly lock: LedgerLock | undefined;
}

/**
 * Opens the file, writes the header of the run, and checks that no other run has started to write the file meanwhile. A file that its run
 * removes at this moment is opened again, at most `attempts` times.
 */
function openForRun(
  path: string,
  run: Omit<LedgerRun, "lock">,
  before: LedgerContents | undefined,
  attempts: number,
): OpenedFile {
  let file: number | undefined;
  let lock: LedgerLock | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    file = openSync(path, "a+", 0o600);
    lock = takeLock(dirname(path));
    writeLine(path, file, { run: { ...run, lock: lock?.name } });
    if (attempts > 1 && !isFileAt(path, file)) {
      closeSync(file);
      file = undefined;
      lock?.release();
      return openForRun(path, run, undefined, attempts - 1);
    }
    const others = readLedgerFile(path).runs.slice(before?.runs.length ?? 0);
    const first = others[0];
    const isOwn = first?.lock === lock?.name && first?.pid === run.pid && first.host === run.host;
    if (first && !isOwn) throw inUse(path, first);
    return { file, lock };
  } catch (cause) {
    if (file !== undefined) closeSync(file);
    lock?.release();
    if (file !== undefined && before === undefined && statSync(path, { throwIfNoEntry: false })?.size === 0) {
      removeQuietly(path, []);
    }
    throw cause instanceof BakeError ? cause : notWritable(path, cause);
  }
}

/** Code of the error about a ledger that another live run writes. */
export const LEDGER_IN_USE = "ledger-in-use";

function inUse(path: string, { pid, host }: LedgerRun): BakeError {
  return new BakeError(`Ledger "${path}" is in use by process ${pid} on ${host}`, {
    code: LEDGER_IN_USE,
    hint: "Set another file with -ledger=FILE, or wait for that run to end.",
  });
}

function notWritable(path: string, cause: unknown): BakeError {
  return new BakeError(`Could not write the ledger "${path}": ${describeFileError(cause)}`, {
    code: "ledger-not-writable",
    hint: "bake-ami records every resource before it creates it. Free disk space, or set another file with -ledger=FILE.",
    cause,
  });
}

/** Appends a line and syncs it to the disk. It starts on a line of its own even if the file ends within a line. */
function writeLine(path: string, file: number, value: object): void {
  try {
    appendWhole(path, () => {
      const bytes = Buffer.from(`${endsWithinLine(file) ? "\n" : ""}${JSON.stringify(value)}\n`);
      for (let sent = 0; sent < bytes.length; ) sent += writeSync(file, bytes, sent);
      fsyncSync(file);
    });
  } catch (cause) {
    throw notWritable(path, cause);
  }
}

/** Returns whether the path is still that of the open file. */
function isFileAt(path: string, file: number): boolean {
  const [open, named] = [fstatSync(file), statSync(path, { throwIfNoEntry: false })];
  return named?.ino === open.ino && named.dev === open.dev;
}

function endsWithinLine(file: number): boolean {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last.toString() !== "\n";
}

/** As `removeLedgerFile`. A file that cannot be removed stays, and the next cleanup reads it. */
function removeQuietly(path: string, runs: readonly LedgerRun[]): void {
  try {
    removeLedgerFile(path, runs);
  } catch {}
}

/** Returns the contents of a ledger file. Problems are placed by line. Throws a `BakeError` when the file cannot be read. */
export function readLedgerFile(path: string): LedgerContents {
  const lines = readTextFile(path, "").split("\n");
  return readLedger(lines.map((text, index) => ({ place: String(index + 1), text })));
}

/** Removes a ledger file and the locks that its runs left. Throws when the directory cannot be written. */
export function removeLedgerFile(path: string, runs: readonly LedgerRun[]): void {
  rmSync(path, { force: true });
  for (const { lock } of runs) if (lock !== undefined) removeLock(dirname(path), lock);
}

/** Returns the ledger files in a directory, oldest first. */
export function ledgerFilesIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory).filter((name) => name.endsWith(".jsonl"));
  return names.sort().map((name) => join(directory, name));
}
