import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";

/** What files hold, each read once: a build is looked at several times for one fingerprint. */
export interface Contents {
  /** Permission bits of a file and a hash of its bytes; of a folder the bits alone. Links are followed, as uploads do. */
  of(path: string | Buffer): Promise<readonly string[]>;
}

/** Opens a reader of files. Rejects with Node's errors for what cannot be read. */
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
