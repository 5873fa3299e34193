import { constants } from "node:fs";
import { chmod, copyFile, lstat, mkdir, open, rm, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { BakeError } from "../../core/errors.js";
import { describeFileError } from "../../core/file-error.js";
import type { TarFileWriter } from "../tar/reader.js";
import { refused, shown } from "./received-name.js";

/** A local path. Names of the machine are bytes, which need not be UTF-8. */
type LocalPath = string | Buffer;

/** Creates a directory and its parents. Throws a `BakeError`. */
export async function makeLocalDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o755 }).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
}

/** A local file being written. `discard` removes it after a failed transfer. */
export type LocalFile = TarFileWriter;

/**
 * Creates or truncates the file that the user named, and creates its parent directories. Follows links, as any program does with a path
 * that its user gives. Throws a `BakeError`.
 */
export async function createLocalFile(path: string, mode: number): Promise<LocalFile> {
  await makeLocalDirectory(dirname(path));
  return writeTo(path, "w", mode);
}

/** Closes a file after `fill` has written it. Discards it, and rejects, if that fails: a failed transfer leaves no partial file. */
export async function fillFile(file: LocalFile, fill: (file: LocalFile) => Promise<void>): Promise<void> {
  try {
    await fill(file);
    await file.close();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** Writes below one local directory. Parts are components of a path, as `receivedParts` returns them. */
export interface LocalTree {
  /** Creates a directory, writable for this user. An existing one keeps its mode. */
  directory(parts: readonly string[], mode: number): Promise<void>;
  /** Creates or replaces a file. */
  file(parts: readonly string[], mode: number): Promise<LocalFile>;
  /** Creates or replaces a file with the content of another, which this tree wrote. */
  copy(from: readonly string[], to: readonly string[], mode: number): Promise<void>;
}

/**
 * Returns the tree below the existing directory `root`. Below it no link is followed, whoever made it: a link in place of a directory is
 * an error, and a file replaces a link or a second name of another file. All functions throw a `BakeError`.
 */
export function localTree(root: string): LocalTree {
  const known = new Set<string>([""]);
  const pathOf = (parts: readonly string[]) => Buffer.from([latin1(root), ...parts].join("/"), "latin1");
  const filePath = (parts: readonly string[]): Buffer => {
    if (parts.length === 0)
      throw refused(`The machine sent a file in place of the directory ${shown(Buffer.from(root))}`);
    return pathOf(parts);
  };
  const makeDirectories = async (parts: readonly string[], mode: number): Promise<void> => {
    for (let count = 1; count <= parts.length; count++) {
      const key = parts.slice(0, count).join("/");
      if (known.has(key)) continue;
      await makeDirectory(pathOf(parts.slice(0, count)), count === parts.length ? mode : 0o755);
      known.add(key);
    }
  };
  return {
    directory: (parts, mode) => makeDirectories(parts, mode | 0o700),
    async file(parts, mode) {
      await makeDirectories(parts.slice(0, -1), 0o755);
      return replaceFile(filePath(parts), mode);
    },
    async copy(from, to, mode) {
      if (from.join("/") === to.join("/")) return;
      await makeDirectories(to.slice(0, -1), 0o755);
      const path = filePath(to);
      await (await replaceFile(path, mode)).discard();
      try {
        await copyFile(pathOf(from), path, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
        await chmod(path, mode);
      } catch (cause) {
        throw unwritable(path, cause);
      }
    },
  };
}

async function makeDirectory(path: Buffer, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (cause) {
    const existing = codeOf(cause) === "EEXIST" ? await lstat(path).catch(() => undefined) : undefined;
    if (existing?.isSymbolicLink()) {
      throw refused(
        `A symbolic link in the destination is not followed: ${shown(path)}`,
        "Remove the link, or set its target as the destination.",
      );
    }
    if (!existing?.isDirectory()) throw unwritable(path, cause);
  }
}

/** Creates a file that did not exist. An existing file or link is removed, never opened. */
async function replaceFile(path: Buffer, mode: number): Promise<LocalFile> {
  try {
    return await writeTo(path, "wx", mode);
  } catch (error) {
    if (!(error instanceof BakeError) || codeOf(error.cause) !== "EEXIST") throw error;
  }
  await unlink(path).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
  return writeTo(path, "wx", mode);
}

async function writeTo(path: LocalPath, flags: "w" | "wx", mode: number): Promise<LocalFile> {
  const file = await open(path, flags, mode | 0o200).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
  // A device that the user named keeps its mode and its place.
  const regular = (await file.stat()).isFile();
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, at).catch((cause: unknown) => {
          throw unwritable(path, cause);
        });
        at += bytesWritten;
      }
    },
    async close() {
      try {
        if (regular) await file.chmod(mode);
      } finally {
        await file.close();
      }
    },
    async discard() {
      await file.close().catch(() => undefined);
      if (regular) await rm(path, { force: true });
    },
  };
}

function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

function unwritable(path: LocalPath, cause: unknown): BakeError {
  return new BakeError(`Could not write "${path}": ${describeFileError(cause)}`, {
    code: "download-destination",
    hint: "Choose a destination that this user may write to.",
    cause,
  });
}
