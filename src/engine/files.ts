import {
  appendFileSync,
  closeSync,
  fchmodSync,
  fstatSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { BakeError, messageOf } from "../core/errors.js";

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

/** Returns whether `path`, relative to `cwd`, is a directory. Throws a `BakeError` when it does not exist or cannot be read. */
export function isDirectory(path: string, cwd: string): boolean {
  return accessFile("read", { path, cwd }, (absolute) => statSync(absolute).isDirectory());
}

/** The texts of frequent errors of the file system, by Node's code. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  ENOTDIR: "a part of the path is not a directory",
  EISDIR: "it is a directory",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the disk",
};

function accessFile<T>(
  verb: "read" | "write",
  { path, cwd }: { readonly path: string; readonly cwd: string },
  run: (absolute: string) => T,
): T {
  try {
    return run(resolve(cwd, path));
  } catch (cause) {
    const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
    throw new BakeError(`Could not ${verb} "${path}": ${REASONS[code] ?? messageOf(cause)}`, {
      code: FILE_ERROR,
      hint: code === "ENOENT" ? hintFor(path, cwd) : undefined,
      cause,
    });
  }
}

function hintFor(path: string, cwd: string): string {
  return isAbsolute(path) ? "Check the path." : `Check the path. Relative paths start from "${cwd}".`;
}
