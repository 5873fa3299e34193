import type { TransferOptions } from "../../core/communicator.js";
import { outputTail } from "../../core/output.js";
import type { Connection } from "../connect/connection.js";
import { killOnFailure, openExecChannel } from "../exec.js";
import { readTar } from "../tar/reader.js";
import { createLocalFile, makeLocalDirectory, writingBelow } from "./local-destination.js";
import { assignPath, globWords, pathWord, shellCommand } from "./remote-path.js";
import { IS_DIRECTORY, NO_TAR, transferError } from "./transfer-error.js";

/**
 * Downloads one file through `cat` to `destination` with mode 0644 (Packer §5.3). Creates parent directories. A failed transfer leaves no
 * partial file. Throws a `BakeError`.
 */
export async function downloadFile(
  connection: Connection,
  source: string,
  destination: string,
  options: TransferOptions = {},
): Promise<void> {
  const script = [assignPath("f", source), `[ -d "$f" ] && exit ${IS_DIRECTORY}`, 'cat < "$f"'].join("\n");
  const local = await createLocalFile(destination, 0o644);
  try {
    let received = 0;
    await receive(connection, { script, source }, options, async (chunks) => {
      for await (const chunk of chunks) {
        await local.write(chunk);
        received += chunk.length;
        options.onProgress?.(received, undefined);
      }
    });
    await local.close();
  } catch (error) {
    await local.discard();
    throw error;
  }
}

/**
 * Downloads `source`, a path or a glob, as one tar stream to the local directory `destination`. A directory is put below it with its name,
 * and so are the files and directories that a glob matches. Follows links. Returns `no-tar` when the machine has no tar; then nothing was
 * downloaded. Throws a `BakeError`.
 */
export async function downloadDirectory(
  connection: Connection,
  source: string,
  destination: string,
  options: TransferOptions = {},
): Promise<"received" | "no-tar"> {
  const script = [
    `command -v tar >/dev/null 2>&1 || exit ${NO_TAR}`,
    ...forEachPath(source, 'set -- "$@" -C "$(dirname -- "$f")" "./$(basename -- "$f")"'),
    'exec tar -chf - "$@"',
  ].join("\n");
  await makeLocalDirectory(destination);
  let received = 0;
  const listener = writingBelow(destination, (bytes) => {
    received += bytes;
    options.onProgress?.(received, undefined);
  });
  const code = await receive(connection, { script, source }, options, (chunks) => readTar(chunks, listener));
  return code === NO_TAR ? "no-tar" : "received";
}

/** Returns script lines that run `action` with `$f` set to each path that `source`, a path or a glob, matches. */
export function forEachPath(source: string, action: string): readonly string[] {
  const words = /[*?[]/.test(source) ? globWords(source) : pathWord(source);
  return [
    "set --",
    `for f in ${words}; do`,
    `  [ -e "$f" ] || { echo "$f: No such file or directory" >&2; exit 1; }`,
    `  ${action}`,
    "done",
  ];
}

/** Runs a script whose output `consume` reads. Returns the exit code 0 or `NO_TAR`; throws a `BakeError` for others. */
async function receive(
  connection: Connection,
  { script, source }: { readonly script: string; readonly source: string },
  options: TransferOptions,
  consume: (chunks: AsyncIterable<Buffer>) => Promise<void>,
): Promise<number> {
  const { channel, ended } = await openExecChannel(connection, shellCommand(script), { signal: options.signal });
  const complaints = outputTail();
  channel.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
  channel.end();
  return killOnFailure(connection, channel, options.signal, async () => {
    const consumed = consume(channel).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const [failure, result] = await Promise.all([
      consumed.then((outcome) => {
        if (outcome) {
          channel.close();
          channel.resume();
        }
        return outcome;
      }),
      ended,
    ]);
    if (result.status === "exited" && (result.code === NO_TAR || (result.code === 0 && !failure))) return result.code;
    if (result.status === "exited" && result.code === 0 && failure) throw failure.error;
    if (failure && result.status === "disconnected" && connection.alive()) throw failure.error;
    throw transferError("download", source, result, complaints.text());
  });
}
