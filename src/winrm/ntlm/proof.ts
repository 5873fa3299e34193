import { createHmac } from "node:crypto";
import { md4 } from "./md4.js";
import { utf16 } from "./messages.js";

/** Returns an HMAC with MD5. */
export function hmacMd5(key: Uint8Array, ...data: readonly Uint8Array[]): Buffer {
  const hmac = createHmac("md5", key);
  for (const piece of data) hmac.update(piece);
  return hmac.digest();
}

/** Returns the key that NTLMv2 derives from a password, NTOWFv2 ([MS-NLMP] §3.3.2). */
export function passwordKey({ user, domain, password }: NtlmAccount): Buffer {
  return hmacMd5(md4(utf16(password)), utf16(user.toUpperCase() + domain));
}

/** A user and the password. The domain is empty for a local user. */
export interface NtlmAccount {
  readonly domain: string;
  readonly user: string;
  readonly password: string;
}

/** Input of a proof: challenges of 8 bytes, time in units of 100 ns since 1601 as 8 bytes, attributes of the target. */
export interface NtlmProofInput {
  readonly serverChallenge: Uint8Array;
  readonly clientChallenge: Uint8Array;
  readonly time: Uint8Array;
  readonly targetInfo: Uint8Array;
}

/** Returns the NTLMv2 response and the session base key ([MS-NLMP] §3.3.2). */
export function proofOf(
  key: Uint8Array,
  input: NtlmProofInput,
): { readonly ntResponse: Buffer; readonly baseKey: Buffer } {
  const blob = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    input.time,
    input.clientChallenge,
    Buffer.alloc(4),
    input.targetInfo,
    Buffer.alloc(4),
  ]);
  const proof = hmacMd5(key, input.serverChallenge, blob);
  return { ntResponse: Buffer.concat([proof, blob]), baseKey: hmacMd5(key, proof) };
}

/** Returns the LMv2 response ([MS-NLMP] §3.3.2). */
export function lmProofOf(key: Uint8Array, serverChallenge: Uint8Array, clientChallenge: Uint8Array): Buffer {
  return Buffer.concat([hmacMd5(key, serverChallenge, clientChallenge), clientChallenge]);
}

/** Returns a time in milliseconds since 1970 in units of 100 ns since 1601, little-endian. */
export function fileTime(ms: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE((BigInt(Math.floor(ms)) + 11_644_473_600_000n) * 10_000n);
  return bytes;
}
