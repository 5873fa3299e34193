import { type Dirent, readdirSync, type Stats, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { BakeError } from "../../core/errors.js";
import { describeFileError } from "../../core/file-error.js";

/** A directory or file below the uploaded directory. `name`: relative path in the bytes of the file system, with `/`. */
export interface TreeEntry {
  readonly kind: "directory" | "file";
  readonly name: Buffer;
  /** Local path. */
  readonly path: Buffer;
  /** Permission bits of a directory. Those of a file are read when it is opened. */
  readonly mode: number;
}

const SLASH = Buffer.from("/");

/**
 * Yields all entries below a local directory, directories before their contents, sorted by name. Follows symbolic links (Packer §4.4).
 * Throws a `BakeError` for broken and circular links, and for entries that are neither files nor directories.
 */
export function* walkTree(root: string): Generator<TreeEntry> {
  const path = Buffer.from(root);
  const stats = followedStats(path);
  if (!stats.isDirectory()) throw unsendable(path, "is not a directory");
  yield* walk(path, undefined, [identity(stats)]);
}

/** Returns the name of an uploaded directory below an existing destination; undefined with a trailing slash. */
export function uploadedName(source: string): string | undefined {
  if (source.endsWith("/")) return undefined;
  const name = basename(source);
  return name === ".." ? basename(resolve(source)) : name;
}

function* walk(directory: Buffer, name: Buffer | undefined, above: readonly string[]): Generator<TreeEntry> {
  for (const entry of sortedEntries(directory)) {
    const path = Buffer.concat([directory, SLASH, entry.name]);
    const below = name ? Buffer.concat([name, SLASH, entry.name]) : entry.name;
    if (entry.isFile()) {
      yield { kind: "file", name: below, path, mode: 0 };
      continue;
    }
    const stats = followedStats(path);
    if (stats.isFile()) yield { kind: "file", name: below, path, mode: 0 };
    else if (stats.isDirectory()) {
      const self = identity(stats);
      if (above.includes(self)) throw unsendable(path, "is a link to one of its parent directories");
      yield { kind: "directory", name: below, path, mode: stats.mode & 0o777 };
      yield* walk(path, below, [...above, self]);
    } else throw unsendable(path, "is neither a file nor a directory");
  }
}

function sortedEntries(directory: Buffer): Dirent<Buffer>[] {
  return readdirSync(directory, { encoding: "buffer", withFileTypes: true }).sort((a, b) =>
    Buffer.compare(a.name, b.name),
  );
}

function followedStats(path: Buffer): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    throw unsendable(path, `cannot be read: ${describeFileError(cause)}`, cause);
  }
}

function identity(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`;
}

function unsendable(path: Buffer, problem: string, cause?: unknown): BakeError {
  return new BakeError(`"${path}" ${problem}`, { code: "upload-source", cause });
}
