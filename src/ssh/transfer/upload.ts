import { statSync } from "node:fs";
import { open } from "node:fs/promises";
import type { TransferOptions, UploadSource } from "../../core/communicator.js";
import { BakeError } from "../../core/errors.js";
import { describeFileError } from "../../core/file-error.js";
import { outputTail } from "../../core/output.js";
import { shellQuote } from "../../core/text.js";
import type { Connection } from "../connect/connection.js";
import { runScript } from "../script.js";
import { uploadedName, walkTree } from "../tar/tree.js";
import { tarArchive } from "../tar/writer.js";
import { assignPath } from "./remote-path.js";
import { IS_DIRECTORY, NO_DIRECTORY, NO_TAR, transferError } from "./transfer-error.js";

/** Bytes of one read of a file. */
const PIECE = 1 << 20;

/**
 * Uploads one file through `cat` to the path `destination`. The mode is as with scp (Packer §4.4): that of the source without the bits of the
 * machine's umask for a new file; an existing file keeps its own. A destination that is a directory is an error. Throws a `BakeError`.
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
      // Nobody else can read the file before it has its mode.
      "mask=$(umask); umask 077",
      'cat > "$f" || exit 1',
      // A device keeps its mode. Only the owner of a file can change its mode.
      '[ -f "$f" ] || exit 0',
      opened.exactMode
        ? `chmod ${opened.mode.toString(8)} "$f" 2>/dev/null || [ -n "$old" ]`
        : `[ -n "$old" ] || chmod ${maskedMode(opened.mode)} "$f"`,
    ].join("\n");
    const result = await runScript(connection, script, {
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

/** Returns a word of the script: `mode` without the bits of `$mask`, in octal. */
function maskedMode(mode: number): string {
  return `"$(printf %o "$((0${mode.toString(8)} & ~0$mask))")"`;
}

/** An open source: its mode, size and content. `exactMode`: the umask of the machine does not apply. */
export interface OpenedSource {
  readonly mode: number;
  readonly exactMode: boolean;
  readonly size: number;
  bytes(onSent: (sent: number) => void): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

export async function openSource(source: UploadSource): Promise<OpenedSource> {
  if (source.from === "memory") {
    const { content, mode, exactMode = false } = source;
    return {
      mode,
      exactMode,
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
    exactMode: false,
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
 * Uploads a directory as one tar stream, by the slash rule of Packer §4.4. New files and directories have the modes of the source without the
 * bits of the machine's umask, as with scp. Existing directories on the machine keep their modes, and links to directories stay links.
 * Returns `no-tar` when the machine has no tar; then nothing was uploaded. Throws a `BakeError`.
 */
export async function uploadDirectory(
  connection: Connection,
  source: string,
  destination: string,
  options: TransferOptions = {},
): Promise<"sent" | "no-tar"> {
  const complaints = outputTail();
  const umask = umaskReader();
  async function* archive(): AsyncGenerator<Uint8Array> {
    const mask = await umask.found;
    yield* tarArchive(walkTree(source), (bytes) => options.onProgress?.(bytes, undefined), { mask });
  }
  const result = await runScript(connection, unpackScript(source, destination), {
    signal: options.signal,
    stdin: archive(),
    onOutput: (chunk, stream) => (stream === "stdout" ? umask.push(chunk) : complaints.push(chunk)),
  });
  if (result.status === "exited" && result.code === 0) return "sent";
  if (result.status === "exited" && result.code === NO_TAR) return "no-tar";
  throw transferError("upload to", destination, result, complaints.text());
}

/** The line on which the script prints the umask of the login. Anything before it is output of the login's startup files. */
const UMASK_LINE = /bake-ami:umask ([0-7]{1,4})\n/;

/** Reads the umask from the script's output. The archive is made with it, because tar does not apply it for root. */
function umaskReader(): { readonly found: Promise<number>; push(chunk: Uint8Array): void } {
  const text = outputTail();
  let resolve: (mask: number) => void = () => undefined;
  const found = new Promise<number>((settle) => {
    resolve = settle;
  });
  return {
    found,
    push(chunk) {
      text.push(chunk);
      const match = UMASK_LINE.exec(text.text());
      if (match) resolve(Number.parseInt(match[1] ?? "0", 8));
    },
  };
}

function unpackScript(source: string, destination: string): string {
  const name = uploadedName(source);
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
    'mask=$(umask); echo "bake-ami:umask $mask"',
    // The archive has the exact modes. Options of GNU tar, else of BusyBox and bsdtar, keep the modes of existing directories.
    "umask 0",
    "knows() { tar -cf /dev/null $1 /dev/null </dev/null >/dev/null 2>&1; }",
    "o=",
    'for x in --no-overwrite-dir --keep-directory-symlink; do knows $x && o="$o $x"; done',
    // GNU tar of a plain user would take the sticky and group bits from existing directories.
    'if [ -n "$o" ]; then o="-p $o"; else knows --no-same-permissions && o=--no-same-permissions; fi',
    "tar -xmof - $o; s=$?",
    `[ $s != 0 ] || [ -z "$new" ] || chmod ${maskedMode(directoryMode(source) & 0o777)} . || exit 1`,
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
