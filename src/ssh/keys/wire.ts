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
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  return blob.length >= 4 + length ? blob.toString("utf8", 4, 4 + length) : undefined;
}
