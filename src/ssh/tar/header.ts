/** Bytes of a block. A header is one block; contents are padded to whole blocks. */
export const BLOCK = 512;

/** Type flags of the supported members. */
export const TAR_FILE = "0";
export const TAR_DIRECTORY = "5";
/** GNU: the content of this member is the name of the next. Every tar of a Linux distribution, including BusyBox, supports it. */
const GNU_LONG_NAME = "L";

/** The largest size in eleven octal digits: 8 GiB minus one byte. */
const LARGEST_OCTAL_SIZE = 0o77777777777;

/** Owner and time (seconds since the epoch) of members, for unpackers that do not set their own. */
export interface TarOwnership {
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
}

const UNOWNED: TarOwnership = { uid: 0, gid: 0, mtime: 0 };

/** A file or directory of an archive. */
export interface TarMember {
  /** Path, in the bytes of the file system. Directories end in `/`. */
  readonly name: Uint8Array;
  readonly type: typeof TAR_FILE | typeof TAR_DIRECTORY | typeof GNU_LONG_NAME;
  /** Permission bits. */
  readonly mode: number;
  /** Bytes of content. */
  readonly size: number;
  /** Undefined is root, at the epoch. */
  readonly ownership: TarOwnership | undefined;
}

/** Returns the header of one member in GNU format, after a long-name member if the name has more than 100 bytes. */
export function tarHeader(member: TarMember): Buffer {
  const { name } = member;
  if (name.length <= 100) return headerBlock(member);
  const padded = Buffer.alloc(blocks(name.length + 1));
  padded.set(name);
  const size = name.length + 1;
  const long: TarMember = {
    name: Buffer.from("././@LongLink"),
    type: GNU_LONG_NAME,
    mode: 0o644,
    size,
    ownership: undefined,
  };
  return Buffer.concat([headerBlock(long), padded, headerBlock({ ...member, name: name.subarray(0, 100) })]);
}

/** Returns `length` rounded up to whole blocks. */
export function blocks(length: number): number {
  return Math.ceil(length / BLOCK) * BLOCK;
}

/** Returns the end of an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

function headerBlock({ name, type, mode, size, ownership = UNOWNED }: TarMember): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.set(name);
  octal(block, 100, 7, mode);
  id(block, 108, ownership.uid);
  id(block, 116, ownership.gid);
  if (size <= LARGEST_OCTAL_SIZE) octal(block, 124, 11, size);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  octal(block, 136, 11, ownership.mtime);
  block.write(type, 156, "latin1");
  block.write("ustar  \0", 257, "latin1");
  block.fill(" ", 148, 156);
  let sum = 0;
  for (const byte of block) sum += byte;
  octal(block, 148, 6, sum);
  block[154] = 0;
  return block;
}

/** Writes seven octal digits, or GNU's binary format for large ids, as in user namespaces. */
function id(block: Buffer, at: number, value: number): void {
  if (value <= 0o7777777) {
    octal(block, at, 7, value);
  } else {
    block[at] = 0x80;
    block.writeUInt32BE(value, at + 4);
  }
}

function octal(block: Buffer, at: number, digits: number, value: number): void {
  block.write(value.toString(8).padStart(digits, "0"), at, "latin1");
}
