import { createHash, type Hash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { BakeError } from "../core/errors.js";
import { describeFileError } from "../core/file-error.js";
import type { ImageTestSettings } from "../core/image-tests.js";
import { localPath } from "../provisioners/local-files.js";
import { walkTree } from "../ssh/tar/tree.js";
import { isOnRunner, parseLine } from "./lines.js";

/** Changes when the meaning of the hashed parts changes, so that images are tested again. */
const VERSION = "tests 1";

/**
 * Returns the SHA-256 of the tests: the lines in order, the names and contents of all files of their directories and profiles, the instance
 * types and the user data. Of a profile with an address only the address. Throws a `BakeError` when a file cannot be read.
 */
export async function hashTests(
  { lines, instanceTypes, userData }: Pick<ImageTestSettings, "lines" | "instanceTypes" | "userData">,
  cwd: string,
): Promise<string> {
  const hash = createHash("sha256");
  add(hash, VERSION);
  for (const line of lines.map(parseLine)) {
    add(hash, "line", line.text);
    if (isOnRunner(line)) await addPath(hash, localPath(line.target, cwd));
  }
  for (const type of [...instanceTypes].sort()) add(hash, "type", type);
  add(hash, "user data");
  if (userData !== undefined) await addFile(hash, userData);
  return hash.digest("hex");
}

async function addPath(hash: Hash, path: string): Promise<void> {
  if (!isDirectory(path)) return addFile(hash, path);
  for (const { kind, name, path: entry } of walkTree(path)) {
    add(hash, kind, name);
    if (kind === "file") await addFile(hash, entry);
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Adds the hash of a file, not its bytes: it has a known length. */
async function addFile(hash: Hash, path: string | Buffer): Promise<void> {
  const content = createHash("sha256");
  try {
    await pipeline(createReadStream(path), content);
  } catch (cause) {
    throw unreadable(String(path), cause);
  }
  add(hash, "content", content.digest());
}

/** Adds each part with its length, so that different sequences of parts give different hashes. */
function add(hash: Hash, ...parts: readonly (string | Uint8Array)[]): void {
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    hash.update(`${bytes.length}:`);
    hash.update(bytes);
  }
}

function unreadable(path: string, cause: unknown): BakeError {
  return new BakeError(`Cannot read the test "${path}": ${describeFileError(cause)}`, {
    code: "test-unreadable",
    cause,
  });
}
