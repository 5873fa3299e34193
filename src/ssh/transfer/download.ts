import type { TransferOptions } from "../../core/communicator.js";
import { BakeError, messageOf } from "../../core/errors.js";
import { outputTail } from "../../core/output.js";
import type { Connection } from "../connect/connection.js";
import { killOnFailure } from "../exec.js";
import { openScriptChannel } from "../script.js";
import { readTar } from "../tar/reader.js";
import { acceptedMembers } from "./accepted-members.js";
import { checkedScript, type OutputCheck, outputCheck, withoutCheck } from "./checked-output.js";
import { listingScript, readListing } from "./listing.js";
import { createLocalFile, fillFile, localTree, makeLocalDirectory } from "./local-destination.js";
import { assignPath, globWords, pathWord } from "./remote-path.js";
import { isGlob, requestedNames } from "./requested-names.js";
import { tarWarnings } from "./tar-warnings.js";
import { IS_DIRECTORY, NO_TAR, transferError } from "./transfer-error.js";

/** Options of downloads of directories. `user`: the login user, who names the home directory. */
export interface DirectoryOptions extends TransferOptions {
  readonly user: string;
}

/**
 * Downloads one file through `cat` to `destination` with mode 0644 (Packer §5.3). Creates parent directories. A failed transfer leaves no
 * partial file. Throws a `BakeError`, also when what arrives is not what the machine sent.
 */
export async function downloadFile(
  connection: Connection,
  source: string,
  destination: string,
  options: TransferOptions = {},
): Promise<void> {
  const script = [
    assignPath("f", source),
    `[ -d "$f" ] && exit ${IS_DIRECTORY}`,
    'produce() { cat < "$f"; }',
    ...checkedScript("produce"),
  ].join("\n");
  let received = 0;
  await fillFile(await createLocalFile(destination, 0o644), async (local) => {
    await receive(connection, { script, source }, options, async (chunks) => {
      for await (const chunk of chunks) {
        await local.write(chunk);
        received += chunk.length;
        options.onProgress?.(received, undefined);
      }
    });
  });
}

/**
 * Downloads `source`, a path or a glob, as one tar stream to the local directory `destination`. A directory is put below it with its name,
 * and so are the files and directories that a glob matches. Follows links of the machine. Only names that the source requests and that the
 * machine listed before are written. Returns `no-tar` when the machine has no tar; then nothing was downloaded. Throws a `BakeError`.
 */
export async function downloadDirectory(
  connection: Connection,
  source: string,
  destination: string,
  options: DirectoryOptions,
): Promise<"received" | "no-tar"> {
  await makeLocalDirectory(destination);
  const check = requestedNames(source, options.user);
  let received = 0;
  const onBytes = (bytes: number) => {
    received += bytes;
    options.onProgress?.(received, undefined);
  };
  const code = await receive(connection, { script: tarScript(source), source }, options, async (chunks) => {
    const { listing, rest } = await readListing(chunks, check);
    const members = acceptedMembers(localTree(destination), { check, listing, onBytes });
    await readTar(rest, members);
    for (const text of members.differences()) options.onWarning?.(`Download of "${source}": ${text}`);
  });
  return code === NO_TAR ? "no-tar" : "received";
}

/** Returns the script that sends the listing of a source, then its archive. */
function tarScript(source: string): string {
  const roots = 'CDPATH= cd -- "$(dirname -- "$f")" && find -L "./$(basename -- "$f")" "$@" -print0';
  return [
    `command -v tar >/dev/null 2>&1 || exit ${NO_TAR}`,
    `roots() { for f in ${sourceWords(source)}; do (${roots}) 2>/dev/null; done; }`,
    "produce() {",
    ...forEachPath(source, 'set -- "$@" -C "$(dirname -- "$f")" "./$(basename -- "$f")"'),
    ...listingScript("roots"),
    // The warnings of tar are recognized by their English text. COPYFILE_DISABLE leaves out the extra files of macOS.
    "LC_CTYPE=${LC_ALL:-${LC_CTYPE:-$LANG}}; LC_MESSAGES=C; COPYFILE_DISABLE=1",
    "unset LC_ALL LANGUAGE; export LC_CTYPE LC_MESSAGES COPYFILE_DISABLE",
    // bsdtar sends the holes of sparse files only with this option.
    "o=; tar --no-read-sparse -cf /dev/null /dev/null </dev/null >/dev/null 2>&1 && o=--no-read-sparse",
    'exec tar $o -chf - "$@"',
    "}",
    ...checkedScript("produce"),
  ].join("\n");
}

function sourceWords(source: string): string {
  return isGlob(source) ? globWords(source) : pathWord(source);
}

/** Returns script lines that run `action` with `$f` set to each path that `source`, a path or a glob, matches. */
export function forEachPath(source: string, action: string): readonly string[] {
  return [
    "set --",
    `for f in ${sourceWords(source)}; do`,
    `  [ -e "$f" ] || { echo "$f: No such file or directory" >&2; exit 1; }`,
    `  ${action}`,
    "done",
  ];
}

/**
 * Runs a script whose output `consume` reads. Returns the exit code 0 or `NO_TAR`; tar's exit code for files that changed is 0 and a
 * warning. Throws a `BakeError` for others, and when the output is not what the machine sent.
 */
async function receive(
  connection: Connection,
  { script, source }: { readonly script: string; readonly source: string },
  options: TransferOptions,
  consume: (chunks: AsyncIterable<Buffer>) => Promise<void>,
): Promise<number> {
  const { channel, ended } = await openScriptChannel(connection, script, options.signal);
  const complaints = outputTail();
  channel.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
  channel.end();
  const check = outputCheck();
  return killOnFailure(connection, channel, options.signal, async () => {
    const failure = await consume(counted(channel, check)).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    // The machine can still send. Otherwise its program ended early, and reports why.
    if (failure && !check.ended()) throw failed(source, failure.error);
    const result = await ended;
    if (result.status === "exited" && result.code === NO_TAR) return result.code;
    const said = withoutCheck(complaints.text());
    const warnings = result.status === "exited" ? tarWarnings(result.code, said) : undefined;
    if (warnings) {
      const problem = failure ? failed(source, failure.error) : check.problem(complaints.text(), source);
      if (problem) throw problem;
      for (const text of warnings) options.onWarning?.(`Download of "${source}": ${text}`);
      return 0;
    }
    if (failure && result.status === "disconnected" && connection.alive()) throw failed(source, failure.error);
    throw transferError("download", source, result, said);
  });
}

async function* counted(chunks: AsyncIterable<Buffer>, check: OutputCheck): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    check.push(chunk);
    yield chunk;
  }
  check.end();
}

function failed(source: string, cause: unknown): BakeError {
  if (cause instanceof BakeError) return cause;
  return new BakeError(`Could not download "${source}": ${messageOf(cause)}`, {
    code: "transfer-failed",
    hint: "Fix the problem on the machine, or pack the files into an archive with a shell provisioner and download the archive.",
    cause,
  });
}
