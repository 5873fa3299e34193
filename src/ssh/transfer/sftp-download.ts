import type { SFTPWrapper, Stats } from "ssh2";
import type { TransferOptions } from "../../core/communicator.js";
import { limitedOutput, outputTail } from "../../core/output.js";
import type { Connection } from "../connect/connection.js";
import { runScript } from "../script.js";
import { type DirectoryOptions, forEachPath } from "./download.js";
import { createLocalFile, type LocalFile, localTree, makeLocalDirectory } from "./local-destination.js";
import { LARGEST_LISTING, nameCounter, receivedParts } from "./received-name.js";
import { sftpPath } from "./remote-path.js";
import { isGlob, requestedName, requestedNames } from "./requested-names.js";
import { matchingPaths, type NamesContext, namesIn } from "./sftp-names.js";
import { contentOf, type ReadBudget, readBudget } from "./sftp-read.js";
import { inParallel, promised, withSftp } from "./sftp-session.js";
import { directoryError, sftpFailed, transferError } from "./transfer-error.js";

/** Downloads one file by SFTP, as `downloadFile` does by `cat`. Throws a `BakeError`. */
export function sftpDownloadFile(
  connection: Connection,
  source: string,
  destination: string,
  options: TransferOptions = {},
): Promise<void> {
  return withSftp(connection, options.signal, async (sftp) => {
    const path = sftpPath(source);
    const stats = await remoteStats(sftp, path);
    if (stats.isDirectory()) throw directoryError(path, "source");
    const local = await createLocalFile(destination, 0o644);
    await copyContent(readingOf(sftp, options), { path, size: stats.size }, local);
  });
}

/** Options of downloads of directories by SFTP. */
export interface SftpDirectoryOptions extends DirectoryOptions {
  /** What expands a glob: the machine's shell, or the listings of the directories. */
  readonly globs: "shell" | "listings";
}

/**
 * Downloads directories by SFTP, many files in parallel, as `downloadDirectory` does by tar. All names are listed and checked before the
 * first is written. Throws a `BakeError`.
 */
export async function sftpDownloadDirectory(
  connection: Connection,
  source: string,
  destination: string,
  options: SftpDirectoryOptions,
): Promise<void> {
  const expanded = isGlob(source) && options.globs === "shell" ? await namesOf(connection, source, options) : undefined;
  const check = requestedNames(source, options.user);
  await withSftp(connection, options.signal, async (sftp) => {
    const entries: RemoteEntry[] = [];
    const onEntry = (entry: RemoteEntry) => {
      check(entry.parts);
      entries.push(entry);
    };
    const listing = { sftp, count: nameCounter(), onEntry, onWarning: options.onWarning };
    const roots = expanded ?? (isGlob(source) ? await matchingPaths(listing, source) : [sftpPath(source)]);
    for (const root of roots) {
      const name = requestedName(isGlob(source) ? root : source, options.user);
      const parts = name === undefined ? [] : receivedParts(Buffer.from(name));
      await collect(listing, root.replace(/(?<=.)\/+$/, ""), parts);
    }
    await makeLocalDirectory(destination);
    const tree = localTree(destination);
    for (const { kind, parts, mode } of entries) if (kind === "directory") await tree.directory(parts, mode);
    const reading = readingOf(sftp, options);
    await inParallel(entries, async (entry) => {
      if (entry.kind === "file") await copyContent(reading, entry, await tree.file(entry.parts, entry.mode));
    });
  });
}

/** A file or directory to download: its path on the machine, its path below the destination, and its permission bits. */
interface RemoteEntry {
  readonly kind: "file" | "directory";
  readonly path: string;
  readonly parts: readonly string[];
  readonly mode: number;
  readonly size: number;
}

interface ListingContext extends NamesContext {
  readonly onEntry: (entry: RemoteEntry) => void;
  readonly onWarning: TransferOptions["onWarning"];
}

/** Lists a path and everything below it. `stat` follows links. */
async function collect(context: ListingContext, path: string, parts: readonly string[]): Promise<void> {
  const stats = await remoteStats(context.sftp, path);
  const entry = { path, parts, mode: stats.mode & 0o777, size: stats.size };
  if (stats.isFile()) return context.onEntry({ kind: "file", ...entry });
  if (stats.isSocket()) return context.onWarning?.(`Download of "${path}": socket ignored`);
  if (!stats.isDirectory()) throw sftpFailed("download", path, new Error("is neither a file nor a directory"));
  context.onEntry({ kind: "directory", ...entry });
  for (const name of await namesIn(context, path)) {
    await collect(context, path === "/" ? `/${name}` : `${path}/${name}`, [
      ...parts,
      ...receivedParts(Buffer.from(name)),
    ]);
  }
}

async function remoteStats(sftp: SFTPWrapper, path: string): Promise<Stats> {
  return promised<Stats>((done) => sftp.stat(path, done)).catch((cause: unknown) => {
    throw sftpFailed("download", path, cause);
  });
}

interface Reading {
  readonly sftp: SFTPWrapper;
  readonly budget: ReadBudget;
  readonly onBytes: (bytes: number) => void;
  readonly onWarning: TransferOptions["onWarning"];
}

/** Copies a file's content. Throws a `BakeError` when fewer bytes arrive than the file has. */
async function copyContent(
  { sftp, budget, onBytes, onWarning }: Reading,
  { path, size }: { readonly path: string; readonly size: number },
  local: LocalFile,
): Promise<void> {
  try {
    let received = 0;
    for await (const piece of contentOf(sftp, { path, size }, budget)) {
      await local.write(piece);
      received += piece.length;
      onBytes(piece.length);
    }
    if (received < size) {
      if ((await remoteStats(sftp, path)).size > received) throw new Error(`${received} of ${size} bytes arrived`);
      onWarning?.(`Download of "${path}": file shrank by ${size - received} bytes`);
    }
    await local.close();
  } catch (cause) {
    await local.discard();
    throw sftpFailed("download", path, cause);
  }
}

function readingOf(sftp: SFTPWrapper, { onProgress, onWarning }: TransferOptions): Reading {
  let received = 0;
  const onBytes = (bytes: number) => {
    received += bytes;
    onProgress?.(received, undefined);
  };
  return { sftp, budget: readBudget(), onBytes, onWarning };
}

/** Returns the paths that a remote glob matches, expanded by the machine's shell. */
async function namesOf(connection: Connection, glob: string, options: TransferOptions): Promise<string[]> {
  const script = forEachPath(glob, `printf '%s\\0' "$f"`).join("\n");
  const names = limitedOutput(LARGEST_LISTING, options.signal, () =>
    sftpFailed("download", glob, new Error("the names that match are too long")),
  );
  const complaints = outputTail();
  const result = await runScript(connection, script, {
    signal: names.signal,
    onOutput: (chunk, stream) => (stream === "stdout" ? names : complaints).push(chunk),
  });
  if (result.status !== "exited" || result.code !== 0) {
    throw transferError("download", glob, result, complaints.text());
  }
  return names
    .text()
    .split("\0")
    .filter((name) => name !== "");
}
