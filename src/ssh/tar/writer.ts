import { closeSync, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { open } from "node:fs/promises";
import { BakeError } from "../../core/errors.js";
import { describeFileError } from "../../core/file-error.js";
import { BLOCK, blocks, TAR_DIRECTORY, TAR_FILE, type TarOwnership, tarEnd, tarHeader } from "./header.js";
import type { TreeEntry } from "./tree.js";

/** Bytes of a chunk. */
const PIECE = 1 << 20;
/** Files up to this size are read at once into the chunk. */
const SMALL = PIECE / 4;
/** Size of the buffer: a chunk, one more small file and its headers. A name has at most 4096 bytes on Linux. */
const ROOM = PIECE + SMALL + 32 * BLOCK;

/**
 * What an archive says of its members. Without `ownership`, it has no owner and no time: the user who unpacks the files owns them. `mask`:
 * permission bits that no member has.
 */
export interface MemberOptions {
  readonly ownership?: TarOwnership | undefined;
  readonly mask?: number;
}

/**
 * Yields a tar archive of the entries in chunks of about 1 MiB. `onBytes` gets the bytes of content read so far. Throws a `BakeError` when a file cannot be read or changes
 * while it is read.
 *
 * Small files are read synchronously into the chunk. For thousands of files this is several times faster than using the thread pool for
 * each open, read and close. A chunk takes a few milliseconds.
 */
export async function* tarArchive(
  entries: Iterable<TreeEntry>,
  onBytes: (total: number) => void = () => undefined,
  options: MemberOptions = {},
): AsyncGenerator<Buffer> {
  let total = 0;
  let piece = Buffer.allocUnsafe(ROOM);
  let used = 0;
  for (const entry of entries) {
    const added =
      entry.kind === "directory"
        ? addDirectory(entry, piece, used, options)
        : addSmallFile(entry, piece, used, options);
    if (added) {
      used = added.end;
      total += added.size;
    }
    if (used >= PIECE || (used > 0 && !added)) {
      yield piece.subarray(0, used);
      onBytes(total);
      piece = Buffer.allocUnsafe(ROOM);
      used = 0;
    }
    if (added) continue;
    for await (const { bytes, size } of largeFile(entry, options)) {
      yield bytes;
      total += size;
      onBytes(total);
    }
  }
  yield Buffer.concat([piece.subarray(0, used), tarEnd()]);
  onBytes(total);
}

/** A member in a chunk: its end, and its bytes of content. */
interface Added {
  readonly end: number;
  readonly size: number;
}

function addDirectory(entry: TreeEntry, piece: Buffer, at: number, options: MemberOptions): Added {
  const name = Buffer.concat([entry.name, Buffer.from("/")]);
  const mode = masked(entry.mode, options);
  const header = tarHeader({ name, type: TAR_DIRECTORY, mode, size: 0, ownership: options.ownership });
  piece.set(header, at);
  return { end: at + header.length, size: 0 };
}

/** Returns undefined for files that are not small. */
function addSmallFile(entry: TreeEntry, piece: Buffer, at: number, options: MemberOptions): Added | undefined {
  const file = reading(entry, () => openSync(entry.path, "r"));
  try {
    const stats = fstatSync(file);
    const { size } = stats;
    if (size > SMALL) return undefined;
    const header = fileHeader(entry, stats, options);
    const start = at + header.length;
    piece.set(header, at);
    for (let got = 0; got < size; ) {
      const count = reading(entry, () => readSync(file, piece, start + got, size - got, null));
      if (count === 0) throw shortened(entry);
      got += count;
    }
    const end = start + blocks(size);
    piece.fill(0, start + size, end);
    return { end, size };
  } finally {
    closeSync(file);
  }
}

async function* largeFile(
  entry: TreeEntry,
  options: MemberOptions,
): AsyncGenerator<{ readonly bytes: Buffer; readonly size: number }> {
  const file = await open(entry.path, "r").catch((cause: unknown) => {
    throw unreadable(entry, cause);
  });
  try {
    const stats = await file.stat();
    yield { bytes: fileHeader(entry, stats, options), size: 0 };
    for (let left = stats.size; left > 0; ) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(PIECE, left)));
      if (bytesRead === 0) throw shortened(entry);
      left -= bytesRead;
      yield { bytes: buffer.subarray(0, bytesRead), size: bytesRead };
    }
    yield { bytes: Buffer.alloc(blocks(stats.size) - stats.size), size: 0 };
  } finally {
    await file.close();
  }
}

function fileHeader(entry: TreeEntry, stats: Stats, options: MemberOptions): Buffer {
  const { ownership } = options;
  const mode = masked(stats.mode, options);
  return tarHeader({ name: entry.name, type: TAR_FILE, mode, size: stats.size, ownership });
}

function masked(mode: number, { mask = 0 }: MemberOptions): number {
  return mode & 0o777 & ~mask;
}

function reading<T>(entry: TreeEntry, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw unreadable(entry, cause);
  }
}

function unreadable(entry: TreeEntry, cause: unknown): BakeError {
  return new BakeError(`Could not read "${entry.path}": ${describeFileError(cause)}`, {
    code: "upload-source",
    cause,
  });
}

function shortened(entry: TreeEntry): BakeError {
  return new BakeError(`"${entry.path}" became shorter during the upload`, {
    code: "upload-source",
    hint: "Finish writing the files before the build starts.",
  });
}
