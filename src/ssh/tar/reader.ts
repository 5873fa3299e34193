import { shown } from "../transfer/received-name.js";
import { type ByteReader, byteReader } from "./bytes.js";
import { BLOCK, blocks, TAR_DIRECTORY, TAR_FILE } from "./header.js";
import { type Extensions, parseHeader, parsePax, type ReceivedHeader, untilNul } from "./member-header.js";

/** Where the bytes of one file go. `close` is called after the last byte, `discard` when the file is incomplete. */
export interface TarFileWriter {
  write(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
  discard(): Promise<void>;
}

/** A member that is a second name of a file. */
export interface TarLink {
  readonly name: Buffer;
  /** Permission bits. */
  readonly mode: number;
  /** The name of an earlier member for a hard link; the text of the link for a symbolic link. */
  readonly target: Buffer;
  readonly kind: "hard" | "symbolic";
}

/** Receives the members of an archive in order. Names are those of the archive and can be malicious. */
export interface TarListener {
  directory(name: Buffer, mode: number): Promise<void>;
  /** Called at the start of a file. Resolves to the destination of its bytes. */
  file(name: Buffer, mode: number, size: number): Promise<TarFileWriter>;
  link(link: TarLink): Promise<void>;
}

/** Bytes of a name or of an extended header. The longest path on Linux has 4096 bytes. */
const LARGEST_EXTENSION = 1 << 20;
/** Extended headers before one member: a global one, a long link name, a long name, a pax header. */
const MOST_EXTENSIONS = 4;
/** Members of an archive. */
const MOST_MEMBERS = 1_000_000;
/** Bytes after the end of an archive: tar fills its last record, which has at most 512 KiB, with zeros. */
const LARGEST_PADDING = 1 << 20;

const NOTHING: Extensions = { name: undefined, linkName: undefined, size: undefined };

/**
 * Reads an archive as a stream: ustar, GNU long names and large sizes, pax paths and sizes. Holds at most an extended header and a chunk.
 * Throws an `Error` when it is not an archive, is incomplete, exceeds a limit, or has a member that is not a file, directory or link.
 */
export async function readTar(chunks: AsyncIterable<Buffer>, listener: TarListener): Promise<void> {
  const input = byteReader(chunks);
  for (let members = 0; ; members++) {
    const member = await nextMember(input);
    if (!member) break;
    if (members === MOST_MEMBERS) throw new Error(`the archive has more than ${MOST_MEMBERS} files and directories`);
    await pass(member, input, listener);
  }
  if (!(await input.drain(LARGEST_PADDING))) throw new Error("the archive is damaged: data follows its end");
}

async function pass(member: ReceivedHeader, input: ByteReader, listener: TarListener): Promise<void> {
  const { name, mode, size, type, linkName } = member;
  if (type === TAR_FILE) return copyFile(input, await listener.file(name, mode, size), size);
  const kind = LINKS[type];
  if (type === TAR_DIRECTORY) await listener.directory(name, mode);
  else if (kind) await listener.link({ name, mode, target: linkName, kind });
  else throw new Error(`${shown(name)} is ${OTHER_KINDS[type] ?? `of an unknown type (${JSON.stringify(type)})`}`);
  if (!(await input.skip(blocks(size)))) throw incomplete();
}

const LINKS: Readonly<Record<string, TarLink["kind"]>> = { "1": "hard", "2": "symbolic" };

/** Types of members that are refused, as the end of a sentence. */
const OTHER_KINDS: Readonly<Record<string, string>> = {
  "3": "a device, which cannot be downloaded",
  "4": "a device, which cannot be downloaded",
  "6": "a named pipe, which cannot be downloaded",
  S: "a sparse file, which is not supported",
};

/** Returns the header of the next file, directory or link, with its long name and size; undefined at the end of the archive. */
async function nextMember(input: ByteReader): Promise<ReceivedHeader | undefined> {
  let extensions = NOTHING;
  for (let count = 0; ; count++) {
    const block = await input.read(BLOCK);
    if (!block) throw incomplete();
    if (block.every((byte) => byte === 0)) return undefined;
    const header = parseHeader(block);
    if (!"LKxg".includes(header.type)) return withExtensions(header, extensions);
    if (count === MOST_EXTENSIONS) throw new Error("the archive is damaged: too many extended headers");
    extensions = merged(extensions, header.type, await readExtension(input, header.size));
  }
}

async function readExtension(input: ByteReader, size: number): Promise<Buffer> {
  if (size > LARGEST_EXTENSION) {
    throw new Error(`the archive has a name or extended header of ${size} bytes`);
  }
  const body = await input.read(blocks(size));
  if (!body) throw incomplete();
  return body.subarray(0, size);
}

function merged(before: Extensions, type: string, body: Buffer): Extensions {
  if (type === "L") return { ...before, name: untilNul(body) };
  if (type === "K") return { ...before, linkName: untilNul(body) };
  const { name, linkName, size } = parsePax(body);
  if (type === "g") {
    if (name ?? linkName ?? size) throw new Error("the archive has a global header that sets names or sizes");
    return before;
  }
  return { name: name ?? before.name, linkName: linkName ?? before.linkName, size: size ?? before.size };
}

function withExtensions(header: ReceivedHeader, { name, linkName, size }: Extensions): ReceivedHeader {
  return {
    ...header,
    name: name ?? header.name,
    linkName: linkName ?? header.linkName,
    size: size ?? header.size,
  };
}

async function copyFile(input: ByteReader, output: TarFileWriter, size: number): Promise<void> {
  try {
    for (let left = size; left > 0; ) {
      const piece = await input.some(left);
      if (!piece) throw incomplete();
      await output.write(piece);
      left -= piece.length;
    }
  } catch (error) {
    await output.discard();
    throw error;
  }
  await output.close();
  if (!(await input.skip(blocks(size) - size))) throw incomplete();
}

function incomplete(): Error {
  return new Error("the archive is incomplete");
}
