import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";

/** Contents of files. Each file is read once, because one fingerprint evaluates a build several times. */
export interface Contents {
  /** Returns the permission bits and a hash of a file, or the permission bits of a directory. Follows links, as uploads do. */
  of(path: string | Buffer): Promise<readonly string[]>;
}

/** Returns a reader of files. It rejects with Node's error for an unreadable file. */
export function openContents(): Contents {
  const known = new Map<string, Promise<readonly string[]>>();
  return {
    of(path) {
      const key = typeof path === "string" ? resolve(path) : path.toString("latin1");
      const read = known.get(key) ?? contentOf(path);
      known.set(key, read);
      return read;
    },
  };
}

async function contentOf(path: string | Buffer): Promise<readonly string[]> {
  const facts = await stat(path);
  const mode = (facts.mode & 0o777).toString(8);
  if (facts.isDirectory()) return [mode];
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return [mode, hash.digest("hex")];
}
