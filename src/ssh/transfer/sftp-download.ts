import type { FileEntry, SFTPWrapper, Stats } from "ssh2";
import type { TransferOptions } from "../../core/communicator.js";
import { outputTail } from "../../core/output.js";
import type { Connection } from "../connect/connection.js";
import { execCommand } from "../exec.js";
import { forEachPath } from "./download.js";
import { createLocalFile, makeLocalDirectory, pathBelow } from "./local-destination.js";
import { sftpPath, shellCommand } from "./remote-path.js";
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
    let received = 0;
    await fetchFile(sftp, { path: sftpPath(source), local: destination, mode: 0o644 }, (bytes) => {
      received += bytes;
      options.onProgress?.(received, undefined);
    });
  });
}

/** Downloads directories by SFTP, many files in parallel, as `downloadDirectory` does by tar. Throws a `BakeError`. */
export async function sftpDownloadDirectory(
  connection: Connection,
  source: string,
  destination: string,
  options: TransferOptions = {},
): Promise<void> {
  const roots = /[*?[]/.test(source) ? await namesOf(connection, source, options) : [sftpPath(source)];
  await withSftp(connection, options.signal, async (sftp) => {
    const files: RemoteFile[] = [];
    for (const root of roots) {
      const name = root.replace(/\/+$/, "").split("/").at(-1) ?? "";
      await collect(sftp, root.replace(/(?<=.)\/+$/, ""), pathBelow(destination, name), files);
    }
    let received = 0;
    await inParallel(files, (file) =>
      fetchFile(sftp, file, (bytes) => {
        received += bytes;
        options.onProgress?.(received, undefined);
      }),
    );
  });
}

/** A file to download: its path on the machine, its local path and its permission bits. */
interface RemoteFile {
  readonly path: string;
  readonly local: string;
  readonly mode: number;
}

/** Creates the local directories and lists the files to download. `stat` follows links. */
async function collect(sftp: SFTPWrapper, path: string, local: string, files: RemoteFile[]): Promise<void> {
  const stats = await promised<Stats>((done) => sftp.stat(path, done)).catch((cause: unknown) => {
    throw sftpFailed("download", path, cause);
  });
  if (stats.isFile()) files.push({ path, local, mode: stats.mode & 0o777 });
  if (!stats.isDirectory()) return;
  await makeLocalDirectory(local, (stats.mode & 0o777) | 0o700);
  const entries = await promised<FileEntry[]>((done) => sftp.readdir(path, done)).catch((cause: unknown) => {
    throw sftpFailed("download", path, cause);
  });
  for (const { filename } of entries) {
    if (filename !== "." && filename !== "..")
      await collect(sftp, `${path}/${filename}`, pathBelow(local, filename), files);
  }
}

async function fetchFile(
  sftp: SFTPWrapper,
  { path, local: destination, mode }: RemoteFile,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const stats = await promised<Stats>((done) => sftp.stat(path, done)).catch((cause: unknown) => {
    throw sftpFailed("download", path, cause);
  });
  if (stats.isDirectory()) throw directoryError(path, "source");
  const local = await createLocalFile(destination, mode);
  try {
    for await (const piece of contentOf(sftp, path)) {
      await local.write(piece);
      onBytes(piece.length);
    }
    await local.close();
  } catch (cause) {
    await local.discard();
    throw sftpFailed("download", path, cause);
  }
}

/** Bytes of one read, and number of parallel reads. */
const PIECE = 32_768;
const AHEAD = 64;

/** Yields a file's content in order, with read-ahead. */
async function* contentOf(sftp: SFTPWrapper, path: string): AsyncGenerator<Buffer> {
  const handle = await promised<Buffer>((done) => sftp.open(path, "r", done));
  try {
    const reads: { readonly at: number; readonly piece: Promise<Buffer> }[] = [];
    let next = 0;
    for (;;) {
      while (reads.length < AHEAD) {
        const piece = readAt(sftp, handle, next, PIECE);
        piece.catch(() => undefined);
        reads.push({ at: next, piece });
        next += PIECE;
      }
      const first = reads.shift();
      let piece = (await first?.piece) ?? Buffer.alloc(0);
      if (piece.length === 0) return;
      yield piece;
      // Servers may return fewer bytes than requested. Then the rest is requested.
      for (let got = piece.length; first && got < PIECE; got += piece.length) {
        piece = await readAt(sftp, handle, first.at + got, PIECE - got);
        if (piece.length === 0) return;
        yield piece;
      }
    }
  } finally {
    await promised((done) => sftp.close(handle, done)).catch(() => undefined);
  }
}

/** Returns up to `length` bytes; none at the end of the file. */
function readAt(sftp: SFTPWrapper, handle: Buffer, at: number, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.allocUnsafe(length);
    sftp.read(handle, buffer, 0, length, at, (error, bytes) => {
      const end = error !== undefined && error !== null && "code" in error && error.code === SFTP_EOF;
      if (error && !end) reject(error);
      else resolve(end ? Buffer.alloc(0) : buffer.subarray(0, bytes));
    });
  });
}

/** SSH_FX_EOF of the SFTP protocol. */
const SFTP_EOF = 1;

/** Returns the paths that a remote glob matches, expanded by the machine's shell. */
async function namesOf(connection: Connection, glob: string, options: TransferOptions): Promise<string[]> {
  const script = forEachPath(glob, `printf '%s\\0' "$f"`).join("\n");
  const names: Uint8Array[] = [];
  const complaints = outputTail();
  const result = await execCommand(connection, shellCommand(script), {
    signal: options.signal,
    onOutput: (chunk, stream) => (stream === "stdout" ? names.push(chunk) : complaints.push(chunk)),
  });
  if (result.status !== "exited" || result.code !== 0) {
    throw transferError("download", glob, result, complaints.text());
  }
  return Buffer.concat(names)
    .toString()
    .split("\0")
    .filter((name) => name !== "");
}
