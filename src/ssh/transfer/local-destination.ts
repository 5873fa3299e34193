import { chmod, mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BakeError, messageOf } from "../../core/errors.js";
import type { TarListener } from "../tar/reader.js";

/**
 * The local path of what the machine calls `name`, below `root`. The machine may be hostile: a name that leads out of
 * `root` is refused with a `BakeError`.
 */
export function pathBelow(root: string, name: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..") || name.includes("\0")) {
    throw new BakeError(`the machine offered a file whose name leads out of the destination: ${JSON.stringify(name)}`, {
      code: "download-refused",
      hint: "Nothing was written for it. Download single files instead, and distrust the machine.",
    });
  }
  return join(root, ...parts);
}

/** Makes a folder and those above it. */
export async function makeLocalFolder(path: string, mode = 0o755): Promise<void> {
  await mkdir(path, { recursive: true, mode }).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
}

/** A local file being written; `discard` removes what was written when the transfer failed. */
export interface LocalFile {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  discard(): Promise<void>;
}

/** Creates or empties a file, making the folders above it. Throws a `BakeError`. */
export async function createLocalFile(path: string, mode: number): Promise<LocalFile> {
  await makeLocalFolder(dirname(path));
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
 * Writes the members of a tar stream below the local folder `root`, which exists already; folders are made so that this user may
 * write into them. `onBytes` gets the bytes of each piece once it is written. Its calls throw a `BakeError`.
 */
export function writingBelow(root: string, onBytes: (bytes: number) => void): TarListener {
  return {
    directory: (name, mode) => makeLocalFolder(pathBelow(root, name), mode | 0o700),
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
  return new BakeError(`cannot write ${path}: ${messageOf(cause)}`, {
    code: "download-destination",
    hint: "Choose a destination that this user may write to.",
    cause,
  });
}
