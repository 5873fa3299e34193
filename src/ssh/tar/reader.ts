import { BLOCK, blocks, TAR_DIRECTORY, TAR_FILE } from "./header.js";

/** Receives the members of an archive in order. Names are those of the archive and can be malicious. */
export interface TarListener {
  directory(name: string, mode: number): Promise<void>;
  /** Called at the start of a file. Resolves to the destination of its bytes. */
  file(
    name: string,
    mode: number,
    size: number,
  ): Promise<{ write(bytes: Buffer): Promise<void>; close(): Promise<void> }>;
}

/**
 * Reads an archive as a stream: ustar, GNU long names and large sizes, pax paths and sizes. Skips members that are neither files nor
 * directories. Throws an Error when it is not an archive or is incomplete.
 */
export async function readTar(chunks: AsyncIterable<Buffer>, listener: TarListener): Promise<void> {
  const input = blockReader(chunks);
  let longName: string | undefined;
  let pax: ReadonlyMap<string, string> = new Map();
  for (;;) {
    const block = await input.read(BLOCK);
    if (!block) throw new Error("the archive is incomplete");
    if (block.every((byte) => byte === 0)) {
      await input.drain();
      return;
    }
    const member = readHeader(block);
    const size = Number(pax.get("size") ?? member.size);
    if (member.type === "L" || member.type === "x") {
      const body = await input.read(blocks(size));
      if (!body) throw new Error("the archive is incomplete");
      if (member.type === "L") longName = text(body.subarray(0, size));
      else pax = readPax(body.subarray(0, size));
      continue;
    }
    const name = pax.get("path") ?? longName ?? member.name;
    longName = undefined;
    pax = new Map();
    if (member.type === TAR_DIRECTORY) await listener.directory(name, member.mode);
    if (member.type === TAR_FILE) await copyFile(input, await listener.file(name, member.mode, size), size);
    else if (!(await input.skip(blocks(size)))) throw new Error("the archive is incomplete");
  }
}

async function copyFile(
  input: BlockReader,
  output: { write(bytes: Buffer): Promise<void>; close(): Promise<void> },
  size: number,
): Promise<void> {
  try {
    for (let left = size; left > 0; ) {
      const piece = await input.some(left);
      if (!piece) throw new Error("the archive is incomplete");
      await output.write(piece);
      left -= piece.length;
    }
  } finally {
    await output.close();
  }
  if (!(await input.skip(blocks(size) - size))) throw new Error("the archive is incomplete");
}

function readHeader(block: Buffer): { name: string; mode: number; size: number; type: string } {
  let sum = 8 * 0x20;
  for (const [index, byte] of block.entries()) if (index < 148 || index >= 156) sum += byte;
  if (octal(block, 148, 8) !== sum) throw new Error("the archive is damaged: wrong checksum of a header");
  const prefix = block.toString("latin1", 257, 263) === "ustar\0" ? text(block.subarray(345, 500)) : "";
  const name = text(block.subarray(0, 100));
  const type = String.fromCharCode(block[156] ?? 0);
  const size = (block[124] ?? 0) & 0x80 ? Number(block.readBigUInt64BE(128)) : octal(block, 124, 12);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    mode: octal(block, 100, 8) & 0o777,
    size,
    type: type === "\0" || type === "7" ? TAR_FILE : type,
  };
}

function octal(block: Buffer, at: number, length: number): number {
  return Number.parseInt(text(block.subarray(at, at + length)).trim() || "0", 8);
}

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end === -1 ? bytes.length : end);
}

/** Parses the records `LENGTH KEY=VALUE\n` of a pax header (POSIX pax §Extended Header). */
function readPax(body: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(" ", at);
    const length = Number(body.toString("latin1", at, space));
    const equals = body.indexOf("=", space);
    if (space === -1 || equals === -1 || !(length > 0)) break;
    records.set(body.toString("utf8", space + 1, equals), body.toString("utf8", equals + 1, at + length - 1));
    at += length;
  }
  return records;
}

interface BlockReader {
  /** Returns exactly `length` bytes; undefined at the end. */
  read(length: number): Promise<Buffer | undefined>;
  /** Returns between one and `most` bytes; undefined at the end. */
  some(most: number): Promise<Buffer | undefined>;
  /** Skips `length` bytes. Returns false at the end. */
  skip(length: number): Promise<boolean>;
  /** Skips the rest. */
  drain(): Promise<void>;
}

function blockReader(chunks: AsyncIterable<Buffer>): BlockReader {
  const source = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const some = async (most: number): Promise<Buffer | undefined> => {
    while (rest.length === 0) {
      const next = await source.next();
      if (next.done) return undefined;
      rest = next.value;
    }
    const piece = rest.subarray(0, most);
    rest = rest.subarray(piece.length);
    return piece;
  };
  const skip = async (length: number): Promise<boolean> => {
    for (let left = length; left > 0; ) {
      const piece = await some(left);
      if (!piece) return false;
      left -= piece.length;
    }
    return true;
  };
  return {
    some,
    skip,
    async read(length) {
      const pieces: Buffer[] = [];
      for (let left = length; left > 0; ) {
        const piece = await some(left);
        if (!piece) return undefined;
        pieces.push(piece);
        left -= piece.length;
      }
      return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    },
    async drain() {
      for (let next = await source.next(); !next.done; next = await source.next());
    },
  };
}
