import { type Dirent, readdirSync, type Stats, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { BakeError, messageOf } from "../../core/errors.js";

/** A folder or file below the folder that is sent. `name` is its path there, in the bytes of the file system, with `/`. */
export interface TreeEntry {
  readonly kind: "directory" | "file";
  readonly name: Buffer;
  /** Where it is on this machine. */
  readonly path: Buffer;
  /** Permission bits of a folder; a file's are read when it is opened. */
  readonly mode: number;
}

const SLASH = Buffer.from("/");

/**
 * All that is below a local folder, folders before what they hold, names in order. Symbolic links are followed (Packer
 * §4.4). Throws a `BakeError` for links that lead nowhere or in a circle, and for what is neither file nor folder.
 */
export function* walkTree(root: string): Generator<TreeEntry> {
  const path = Buffer.from(root);
  const stats = followedStats(path);
  if (!stats.isDirectory()) throw unsendable(path, "is not a folder");
  yield* walk(path, undefined, [identity(stats)]);
}

/** Name that a folder sent without a trailing slash gets below an existing destination; undefined with one. */
export function sentName(source: string): string | undefined {
  if (source.endsWith("/")) return undefined;
  const name = basename(source);
  return name === ".." ? basename(resolve(source)) : name;
}

function* walk(folder: Buffer, name: Buffer | undefined, above: readonly string[]): Generator<TreeEntry> {
  for (const entry of sortedEntries(folder)) {
    const path = Buffer.concat([folder, SLASH, entry.name]);
    const below = name ? Buffer.concat([name, SLASH, entry.name]) : entry.name;
    if (entry.isFile()) {
      yield { kind: "file", name: below, path, mode: 0 };
      continue;
    }
    const stats = followedStats(path);
    if (stats.isFile()) yield { kind: "file", name: below, path, mode: 0 };
    else if (stats.isDirectory()) {
      const self = identity(stats);
      if (above.includes(self)) throw unsendable(path, "is a link to a folder that it lies in");
      yield { kind: "directory", name: below, path, mode: stats.mode & 0o777 };
      yield* walk(path, below, [...above, self]);
    } else throw unsendable(path, "is neither a file nor a folder");
  }
}

function sortedEntries(folder: Buffer): Dirent<Buffer>[] {
  return readdirSync(folder, { encoding: "buffer", withFileTypes: true }).sort((a, b) =>
    Buffer.compare(a.name, b.name),
  );
}

function followedStats(path: Buffer): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    throw unsendable(path, `cannot be read: ${messageOf(cause)}`, cause);
  }
}

function identity(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`;
}

function unsendable(path: Buffer, what: string, cause?: unknown): BakeError {
  return new BakeError(`${path} ${what}`, { code: "upload-source", cause });
}
