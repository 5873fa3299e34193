import { chmod, mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BakeError } from "../../core/errors.js";
import { describeFileError } from "../../core/file-error.js";
import type { TarListener } from "../tar/reader.js";

/**
 * Returns the local path of `name` below `root`. The machine is not trusted: throws a `BakeError` for a name that points outside `root`.
 */
export function pathBelow(root: string, name: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..") || name.includes("\0")) {
    throw new BakeError(`The machine sent a file name that points outside the destination: ${JSON.stringify(name)}`, {
      code: "download-refused",
      hint: "Download single files instead. The machine may be compromised. The file was not written.",
    });
  }
  return join(root, ...parts);
}

/** Creates a directory and its parents. */
export async function makeLocalDirectory(path: string, mode = 0o755): Promise<void> {
  await mkdir(path, { recursive: true, mode }).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
}

/** A local file being written. `discard` removes it after a failed transfer. */
export interface LocalFile {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  discard(): Promise<void>;
}

/** Creates or truncates a file, and creates its parent directories. Throws a `BakeError`. */
export async function createLocalFile(path: string, mode: number): Promise<LocalFile> {
  await makeLocalDirectory(dirname(path));
  const file = await open(path, "w", mode | 0o200).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, at).catch((cause: unknown) => {
          throw unwritable(path, cause);
        });
        at += bytesWritten;
      }
    },
    async close() {
      await file.close();
      await chmod(path, mode);
    },
    async discard() {
      await file.close().catch(() => undefined);
      await rm(path, { force: true });
    },
  };
}

/**
 * Returns a listener that writes the members of a tar stream below the existing local directory `root`. Directories are created writable
 * for this user. `onBytes` gets the number of bytes of each write. Its functions throw a `BakeError`.
 */
export function writingBelow(root: string, onBytes: (bytes: number) => void): TarListener {
  return {
    directory: (name, mode) => makeLocalDirectory(pathBelow(root, name), mode | 0o700),
    async file(name, mode) {
      const local = await createLocalFile(pathBelow(root, name), mode);
      return {
        async write(bytes) {
          await local.write(bytes);
          onBytes(bytes.length);
        },
        close: local.close,
      };
    },
  };
}

function unwritable(path: string, cause: unknown): BakeError {
  return new BakeError(`Could not write "${path}": ${describeFileError(cause)}`, {
    code: "download-destination",
    hint: "Choose a destination that this user may write to.",
    cause,
  });
}
