import { createHash } from "node:crypto";
import { BakeError } from "../../core/errors.js";
import type { WinrmClient } from "../client.js";
import { listDirectoryScript, sendFileScript } from "./powershell.js";
import { runTransfer, transferFailure } from "./run.js";

/** Longest line of the output, and of a listing in all, in bytes. */
const LONGEST_LINE = 64 * 1024 * 1024;
const LONGEST_LISTING = 64 * 1024 * 1024;

/** Options of a download. `write` is called with the content in order. */
export interface ReceiveOptions {
  readonly signal: AbortSignal;
  readonly write: (bytes: Buffer) => Promise<void>;
}

/** Reads a file of the machine. Rejects with a `BakeError` if it does not exist or its content arrived damaged, or with the abort reason. */
export async function receiveFile(client: WinrmClient, path: string, { signal, write }: ReceiveOptions): Promise<void> {
  const hash = createHash("sha256");
  let expected: string | undefined;
  let lines = 0;
  let writing: Promise<void> = Promise.resolve();
  const split = lineReader(LONGEST_LINE, (line) => {
    if (line.startsWith("#")) expected = line.slice(1).trim().toLowerCase();
    else {
      const bytes = Buffer.from(line, "base64");
      lines += 1;
      hash.update(bytes);
      writing = writing.then(() => write(bytes));
      writing.catch(() => undefined);
    }
  });
  const result = await runTransfer(client, {
    script: sendFileScript(path),
    signal,
    onOutput: split.push,
    drained: () => writing,
  });
  split.end();
  await writing;
  const { end, complaint } = result;
  if (end.status !== "exited" || end.code !== 0 || (lines === 0 && complaint !== "")) {
    throw transferFailure("download", path, result);
  }
  if (expected !== undefined && expected !== hash.digest("hex")) {
    throw new BakeError(`"${path}" did not arrive as it is on the machine: its SHA-256 differs`, {
      code: "transfer-digest",
      hint: "Check that nothing changes the file during the download, then run the build again.",
    });
  }
}

/** A name below a directory of the machine, with slashes. It is not trusted. */
export interface ListedName {
  readonly kind: "directory" | "file";
  readonly name: string;
}

/** Lists what matches a pattern in a directory of the machine, and what is below that. Rejects with a `BakeError` or the abort reason. */
export async function listDirectory(
  client: WinrmClient,
  { path, pattern }: { readonly path: string; readonly pattern: string },
  signal: AbortSignal,
): Promise<readonly ListedName[]> {
  const names: ListedName[] = [];
  let size = 0;
  const split = lineReader(LONGEST_LISTING, (line) => {
    size += line.length;
    if (size > LONGEST_LISTING)
      throw new BakeError(`The list of files in "${path}" is too long`, { code: "transfer-failed" });
    const [kind, name] = Buffer.from(line, "base64").toString("utf8").split("\t");
    if ((kind === "d" || kind === "f") && name) names.push({ kind: kind === "d" ? "directory" : "file", name });
  });
  const result = await runTransfer(client, {
    script: listDirectoryScript(path, pattern),
    signal,
    onOutput: split.push,
  });
  split.end();
  if (result.end.status !== "exited" || result.end.code !== 0) throw transferFailure("download", path, result);
  return names;
}

/** Splits output into lines without white space at their ends. Empty lines are lines. Throws a `BakeError` for a line over the limit. */
function lineReader(limit: number, onLine: (line: string) => void): { push(bytes: Uint8Array): void; end(): void } {
  let waiting: string[] = [];
  let length = 0;
  return {
    push(bytes) {
      const [first = "", ...more] = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        .toString("latin1")
        .split("\n");
      length += first.length;
      if (length > limit) throw new BakeError("The machine sent a line that is too long", { code: "transfer-failed" });
      waiting.push(first);
      for (const part of more) {
        onLine(waiting.join("").trim());
        waiting = [part];
        length = part.length;
      }
    },
    end() {
      if (length > 0) onLine(waiting.join("").trim());
    },
  };
}
