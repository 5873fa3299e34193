/** A running RC4 cipher: encrypts and decrypts, and continues where the last call ended. */
export type Rc4 = (data: Uint8Array) => Buffer;

/** Returns an RC4 cipher ([MS-NLMP] §3.4, RFC 6229), which OpenSSL 3 does not have by default. NTLM seals messages with it. */
export function rc4(key: Uint8Array): Rc4 {
  const state = Uint8Array.from({ length: 256 }, (_, index) => index);
  for (let i = 0, j = 0; i < 256; i++) {
    const own = state[i] ?? 0;
    j = (j + own + (key[i % key.length] ?? 0)) & 255;
    state[i] = state[j] ?? 0;
    state[j] = own;
  }
  let i = 0;
  let j = 0;
  return (data) => {
    const out = Buffer.allocUnsafe(data.length);
    for (let at = 0; at < data.length; at++) {
      i = (i + 1) & 255;
      const first = state[i] ?? 0;
      j = (j + first) & 255;
      const second = state[j] ?? 0;
      state[i] = second;
      state[j] = first;
      out[at] = (data[at] ?? 0) ^ (state[(first + second) & 255] ?? 0);
    }
    return out;
  };
}
