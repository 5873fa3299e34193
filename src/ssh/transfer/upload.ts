import { statSync } from "node:fs";
import { open } from "node:fs/promises";
import type { TransferOptions, UploadSource } from "../../core/communicator.js";
import { BakeError } from "../../core/errors.js";
import { describeFileError } from "../../core/file-error.js";
import { outputTail } from "../../core/output.js";
import { shellQuote } from "../../core/text.js";
import type { Connection } from "../connect/connection.js";
import { execCommand } from "../exec.js";
import { uploadedName, walkTree } from "../tar/tree.js";
import { tarArchive } from "../tar/writer.js";
import { assignPath, shellCommand } from "./remote-path.js";
import { IS_DIRECTORY, NO_DIRECTORY, NO_TAR, transferError } from "./transfer-error.js";

/** Bytes of one read of a file. */
const PIECE = 1 << 20;

/**
 * Uploads one file through `cat` to the path `destination` with the source's mode (Packer §4.4). A destination that is a directory is an
 * error. Throws a `BakeError`.
 */
export async function uploadFile(
  connection: Connection,
  source: UploadSource,
  destination: string,
  options: TransferOptions = {},
): Promise<void> {
  const opened = await openSource(source);
  const complaints = outputTail();
  try {
    const script = [
      assignPath("f", destination),
      `[ -d "$f" ] && exit ${IS_DIRECTORY}`,
      'old=; [ -e "$f" ] && old=1',
      "umask 077",
      'cat > "$f" || exit 1',
      // A device keeps its mode, and so does a file of another user.
      `[ -f "$f" ] || exit 0; chmod ${opened.mode.toString(8)} "$f" 2>/dev/null || [ -n "$old" ]`,
    ].join("\n");
    const result = await execCommand(connection, shellCommand(script), {
      signal: options.signal,
      stdin: opened.bytes((sent) => options.onProgress?.(sent, opened.size)),
      onOutput: (chunk, stream) => stream === "stderr" && complaints.push(chunk),
    });
    if (result.status !== "exited" || result.code !== 0) {
      throw transferError("upload to", destination, result, complaints.text());
    }
  } finally {
    await opened.close();
  }
}

/** An open source: its mode, size and content. */
export interface OpenedSource {
  readonly mode: number;
  readonly size: number;
  bytes(onSent: (sent: number) => void): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

export async function openSource(source: UploadSource): Promise<OpenedSource> {
  if (source.from === "memory") {
    const { content, mode } = source;
    return {
      mode,
      size: content.length,
      async *bytes(onSent) {
        yield content;
        onSent(content.length);
      },
      close: async () => undefined,
    };
  }
  const file = await open(source.path, "r").catch((cause: unknown) => {
    throw unreadable(source.path, cause);
  });
  const stats = await file.stat();
  return {
    mode: stats.mode & 0o777,
    size: stats.size,
    async *bytes(onSent) {
      for (let sent = 0; ; ) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE)).catch((cause: unknown) => {
          throw unreadable(source.path, cause);
        });
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
        sent += bytesRead;
        onSent(sent);
      }
    },
    close: () => file.close(),
  };
}

/**
 * Uploads a directory as one tar stream, by the slash rule of Packer §4.4. Existing directories on the machine keep their modes, and links
 * to directories stay links. Returns `no-tar` when the machine has no tar; then nothing was uploaded. Throws a `BakeError`.
 */
export async function uploadDirectory(
  connection: Connection,
  source: string,
  destination: string,
  options: TransferOptions = {},
): Promise<"sent" | "no-tar"> {
  const complaints = outputTail();
  const result = await execCommand(connection, shellCommand(unpackScript(source, destination)), {
    signal: options.signal,
    stdin: tarArchive(walkTree(source), (bytes) => options.onProgress?.(bytes, undefined)),
    onOutput: (chunk) => complaints.push(chunk),
  });
  if (result.status === "exited" && result.code === 0) return "sent";
  if (result.status === "exited" && result.code === NO_TAR) return "no-tar";
  throw transferError("upload to", destination, result, complaints.text());
}

function unpackScript(source: string, destination: string): string {
  const name = uploadedName(source);
  const mode = (directoryMode(source) & 0o777).toString(8);
  return [
    `command -v tar >/dev/null 2>&1 || exit ${NO_TAR}`,
    assignPath("d", destination),
    "new=",
    ...(name === undefined
      ? [`[ -d "$d" ] || exit ${NO_DIRECTORY}`]
      : [
          // As scp does: below the destination if it exists, else as the destination.
          `if [ -d "$d" ]; then d="$d"/${shellQuote(name)}; fi`,
          `[ -d "$d" ] || { [ -d "$(dirname "$d")" ] || exit ${NO_DIRECTORY}; mkdir "$d" || exit 1; new=1; }`,
        ]),
    'CDPATH= cd "$d" || exit 1',
    // An empty umask gives exact modes. Options of GNU tar, else of BusyBox, keep the modes of existing directories.
    "umask 0",
    "knows() { tar -cf /dev/null $1 /dev/null </dev/null >/dev/null 2>&1; }",
    "o=",
    'for x in --no-overwrite-dir --keep-directory-symlink; do knows $x && o="$o $x"; done',
    '[ -n "$o" ] || ! knows --no-same-permissions || o=--no-same-permissions',
    "tar -xmof - $o; s=$?",
    `[ $s != 0 ] || [ -z "$new" ] || chmod ${mode} . || exit 1`,
    "exit $s",
  ].join("\n");
}

function directoryMode(source: string): number {
  try {
    return statSync(source).mode;
  } catch (cause) {
    throw unreadable(source, cause);
  }
}

function unreadable(path: string, cause: unknown): BakeError {
  return new BakeError(`Could not read "${path}": ${describeFileError(cause)}`, { code: "upload-source", cause });
}
