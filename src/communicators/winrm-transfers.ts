import { basename } from "node:path";
import type { Communicator, FileUpload, TransferOptions, UploadSource } from "../core/communicator.js";
import { BakeError } from "../core/errors.js";
import type { Surroundings } from "../core/surroundings.js";
import { uploadedName, walkTree } from "../ssh/tar/tree.js";
import {
  createLocalFile,
  fillFile,
  type LocalFile,
  localTree,
  makeLocalDirectory,
} from "../ssh/transfer/local-destination.js";
import { nameCounter, receivedParts } from "../ssh/transfer/received-name.js";
import { openSource } from "../ssh/transfer/upload.js";
import type { WinrmClient } from "../winrm/client.js";
import { listDirectory, receiveFile } from "../winrm/transfer/download.js";
import type { SentEntry } from "../winrm/transfer/stream.js";
import { winrmUploads } from "../winrm/transfer/upload.js";
import { logTransfer } from "./transfer-log.js";

type Transfers = Pick<
  Communicator,
  "uploadFile" | "uploadFiles" | "uploadDirectory" | "downloadFile" | "downloadDirectory"
>;

/** Modes of local files: Windows has none to copy. */
const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

/** Returns the transfers of a machine with Windows. */
export function winrmTransfers(
  client: WinrmClient,
  { clock, debug, ids }: Pick<Surroundings, "clock" | "debug" | "ids">,
): Transfers {
  const uploads = winrmUploads(client, { uuid: ids.uuid });
  const log = { debug, clock };
  const upload = async (
    entries: readonly SentEntry[],
    destination: string,
    { signal, onProgress }: TransferOptions,
    total: number | undefined,
  ) =>
    uploads.send(entries, destination, {
      signal: signal ?? new AbortController().signal,
      onSent: (bytes) => onProgress?.(bytes, total),
    });

  const uploadFiles = async (
    files: readonly FileUpload[],
    options: TransferOptions,
  ): Promise<"PowerShell" | "echo"> => {
    const entries: SentEntry[] = [];
    let total = 0;
    for (const { source, destination } of files) {
      total += await sizeOf(source);
      const path = windowsPath(destination, source.from === "file" ? source.path : undefined);
      entries.push({ kind: "file", path, content: () => contentOf(source) });
    }
    return upload(entries, files[0]?.destination ?? "", options, total);
  };

  return {
    uploadFile: (source, destination, options) =>
      logTransfer(log, { direction: "Upload", source, destination }, options, (counted) =>
        uploadFiles([{ source, destination }], counted),
      ),
    async uploadFiles(files, options) {
      const [first] = files;
      if (!first) return;
      await logTransfer(log, { direction: "Upload", ...first }, options, (counted) => uploadFiles(files, counted));
    },
    uploadDirectory: (source, destination, options) =>
      logTransfer(log, { direction: "Upload", source, destination }, options, (counted) =>
        upload(treeEntries(source, destination), destination, counted, undefined),
      ),
    downloadFile: (source, destination, options) =>
      logTransfer(log, { direction: "Download", source, destination }, options, async (counted) => {
        await downloadFile(client, source, destination, counted);
        return "PowerShell";
      }),
    downloadDirectory: (source, destination, options) =>
      logTransfer(log, { direction: "Download", source, destination }, options, async (counted) => {
        await downloadDirectory(client, source, destination, counted);
        return "PowerShell";
      }),
  };
}

/** Returns the size of a source in bytes. Throws a `BakeError` if it cannot be read. */
async function sizeOf(source: UploadSource): Promise<number> {
  const opened = await openSource(source);
  await opened.close();
  return opened.size;
}

/** Returns the content of a source. It is opened at each call: the content is read twice. */
async function* contentOf(source: UploadSource): AsyncGenerator<Uint8Array> {
  const opened = await openSource(source);
  try {
    yield* opened.bytes(() => undefined);
  } finally {
    await opened.close();
  }
}

/** Returns the entries of a directory, by the slash rule of Packer §4.4. Names are those of Windows. */
function treeEntries(source: string, destination: string): readonly SentEntry[] {
  const name = uploadedName(source);
  const base = destination.replace(/[\\/]+$/, "");
  const root = name === undefined ? base : `${base}/${name}`;
  const entries: SentEntry[] = [{ kind: "directory", path: windowsPath(root) }];
  for (const entry of walkTree(source)) {
    const path = windowsPath(`${root}/${checkedName(entry.name.toString("utf8"), source)}`);
    const local = entry.path.toString();
    if (entry.kind === "directory") entries.push({ kind: "directory", path });
    else entries.push({ kind: "file", path, content: () => contentOf({ from: "file", path: local }) });
  }
  return entries;
}

/** Throws a `BakeError` for a name that Windows does not have. */
function checkedName(name: string, source: string): string {
  const refused = /[\u0000-\u001f<>:"|?*\\]|[. ](?:\/|$)/.test(name);
  if (!refused) return name;
  throw new BakeError(`Windows cannot store this name of "${source}": ${JSON.stringify(name)}`, {
    code: "upload-source",
    hint: 'Rename the file: Windows refuses < > : " | ? * \\ and names that end in a dot or a space.',
  });
}

/** Returns a path for Windows. One that ends in a slash gets the name of the local file. Throws a `BakeError` for control characters. */
function windowsPath(path: string, local?: string): string {
  if (/[\u0000-\u001f]/.test(path)) {
    throw new BakeError(`The destination has a control character: ${JSON.stringify(path)}`, {
      code: "destination-invalid",
      hint: "In JSON and HCL, write a backslash in a path twice, or use slashes.",
    });
  }
  const whole = /[\\/]$/.test(path) && local !== undefined ? path + basename(local) : path;
  return whole.replaceAll("/", "\\").replace(/^(["'])(.*)\1$/, "$2");
}

async function downloadFile(
  client: WinrmClient,
  source: string,
  destination: string,
  options: TransferOptions,
): Promise<void> {
  const receive = receiver(client, options);
  await fillFile(await createLocalFile(destination, FILE_MODE), (file) => receive(source, file));
}

/** Returns a function that downloads one file of the machine after the other, and reports the bytes of all. */
function receiver(client: WinrmClient, { signal = new AbortController().signal, onProgress }: TransferOptions) {
  let bytes = 0;
  return (source: string, file: LocalFile): Promise<void> =>
    receiveFile(client, source, {
      signal,
      async write(piece) {
        await file.write(piece);
        bytes += piece.length;
        onProgress?.(bytes, undefined);
      },
    });
}

/** A directory of the machine, what to download of it, and the directory that is made for it below the destination. */
interface DownloadedDirectory {
  readonly path: string;
  readonly pattern: string;
  readonly below: readonly string[];
}

/** Returns what a source names: the content of a directory with a slash at its end, the files of a pattern, or a directory itself. */
function downloadedDirectory(source: string): DownloadedDirectory {
  const path = source.replace(/[\\/]+$/, "");
  if (!/[*?]/.test(path)) {
    return { path, pattern: "*", below: path === source ? [latin1(path.split(/[\\/]/).at(-1) ?? "")] : [] };
  }
  const [, directory = ".", pattern = path] = /^(.*)[\\/](.*)$/s.exec(path) ?? [];
  if (/[*?]/.test(directory)) {
    throw new BakeError(`A pattern in the name of a directory is not supported by WinRM: "${source}"`, {
      code: "download-pattern",
      hint: "Use * and ? only after the last slash, or copy the files into one directory with a powershell provisioner.",
    });
  }
  return { path: directory, pattern, below: [] };
}

/** Downloads a directory, its content, or the files that match a pattern. */
async function downloadDirectory(
  client: WinrmClient,
  source: string,
  destination: string,
  options: TransferOptions,
): Promise<void> {
  const signal = options.signal ?? new AbortController().signal;
  const { path, pattern, below } = downloadedDirectory(source);
  const listed = await listDirectory(client, { path, pattern }, signal);
  if (listed.length === 0 && pattern !== "*") {
    throw new BakeError(`No file on the machine matches "${source}"`, {
      code: "download-missing",
      hint: "Check the path, and whether an earlier provisioner creates it.",
    });
  }
  await makeLocalDirectory(destination);
  const tree = localTree(destination);
  const count = nameCounter();
  const receive = receiver(client, options);
  for (const { kind, name } of listed) {
    count(name);
    const parts = [...below, ...receivedParts(Buffer.from(name))];
    if (kind === "directory") {
      await tree.directory(parts, DIRECTORY_MODE);
      continue;
    }
    const remote = `${path}\\${name.replaceAll("/", "\\")}`;
    await fillFile(await tree.file(parts, FILE_MODE), (file) => receive(remote, file));
  }
}

function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}
