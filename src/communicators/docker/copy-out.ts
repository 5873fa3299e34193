import { posix } from "node:path";
import type { TransferOptions } from "../../core/communicator.js";
import { BakeError, messageOf } from "../../core/errors.js";
import { readCommand } from "../../docker/engine.js";
import { readTar, type TarListener } from "../../ssh/tar/reader.js";
import { createLocalFile, fillFile, localTree, makeLocalDirectory } from "../../ssh/transfer/local-destination.js";
import { receivedParts } from "../../ssh/transfer/received-name.js";
import { globWords } from "../../ssh/transfer/remote-path.js";
import { isGlob, requestedName, requestedNames } from "../../ssh/transfer/requested-names.js";
import { tarWarnings } from "../../ssh/transfer/tar-warnings.js";
import { expandGlob } from "./container.js";
import { type CopiedPath, copiedMembers } from "./copied-members.js";
import type { CopyTarget } from "./copy-in.js";

/** Paths that one download copies: a directory, the matches of a glob, and links that lead out of them. */
const MOST_COPIES = 1000;

/**
 * Downloads one file of the container to the local path `destination` with mode 0644 (Packer §5.3). Creates parent directories. A failed
 * transfer leaves no partial file. Throws a `BakeError`.
 */
export async function copyFileOut(
  from: CopyTarget,
  source: string,
  destination: string,
  options: TransferOptions = {},
): Promise<void> {
  let received = 0;
  let files = 0;
  await fillFile(await createLocalFile(destination, 0o644), async (local) => {
    await receive(from, source, options, {
      directory: async () => {
        throw isDirectory(source);
      },
      link: async () => {
        throw notFile(source);
      },
      async file(_name, _mode, size) {
        files += 1;
        if (files > 1) throw notFile(source);
        return {
          async write(bytes) {
            await local.write(bytes);
            received += bytes.length;
            options.onProgress?.(received, size);
          },
          close: async () => undefined,
          discard: async () => undefined,
        };
      },
    });
    if (files === 0) throw notFile(source);
  });
}

/**
 * Downloads `source`, an absolute path or glob of the container, to the local directory `destination`. A directory is put below it with its
 * name, and so are the files and directories that a glob matches. Follows links, as downloads over SSH do. Throws a `BakeError`.
 */
export async function copyDirectoryOut(
  from: CopyTarget,
  source: string,
  destination: string,
  options: TransferOptions = {},
): Promise<void> {
  const pending = await copiedPaths(from, source, options);
  await makeLocalDirectory(destination);
  const tree = localTree(destination);
  let received = 0;
  const onBytes = (bytes: number) => {
    received += bytes;
    options.onProgress?.(received, undefined);
  };
  let copies = 0;
  for (let next = pending.shift(); next; next = pending.shift()) {
    copies += 1;
    if (copies > MOST_COPIES) throw tooManyCopies(source);
    const members = copiedMembers(tree, next, onBytes);
    await receive(from, next.path, options, members);
    pending.push(...(await members.followLinks()));
  }
}

/** Returns the paths that a source names. The container expands globs, so each match is compared with the glob. */
async function copiedPaths(from: CopyTarget, source: string, { signal }: TransferOptions): Promise<CopiedPath[]> {
  const path = source.replace(/\/+$/, "") || "/";
  const paths = isGlob(path) ? await expandGlob(from, globWords(path), signal) : [path];
  if (paths.length === 0) throw noSuchFile(source);
  // A container has no login user, and paths start at its root.
  const check = requestedNames(source, "");
  return paths.map((each) => {
    const name = requestedName(isGlob(path) ? each : path, "");
    const parts = name === undefined ? [] : receivedParts(Buffer.from(name));
    check(parts);
    return { path: each, parts, above: [] };
  });
}

async function receive(
  from: CopyTarget,
  source: string,
  { signal, onWarning }: TransferOptions,
  listener: TarListener,
): Promise<void> {
  const { engine, container } = from;
  const action = `download "${source}"`;
  const succeeded = (code: number, stderr: string): boolean => {
    const warnings = tarWarnings(code, stderr);
    for (const text of warnings ?? []) onWarning?.(`Download of "${source}": ${text}`);
    return warnings !== undefined;
  };
  const read = (args: readonly string[], given = {}) =>
    readCommand(engine, args, { action, signal, ...given }, async (chunks) => {
      try {
        await readTar(chunks, listener);
      } catch (cause) {
        throw cause instanceof BakeError ? cause : notReadable(source, cause);
      }
    });
  if (await from.inMemory(source, signal)) {
    const [directory, name] = [posix.dirname(source), posix.basename(source)];
    const english = ["-e", "LC_ALL=C"];
    return read(["exec", "-u", "0", ...english, container, "tar", "-chf", "-", "-C", directory, `./${name}`], {
      succeeded,
    });
  }
  try {
    await read(["cp", "--follow-link", `${container}:${source}`, "-"]);
  } catch (error) {
    // Podman always follows links and does not have the flag.
    if (signal?.aborted || !/unknown flag: --follow-link/.test(messageOf(error))) throw error;
    await read(["cp", `${container}:${source}`, "-"]);
  }
}

function notReadable(source: string, cause: unknown): BakeError {
  return new BakeError(`Could not download "${source}": ${messageOf(cause)}`, {
    code: "transfer-failed",
    hint: "Pack the files into an archive with a shell provisioner and download the archive.",
    cause,
  });
}

function tooManyCopies(source: string): BakeError {
  return new BakeError(`"${source}" has more than ${MOST_COPIES} matches and links out of it`, {
    code: "transfer-failed",
    hint: "Pack the files into an archive with a shell provisioner and download the archive.",
  });
}

function isDirectory(path: string): BakeError {
  return new BakeError(`"${path}" is a directory in the container, not a file`, {
    code: "source-is-directory",
    hint: `Add a trailing slash ("${path}/") to download the directory.`,
  });
}

function notFile(path: string): BakeError {
  return new BakeError(`"${path}" is not a file in the container`, { code: "source-not-file" });
}

function noSuchFile(path: string): BakeError {
  return new BakeError(`No such file or directory in the container: "${path}"`, {
    code: "source-missing",
  });
}
