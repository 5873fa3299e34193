import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip, gzipSync } from "node:zlib";

const inThread = promisify(gzip);

/** Bytes up to which another thread takes longer to start than to compress. */
const SMALL = 32_768;

async function compress(piece: Buffer): Promise<Buffer> {
  return piece.length <= SMALL ? gzipSync(piece, { level: 1 }) : inThread(piece, { level: 1 });
}

/** A directory to make, or a file to write: content that can be read twice. */
export type SentEntry =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "file"; readonly path: string; readonly content: () => AsyncIterable<Uint8Array> };

/** Bytes of a file in one line, and of a line of the plan. */
const LINE = 262_144;
const PLAN_LINE = 196_608;
/** Bytes that are yielded together, at least. */
const YIELDED = 300_000;

/**
 * Returns the standard input of `RECEIVE_FILES`. The content is read twice: its digest comes first. It is read from now on, while the command is
 * started. `onSent` gets the bytes of the files that were yielded.
 */
export function fileStream(entries: readonly SentEntry[], onSent: (bytes: number) => void): FileStream {
  const rest = together(lines(entries, onSent));
  const first = rest.next();
  first.catch(() => undefined);
  return {
    async *[Symbol.asyncIterator]() {
      const { done, value } = await first;
      if (done) return;
      yield value;
      yield* rest;
    },
    async close() {
      await rest.return(undefined).catch(() => undefined);
    },
  };
}

/** The content of files to send. `close` closes the file that is being read, if the content was not read to its end. */
export interface FileStream extends AsyncIterable<Buffer> {
  close(): Promise<void>;
}

async function* lines(entries: readonly SentEntry[], onSent: (bytes: number) => void): AsyncGenerator<string> {
  const plan = Buffer.from(await planOf(entries));
  for (let at = 0; at < plan.length; at += PLAN_LINE) {
    yield `${plan.subarray(at, at + PLAN_LINE).toString("base64")}\r\n`;
  }
  let sent = 0;
  for (const entry of entries) {
    if (entry.kind === "directory") continue;
    yield `>${entry.path}\r\n`;
    for await (const piece of inPieces(entry.content(), LINE)) {
      yield `${(await compress(piece)).toString("base64")}\r\n`;
      sent += piece.length;
      onSent(sent);
    }
  }
}

async function planOf(entries: readonly SentEntry[]): Promise<string> {
  const plan: string[] = [];
  for (const entry of entries) {
    if (entry.kind === "directory") plan.push(`d\t${entry.path}`);
    else {
      const hash = createHash("sha256");
      for await (const piece of entry.content()) hash.update(piece);
      plan.push(`f\t${hash.digest("hex")}\t${entry.path}`);
    }
  }
  return plan.join("\n");
}

/** Yields the same bytes in pieces of `size`; the last one can be smaller. */
async function* inPieces(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + size - length);
      waiting.push(part);
      length += part.length;
      at += part.length;
      if (length < size) continue;
      yield Buffer.concat(waiting);
      waiting = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(waiting);
}

async function* together(source: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let waiting: string[] = [];
  let length = 0;
  for await (const line of source) {
    waiting.push(line);
    length += line.length;
    if (length < YIELDED) continue;
    yield Buffer.from(waiting.join(""));
    waiting = [];
    length = 0;
  }
  if (length > 0) yield Buffer.from(waiting.join(""));
}
