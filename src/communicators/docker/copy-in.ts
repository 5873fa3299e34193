import { statSync } from "node:fs";
import { posix } from "node:path";
import type { TransferOptions, UploadSource } from "../../core/communicator.js";
import { BakeError, messageOf } from "../../core/errors.js";
import { mustSucceed } from "../../docker/engine.js";
import { blocks, TAR_FILE, type TarOwnership, tarEnd, tarHeader } from "../../ssh/tar/header.js";
import { type TreeEntry, uploadedName, walkTree } from "../../ssh/tar/tree.js";
import { tarArchive } from "../../ssh/tar/writer.js";
import { directoryError, missingDirectoryError } from "../../ssh/transfer/transfer-error.js";
import { openSource } from "../../ssh/transfer/upload.js";
import { directoryExists, type Owner, type RunningContainer } from "./container.js";

/** Where files are copied to, and their owner. */
export interface CopyTarget extends RunningContainer {
  /** Returns the owner of uploaded files. */
  owner(signal: AbortSignal | undefined): Promise<Owner>;
  /** Milliseconds since the epoch: the modification time of uploaded files. */
  now(): number;
  /** Returns whether an absolute path is on a tmpfs, which `docker cp` cannot access. */
  inMemory(path: string, signal: AbortSignal | undefined): Promise<boolean>;
}

/** Uploads one file to the absolute path `destination`, whose directory exists. Throws a `BakeError`. */
export async function copyFileIn(
  target: CopyTarget,
  source: UploadSource,
  destination: string,
  options: TransferOptions = {},
): Promise<void> {
  if (destination.endsWith("/")) throw directoryError(destination.replace(/\/+$/, ""), "destination");
  const opened = await openSource(source);
  try {
    const ownership = await ownershipIn(target, options.signal);
    const name = Buffer.from(posix.basename(destination));
    async function* archive(): AsyncGenerator<Uint8Array> {
      yield tarHeader({ name, type: TAR_FILE, mode: opened.mode, size: opened.size, ownership });
      let sent = 0;
      for await (const piece of opened.bytes((bytes) => options.onProgress?.(bytes, opened.size))) {
        sent += piece.length;
        if (sent > opened.size) break;
        yield piece;
      }
      if (sent !== opened.size) throw changed(source);
      yield Buffer.concat([Buffer.alloc(blocks(opened.size) - opened.size), tarEnd()]);
    }
    await unpack(target, { directory: posix.dirname(destination), destination }, archive(), options.signal);
  } finally {
    await opened.close();
  }
}

/**
 * Uploads a directory by the rules of `docker cp` (Packer §4.4 and the docker builder). Without a trailing slash, `source` is put below an
 * existing `destination` with its name, else it becomes `destination`. With one, its contents are put into `destination`. The destination
 * is created if its parent exists. Throws a `BakeError`.
 */
export async function copyDirectoryIn(
  target: CopyTarget,
  source: string,
  destination: string,
  options: TransferOptions = {},
): Promise<void> {
  const place = destination.replace(/\/+$/, "") || "/";
  const exists = await directoryExists(target, place, options.signal);
  const name = uploadedName(source);
  const into = exists && name !== undefined ? posix.join(place, name) : place;
  const madeHere = !exists || name !== undefined;
  const ownership = await ownershipIn(target, options.signal);
  const pieces = tarArchive(below(source, into, madeHere), (bytes) => options.onProgress?.(bytes, undefined), {
    ownership,
  });
  // Unpacked in its parent, so that the directory itself can be part of the archive.
  const directory = madeHere ? posix.dirname(into) : into;
  await unpack(target, { directory, destination }, pieces, options.signal);
}

/** Yields the entries of the archive. `withDirectory`: includes the directory itself, with its name in the container. */
function* below(source: string, into: string, withDirectory: boolean): Generator<TreeEntry> {
  if (!withDirectory) {
    yield* walkTree(source);
    return;
  }
  const directory = Buffer.from(posix.basename(into));
  yield { kind: "directory", name: directory, path: Buffer.from(source), mode: statSync(source).mode & 0o777 };
  const prefix = Buffer.concat([directory, Buffer.from("/")]);
  for (const entry of walkTree(source)) yield { ...entry, name: Buffer.concat([prefix, entry.name]) };
}

/** Unpacks an archive in `directory`. Messages name the `destination`. */
async function unpack(
  target: CopyTarget,
  { directory, destination }: { readonly directory: string; readonly destination: string },
  stdin: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { engine, container } = target;
  const action = `upload to "${destination}"`;
  const args = (await target.inMemory(`${directory}/`, signal))
    ? ["exec", "-i", "-u", "0", container, "tar", "-xpf", "-", "-C", directory]
    : ["cp", "-", `${container}:${directory}`];
  try {
    await mustSucceed(engine, args, { action, signal, stdin });
  } catch (error) {
    const message = messageOf(error);
    if (/cannot overwrite (directory|non-directory)/i.test(message)) {
      throw /cannot overwrite directory/i.test(message)
        ? directoryError(destination, "destination")
        : notDirectory(destination, message);
    }
    if (/could not find the file|no such file or directory|not a directory|must be a directory/i.test(message)) {
      throw missingDirectoryError(directory);
    }
    throw error;
  }
}

async function ownershipIn(target: CopyTarget, signal: AbortSignal | undefined): Promise<TarOwnership> {
  return { ...(await target.owner(signal)), mtime: Math.floor(target.now() / 1000) };
}

function changed(source: UploadSource): BakeError {
  return new BakeError(`${source.from === "file" ? `"${source.path}"` : "The content"} changed during the upload`, {
    code: "upload-source",
    hint: "Finish writing the file before the build starts.",
  });
}

function notDirectory(destination: string, message: string): BakeError {
  return new BakeError(`Could not upload a directory to "${destination}": ${message}`, {
    code: "destination-not-directory",
    hint: "Set the destination to a directory. For a symbolic link in the container, set the target of the link, e.g. /usr/lib/ for /lib/.",
  });
}
