import {
  appendFileSync,
  closeSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { BakeError } from "../core/errors.js";
import { describeFileError } from "../core/file-error.js";

/** Code of the errors of this module. */
export const FILE_ERROR = "file-not-accessible";

/** Returns the text of a file; `path` is relative to `cwd`. Throws a `BakeError` when the file cannot be read. */
export function readTextFile(path: string, cwd: string): string {
  return accessFile("read", { path, cwd }, (absolute) => readFileSync(absolute, "utf8"));
}

/** Writes the text of a file; `path` is relative to `cwd`. Throws a `BakeError` when the file cannot be written. */
export function writeTextFile(path: string, cwd: string, text: string): void {
  accessFile("write", { path, cwd }, (absolute) => writeFileSync(absolute, text));
}

/** Writes the text of a report as `writeTextFile` does, and creates the directories that do not exist. */
export function writeReport(path: string, cwd: string, text: string): void {
  accessFile("write", { path, cwd }, (absolute) => {
    mkdirSync(dirname(absolute), { recursive: true });
    writeFileSync(absolute, text);
  });
}

/**
 * Appends text to a file that only its user can read; `path` is relative to `cwd`. A device or a pipe keeps its mode. Throws a `BakeError`
 * when the file cannot be written.
 */
export function appendToPrivateFile(path: string, cwd: string, text: string): void {
  accessFile("write", { path, cwd }, (absolute) => {
    const file = openSync(absolute, "a", 0o600);
    try {
      const stats = fstatSync(file);
      if (stats.isFile() && (stats.mode & 0o077) !== 0) fchmodSync(file, 0o600);
      appendFileSync(file, text);
    } finally {
      closeSync(file);
    }
  });
}

/**
 * Appends to a file with `append`: all of it or nothing. After a failed write, e.g. on a full disk, the file is truncated to its size
 * before, because the readers of such files (the runner, a later run) refuse a file that ends within a record. Throws the error of
 * `append`; `reasonOf` has its text.
 */
export function appendWhole(path: string, append: () => void): void {
  const before = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  try {
    append();
  } catch (error) {
    restoreSize(path, before);
    throw error;
  }
}

/** Truncates a file that has grown. If that fails too, the error of the write is the one to report. */
function restoreSize(path: string, size: number): void {
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > size) truncateSync(path, size);
  } catch {}
}

/** Returns whether `path`, relative to `cwd`, is a directory. Throws a `BakeError` when it does not exist or cannot be read. */
export function isDirectory(path: string, cwd: string): boolean {
  return accessFile("read", { path, cwd }, (absolute) => statSync(absolute).isDirectory());
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

function accessFile<T>(
  verb: "read" | "write",
  { path, cwd }: { readonly path: string; readonly cwd: string },
  run: (absolute: string) => T,
): T {
  try {
    return run(resolve(cwd, path));
  } catch (cause) {
    throw new BakeError(`Could not ${verb} "${path}": ${describeFileError(cause)}`, {
      code: FILE_ERROR,
      hint: codeOf(cause) === "ENOENT" ? hintFor(path, cwd) : undefined,
      cause,
    });
  }
}

function hintFor(path: string, cwd: string): string {
  return isAbsolute(path) ? "Check the path." : `Check the path. Relative paths start from "${cwd}".`;
}
