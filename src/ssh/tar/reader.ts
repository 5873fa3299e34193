import { BLOCK, blocks, TAR_DIRECTORY, TAR_FILE } from "./header.js";

/** What happens with the members of an archive, in order. Names are as the archive has them: they may be hostile. */
export interface TarListener {
  directory(name: string, mode: number): Promise<void>;
  /** A file begins; resolves to where its bytes go. */
  file(
    name: string,
    mode: number,
    size: number,
  ): Promise<{ write(bytes: Buffer): Promise<void>; close(): Promise<void> }>;
}

/**
 * Reads an archive as it comes in: ustar, GNU long names and big sizes, pax paths and sizes. Members that are neither
 * files nor folders are passed over. Throws an Error for what is no archive, or ends too early.
 */
export async function readTar(chunks: AsyncIterable<Buffer>, listener: TarListener): Promise<void> {
  const input = blockReader(chunks);
  let longName: string | undefined;
  let pax: ReadonlyMap<string, string> = new Map();
  for (;;) {
    const block = await input.take(BLOCK);
    if (!block) throw new Error("the archive ends too early");
    if (block.every((byte) => byte === 0)) {
      await input.drain();
      return;
    }
    const member = readHeader(block);
    const size = Number(pax.get("size") ?? member.size);
    if (member.type === "L" || member.type === "x") {
      const body = await input.take(blocks(size));
      if (!body) throw new Error("the archive ends too early");
      if (member.type === "L") longName = text(body.subarray(0, size));
      else pax = readPax(body.subarray(0, size));
      continue;
    }
    const name = pax.get("path") ?? longName ?? member.name;
    longName = undefined;
    pax = new Map();
    if (member.type === TAR_DIRECTORY) await listener.directory(name, member.mode);
    if (member.type === TAR_FILE) await copyFile(input, await listener.file(name, member.mode, size), size);
    else if (!(await input.skip(blocks(size)))) throw new Error("the archive ends too early");
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
      if (!piece) throw new Error("the archive ends too early");
      await output.write(piece);
      left -= piece.length;
    }
  } finally {
    await output.close();
  }
  if (!(await input.skip(blocks(size) - size))) throw new Error("the archive ends too early");
}

function readHeader(block: Buffer): { name: string; mode: number; size: number; type: string } {
  let sum = 8 * 0x20;
  for (const [index, byte] of block.entries()) if (index < 148 || index >= 156) sum += byte;
  if (octal(block, 148, 8) !== sum) throw new Error("the archive is damaged: a header's checksum is wrong");
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

/** Records `LENGTH KEY=VALUE\n` of a pax header (POSIX pax §Extended Header). */
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
  /** Exactly `length` bytes; undefined at the end. */
  take(length: number): Promise<Buffer | undefined>;
  /** Between one and `most` bytes; undefined at the end. */
  some(most: number): Promise<Buffer | undefined>;
  /** Whether there were `length` bytes to pass over. */
  skip(length: number): Promise<boolean>;
  /** Passes over the rest. */
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
    async take(length) {
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
