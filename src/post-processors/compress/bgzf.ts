import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** Size of a block before compression in bytes, as in bgzip: the length of an incompressible block still fits in two bytes. */
const BLOCK = 0xff00;

/** Length of a gzip header without extra fields, in bytes. */
const PLAIN_HEADER = 10;

/** A gzip header with the extra field `BC`; its last two bytes are the length of the block minus one (SAM specification, §4.1). */
const HEADER = Buffer.from("1f8b08040000000000ff0600424302000000", "hex");

/** The empty block that marks the end of a file (SAM specification, §4.1.2). */
const END = Buffer.from("1f8b08040000000000ff0600424302001b0003000000000000000000", "hex");

const compress = promisify<Uint8Array, { readonly level: number }, Buffer>(gzip);

/** Compresses a stream in independent blocks (blocked gzip, "bgzf"); `level` is 1 to 9. */
export async function* bgzf(bytes: AsyncIterable<Uint8Array>, level: number): AsyncGenerator<Uint8Array> {
  for await (const block of blocksOf(bytes)) {
    const packed = (await compress(block, { level })).subarray(PLAIN_HEADER);
    const header = Buffer.from(HEADER);
    header.writeUInt16LE(header.length + packed.length - 1, header.length - 2);
    yield header;
    yield packed;
  }
  yield END;
}

async function* blocksOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let kept = Buffer.alloc(0);
  for await (const piece of bytes) {
    kept = Buffer.concat([kept, piece]);
    let at = 0;
    for (; kept.length - at >= BLOCK; at += BLOCK) yield kept.subarray(at, at + BLOCK);
    kept = kept.subarray(at);
  }
  if (kept.length > 0) yield kept;
}
