import { statSync } from "node:fs";
import type { SFTPWrapper, Stats } from "ssh2";
import type { TransferOptions, UploadSource } from "../../core/communicator.js";
import type { Connection } from "../connect/connection.js";
import { type TreeEntry, uploadedName, walkTree } from "../tar/tree.js";
import { sftpPath } from "./remote-path.js";
import { inParallel, promised, withSftp } from "./sftp-session.js";
import { directoryError, missingDirectoryError, sftpFailed } from "./transfer-error.js";
import { type OpenedSource, openSource } from "./upload.js";

/** Bytes of one write, which every server supports. */
const PIECE = 32_768;
/** Number of parallel writes of one file. */
const AHEAD = 64;

/**
 * Modes of uploads. `exact`: those of the source, also of files that exist (Packer §4.4 with `ssh_file_transfer_method = "sftp"`).
 * `masked`: as with scp, without the bits of the server's umask, and existing files keep theirs. `none`: none are sent, for Windows, which
 * has no permission bits.
 */
export type SftpModes = "exact" | "masked" | "none";

/** Uploads one file by SFTP, as `uploadFile` does by `cat`, with exact modes by default. Throws a `BakeError`. */
export function sftpUploadFile(
  connection: Connection,
  source: UploadSource,
  destination: string,
  options: TransferOptions & { readonly modes?: SftpModes } = {},
): Promise<void> {
  const { modes = "exact" } = options;
  return withSftp(connection, options.signal, async (sftp) => {
    const path = sftpPath(destination);
    if ((await remoteStats(sftp, path))?.isDirectory()) throw directoryError(destination, "destination");
    const opened = await openSource(source);
    try {
      await writeFile(sftp, opened, { path, modes }, (sent) => options.onProgress?.(sent, opened.size));
    } catch (error) {
      throw sftpFailed("upload to", destination, error);
    } finally {
      await opened.close();
    }
  });
}

/**
 * Uploads a directory by SFTP, many files in parallel, by the slash rule of Packer §4.4. Existing directories keep their modes. Throws a
 * `BakeError`.
 */
export function sftpUploadDirectory(
  connection: Connection,
  source: string,
  destination: string,
  options: TransferOptions & { readonly modes: SftpModes },
): Promise<void> {
  const { modes } = options;
  return withSftp(connection, options.signal, async (sftp) => {
    const directories = directoryMaker(sftp, modes);
    const root = await prepareRoot(sftp, source, { path: sftpPath(destination), destination }, directories.make);
    const files: TreeEntry[] = [];
    for (const entry of walkTree(source)) {
      if (entry.kind === "file") files.push(entry);
      else await directories.make(below(root, entry), entry.mode);
    }
    let total = 0;
    await inParallel(files, async (entry) => {
      const opened = await openSource({ from: "file", path: entry.path.toString() });
      let before = 0;
      try {
        await writeFile(sftp, opened, { path: below(root, entry), modes }, (sent) => {
          total += sent - before;
          before = sent;
          options.onProgress?.(total, undefined);
        });
      } catch (error) {
        throw sftpFailed("upload to", below(root, entry), error);
      } finally {
        await opened.close();
      }
    });
    await directories.finish();
  });
}

function below(root: string, entry: TreeEntry): string {
  return `${root}/${entry.name}`;
}

async function prepareRoot(
  sftp: SFTPWrapper,
  source: string,
  { path, destination }: { readonly path: string; readonly destination: string },
  make: (path: string, mode: number) => Promise<void>,
): Promise<string> {
  const exists = (await remoteStats(sftp, path))?.isDirectory() ?? false;
  const name = uploadedName(source);
  if (name === undefined) {
    if (!exists) throw missingDirectoryError(destination);
    return path;
  }
  const root = exists ? `${path}/${name}` : path;
  try {
    await make(root, statSync(source).mode & 0o777);
  } catch (error) {
    throw sftpFailed("upload to", destination, error);
  }
  return root;
}

/**
 * Returns a function that makes a directory if it does not exist; an existing one keeps its mode. New ones are writable until `finish`, so
 * that files can be put into them.
 */
function directoryMaker(
  sftp: SFTPWrapper,
  modes: SftpModes,
): { make(path: string, mode: number): Promise<void>; finish(): Promise<void> } {
  const made: { readonly path: string; readonly mode: number }[] = [];
  return {
    async make(path, mode) {
      if ((await remoteStats(sftp, path))?.isDirectory()) return;
      if (modes === "none") return promised((done) => sftp.mkdir(path, done));
      const open = mode | 0o700;
      await promised((done) => sftp.mkdir(path, { mode: open }, done));
      const given = modes === "exact" ? open : ((await remoteStats(sftp, path))?.mode ?? open) & 0o777;
      made.push({ path, mode: modes === "exact" ? mode : given & mode });
    },
    async finish() {
      // Children first: a directory can lose the right to reach its children.
      for (const { path, mode } of made.reverse()) await promised((done) => sftp.chmod(path, mode, done));
    },
  };
}

async function remoteStats(sftp: SFTPWrapper, path: string): Promise<Stats | undefined> {
  return promised<Stats>((done) => sftp.stat(path, done)).catch(() => undefined);
}

/** Writes a file with the mode of its source. `onSent` gets the bytes that the server has acknowledged so far. */
async function writeFile(
  sftp: SFTPWrapper,
  source: OpenedSource,
  { path, modes }: { readonly path: string; readonly modes: SftpModes },
  onSent: (sent: number) => void,
): Promise<void> {
  const existed = (await remoteStats(sftp, path)) !== undefined;
  // The server applies its umask to the mode of `open`.
  const first = modes === "none" ? {} : { mode: modes === "exact" ? 0o600 : source.mode };
  const handle = await promised<Buffer>((done) => sftp.open(path, "w", first, done));
  try {
    let position = 0;
    let acknowledged = 0;
    const underWay = new Set<Promise<void>>();
    for await (const bytes of source.bytes(() => undefined)) {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = 0; at < buffer.length; at += PIECE) {
        const length = Math.min(PIECE, buffer.length - at);
        const offset = at;
        const target = position;
        const write = promised((done) => sftp.write(handle, buffer, offset, length, target, done)).then(() => {
          acknowledged += length;
          underWay.delete(write);
          onSent(acknowledged);
        });
        write.catch(() => undefined);
        underWay.add(write);
        position += length;
        if (underWay.size >= AHEAD) await Promise.race(underWay);
      }
    }
    await Promise.all(underWay);
    if (modes !== "exact") return;
    const chmod = promised((done) => sftp.fchmod(handle, source.mode, done));
    await (existed ? chmod.catch(() => undefined) : chmod);
  } finally {
    await promised((done) => sftp.close(handle, done)).catch(() => undefined);
  }
}
