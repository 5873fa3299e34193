import { shown } from "../transfer/received-name.js";
import { TAR_FILE } from "./header.js";

/** The header block of a member as it was received: names are bytes of the machine's file system and can be malicious. */
export interface ReceivedHeader {
  readonly name: Buffer;
  /** Target of a link. */
  readonly linkName: Buffer;
  /** Permission bits, without setuid, setgid and sticky. */
  readonly mode: number;
  readonly size: number;
  readonly type: string;
}

/** Parses a block (POSIX pax §ustar Interchange Format; GNU: binary numbers). Throws an `Error` for a damaged one. */
export function parseHeader(block: Buffer): ReceivedHeader {
  let sum = 8 * 0x20;
  for (const [index, byte] of block.entries()) if (index < 148 || index >= 156) sum += byte;
  if (numberAt(block, 148, 8) !== sum) throw new Error("the archive is damaged: wrong checksum of a header");
  const posix = block.toString("latin1", 257, 263) === "ustar\0";
  const prefix = posix ? untilNul(block.subarray(345, 500)) : Buffer.alloc(0);
  const name = untilNul(block.subarray(0, 100));
  const type = String.fromCharCode(block[156] ?? 0);
  return {
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from("/"), name]),
    linkName: untilNul(block.subarray(157, 257)),
    mode: numberAt(block, 100, 8) & 0o777,
    size: numberAt(block, 124, 12),
    // "7" is a contiguous file, which POSIX treats as a file.
    type: type === "\0" || type === "7" ? TAR_FILE : type,
  };
}

/** Returns the bytes before the first NUL. */
export function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}

/** Reads octal digits, or GNU's binary format. Throws for what is neither, for negative numbers and for numbers over 2^53. */
function numberAt(block: Buffer, at: number, length: number): number {
  const field = block.subarray(at, at + length);
  const value = (field[0] ?? 0) & 0x80 ? binary(field) : octal(field);
  if (value === undefined) throw new Error("the archive is damaged: a number of a header is not valid");
  return value;
}

function octal(field: Buffer): number | undefined {
  const digits = untilNul(field).toString("latin1").trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || "0", 8) : undefined;
}

/** The first bit marks the format, the second is the sign. */
function binary(field: Buffer): number | undefined {
  if (field[0] !== 0x80) return undefined;
  const value = BigInt(`0x${field.subarray(1).toString("hex")}`);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

/** What pax headers and GNU's long names set for the next member. */
export interface Extensions {
  readonly name: Buffer | undefined;
  readonly linkName: Buffer | undefined;
  readonly size: number | undefined;
}

/**
 * Parses the records `LENGTH KEY=VALUE\n` of a pax header (POSIX pax §Extended Header). Throws an `Error` for damaged records and for
 * sparse files.
 */
export function parsePax(body: Buffer): Extensions {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const digits = space === -1 ? "" : body.toString("latin1", at, space);
    const end = at + Number(digits);
    const equals = body.indexOf(0x3d, space);
    const valid = /^[1-9]\d{0,9}$/.test(digits) && equals > space && equals < end && end <= body.length;
    if (!valid || body[end - 1] !== 0x0a) throw new Error("the archive is damaged: an extended header is not valid");
    records.set(body.toString("latin1", space + 1, equals), body.subarray(equals + 1, end - 1));
    at = end;
  }
  if ([...records.keys()].some((key) => key.startsWith("GNU.sparse."))) {
    const name = records.get("GNU.sparse.name") ?? records.get("path");
    throw new Error(`${name ? shown(name) : "a member"} is a sparse file, which is not supported`);
  }
  return { name: records.get("path"), linkName: records.get("linkpath"), size: paxSize(records.get("size")) };
}

function paxSize(value: Buffer | undefined): number | undefined {
  if (value === undefined) return undefined;
  const size = Number(value.toString("latin1"));
  if (!/^\d+$/.test(value.toString("latin1")) || !Number.isSafeInteger(size)) {
    throw new Error("the archive is damaged: the size of an extended header is not valid");
  }
  return size;
}
