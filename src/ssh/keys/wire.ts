/** Encoding of the data types of the SSH protocol (RFC 4251 §5). */

/** Encodes a `string`: a length in four bytes, then the bytes. */
export function wireString(value: string | Uint8Array): Buffer {
  const body = typeof value === "string" ? Buffer.from(value, "utf8") : Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** Encodes an `mpint`: a non-negative number, given as big-endian bytes. */
export function wireNumber(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start++;
  const body = Buffer.from(bytes.subarray(start));
  const negative = ((body[0] ?? 0) & 0x80) !== 0;
  return wireString(negative ? Buffer.concat([Buffer.from([0]), body]) : body);
}

/** Encodes a `uint32`. */
export function wireUint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

/** Returns the first `string` of a blob, which is the type of a key or certificate. Undefined when the blob is too short. */
export function firstString(blob: Buffer): string | undefined {
  return wireReader(blob).text();
}

/** Reads consecutive values of a blob. Each function returns undefined when the blob is too short, and then all later ones do. */
export interface WireReader {
  string(): Buffer | undefined;
  /** A `string` as UTF-8. */
  text(): string | undefined;
  /** A `uint32`. */
  number(): number | undefined;
  /** A `uint64`. */
  long(): bigint | undefined;
  /** A non-negative `mpint` without leading zeros; undefined for a negative one too. */
  mpint(): Buffer | undefined;
  /** Returns what was not read. */
  rest(): Buffer;
}

/** Returns a reader of a blob. */
export function wireReader(blob: Buffer): WireReader {
  let at = 0;
  const take = (length: number | undefined): Buffer | undefined => {
    const fits = length !== undefined && at + length <= blob.length;
    const taken = fits ? blob.subarray(at, at + length) : undefined;
    at = fits ? at + length : blob.length;
    return taken;
  };
  const number = () => take(4)?.readUInt32BE();
  const string = () => take(number());
  return {
    string,
    number,
    text: () => string()?.toString("utf8"),
    long: () => take(8)?.readBigUInt64BE(),
    mpint() {
      const bytes = string();
      if (!bytes || ((bytes[0] ?? 0) & 0x80) !== 0) return undefined;
      const start = bytes.findIndex((byte) => byte !== 0);
      return start < 0 ? bytes.subarray(0, 0) : bytes.subarray(start);
    },
    rest: () => blob.subarray(at),
  };
}
