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

/** Uploads one file by SFTP, as `uploadFile` does by `cat`. Throws a `BakeError`. */
export function sftpUploadFile(
  connection: Connection,
  source: UploadSource,
  destination: string,
  options: TransferOptions = {},
): Promise<void> {
  return withSftp(connection, options.signal, async (sftp) => {
    const path = sftpPath(destination);
    if ((await remoteStats(sftp, path))?.isDirectory()) throw directoryError(destination, "destination");
    const opened = await openSource(source);
    try {
      await writeFile(sftp, opened, path, (sent) => options.onProgress?.(sent, opened.size));
    } catch (error) {
      throw sftpFailed("upload to", destination, error);
    } finally {
      await opened.close();
    }
  });
}

/** Uploads a directory by SFTP, many files in parallel, by the slash rule of Packer §4.4. Throws a `BakeError`. */
export function sftpUploadDirectory(
  connection: Connection,
  source: string,
  destination: string,
  options: TransferOptions = {},
): Promise<void> {
  return withSftp(connection, options.signal, async (sftp) => {
    const root = await prepareRoot(sftp, source, sftpPath(destination), destination);
    const files: TreeEntry[] = [];
    for (const entry of walkTree(source)) {
      if (entry.kind === "file") files.push(entry);
      else await makeDirectory(sftp, below(root, entry), entry.mode);
    }
    let total = 0;
    await inParallel(files, async (entry) => {
      const opened = await openSource({ from: "file", path: entry.path.toString() });
      let before = 0;
      try {
        await writeFile(sftp, opened, below(root, entry), (sent) => {
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
  });
}

function below(root: string, entry: TreeEntry): string {
  return `${root}/${entry.name}`;
}

async function prepareRoot(sftp: SFTPWrapper, source: string, path: string, destination: string): Promise<string> {
  const exists = (await remoteStats(sftp, path))?.isDirectory() ?? false;
  const name = uploadedName(source);
  if (name === undefined) {
    if (!exists) throw missingDirectoryError(destination);
    return path;
  }
  const root = exists ? `${path}/${name}` : path;
  try {
    await makeDirectory(sftp, root, statSync(source).mode & 0o777);
  } catch (error) {
    throw sftpFailed("upload to", destination, error);
  }
  return root;
}

/** Creates a directory if it does not exist. An existing one keeps its mode. */
async function makeDirectory(sftp: SFTPWrapper, path: string, mode: number): Promise<void> {
  if ((await remoteStats(sftp, path))?.isDirectory()) return;
  await promised((done) => sftp.mkdir(path, { mode }, done));
  await promised((done) => sftp.chmod(path, mode, done));
}

async function remoteStats(sftp: SFTPWrapper, path: string): Promise<Stats | undefined> {
  return promised<Stats>((done) => sftp.stat(path, done)).catch(() => undefined);
}

/** Writes a file with the mode of its source. `onSent` gets the bytes that the server has acknowledged so far. */
async function writeFile(
  sftp: SFTPWrapper,
  source: OpenedSource,
  path: string,
  onSent: (sent: number) => void,
): Promise<void> {
  const existed = (await remoteStats(sftp, path)) !== undefined;
  const handle = await promised<Buffer>((done) => sftp.open(path, "w", { mode: 0o600 }, done));
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
    const chmod = promised((done) => sftp.fchmod(handle, source.mode, done));
    await (existed ? chmod.catch(() => undefined) : chmod);
  } finally {
    await promised((done) => sftp.close(handle, done)).catch(() => undefined);
  }
}
