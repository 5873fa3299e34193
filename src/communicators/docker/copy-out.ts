import { posix } from "node:path";
import type { TransferOptions } from "../../core/communicator.js";
import { BakeError, messageOf } from "../../core/errors.js";
import { readCommand } from "../../docker/engine.js";
import { readTar, type TarListener } from "../../ssh/tar/reader.js";
import { createLocalFile, makeLocalDirectory, writingBelow } from "../../ssh/transfer/local-destination.js";
import { globWords } from "../../ssh/transfer/remote-path.js";
import { expandGlob } from "./container.js";
import type { CopyTarget } from "./copy-in.js";

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
  let done = false;
  const local = await createLocalFile(destination, 0o644);
  try {
    await receive(from, source, options, {
      directory: async () => {
        throw isDirectory(source);
      },
      async file(_name, _mode, size) {
        done = true;
        return {
          async write(bytes) {
            await local.write(bytes);
            received += bytes.length;
            options.onProgress?.(received, size);
          },
          close: async () => undefined,
        };
      },
    });
    if (!done) throw notFile(source);
    await local.close();
  } catch (error) {
    await local.discard();
    throw error;
  }
}

/**
 * Downloads `source`, an absolute path or glob of the container, to the local directory `destination`. A directory is put below it with its
 * name, and so are the files and directories that a glob matches. Links in directories are skipped. Throws a `BakeError`.
 */
export async function copyDirectoryOut(
  from: CopyTarget,
  source: string,
  destination: string,
  options: TransferOptions = {},
): Promise<void> {
  const path = source.replace(/\/+$/, "") || "/";
  const paths = /[*?[]/.test(path) ? await expandGlob(from, globWords(path), options.signal) : [path];
  if (paths.length === 0) throw noSuchFile(source);
  await makeLocalDirectory(destination);
  let received = 0;
  const listener = writingBelow(destination, (bytes) => {
    received += bytes;
    options.onProgress?.(received, undefined);
  });
  for (const each of paths) await receive(from, each, options, listener);
}

async function receive(
  from: CopyTarget,
  source: string,
  { signal }: TransferOptions,
  listener: TarListener,
): Promise<void> {
  const { engine, container } = from;
  const read = (args: readonly string[]) =>
    readCommand(engine, args, { action: `download "${source}"`, signal }, (chunks) => readTar(chunks, listener));
  if (await from.inMemory(source, signal)) {
    const [directory, name] = [posix.dirname(source), posix.basename(source)];
    return read(["exec", "-u", "0", container, "tar", "-chf", "-", "-C", directory, name]);
  }
  try {
    await read(["cp", "--follow-link", `${container}:${source}`, "-"]);
  } catch (error) {
    // Podman always follows links and does not have the flag.
    if (signal?.aborted || !/unknown flag: --follow-link/.test(messageOf(error))) throw error;
    await read(["cp", `${container}:${source}`, "-"]);
  }
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
