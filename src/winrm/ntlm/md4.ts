/** Orders and shifts of the three rounds (RFC 1320 §3.4). */
const ORDERS = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
  [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
] as const;
const SHIFTS = [
  [3, 7, 11, 19],
  [3, 5, 9, 13],
  [3, 9, 11, 15],
] as const;
const CONSTANTS = [0, 0x5a827999, 0x6ed9eba1] as const;

/** Returns the MD4 digest (RFC 1320), which OpenSSL 3 does not have by default. Only the password hash of NTLM needs it. */
export function md4(data: Uint8Array): Buffer {
  const length = ((data.length + 8) >> 6) * 64 + 64;
  const padded = Buffer.alloc(length);
  padded.set(data);
  padded[data.length] = 0x80;
  padded.writeBigUInt64LE(BigInt(data.length) * 8n, length - 8);
  let [a, b, c, d] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let start = 0; start < length; start += 64) {
    const before = [a, b, c, d] as const;
    for (let round = 0; round < 3; round++) {
      for (let step = 0; step < 16; step++) {
        const word = padded.readUInt32LE(start + 4 * (ORDERS[round]?.[step] ?? 0));
        const mixed = (a + mix(round, b, c, d) + word + (CONSTANTS[round] ?? 0)) | 0;
        const shift = SHIFTS[round]?.[step % 4] ?? 0;
        [a, b, c, d] = [d, (mixed << shift) | (mixed >>> (32 - shift)), b, c];
      }
    }
    [a, b, c, d] = [(a + before[0]) | 0, (b + before[1]) | 0, (c + before[2]) | 0, (d + before[3]) | 0];
  }
  const digest = Buffer.alloc(16);
  for (const [index, word] of [a, b, c, d].entries()) digest.writeInt32LE(word | 0, 4 * index);
  return digest;
}

function mix(round: number, x: number, y: number, z: number): number {
  if (round === 0) return (x & y) | (~x & z);
  return round === 1 ? (x & y) | (x & z) | (y & z) : x ^ y ^ z;
}
