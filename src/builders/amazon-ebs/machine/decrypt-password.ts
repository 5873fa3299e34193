import { constants, createPrivateKey, type KeyObject, privateDecrypt } from "node:crypto";
import type { KeyProblem } from "../../../ssh/keys/private-key.js";
import { readPrivateKey } from "../../../ssh/keys/private-key.js";

/** The key that decrypts passwords of Windows instances; or why the text is none. */
export type PasswordKey = { readonly key: KeyObject } | KeyProblem;

/** Reads the RSA key in the text of a file, in any format of `readPrivateKey`. `name`: the file in messages. Never throws. */
export function readPasswordKey(text: string, name: string): PasswordKey {
  const read = readPrivateKey(text, name);
  if ("problem" in read) return read;
  if (read.key.type === "ssh-rsa") return { key: createPrivateKey(read.key.text) };
  return {
    problem: `the key in "${name}" is not an RSA key, and EC2 encrypts Windows passwords only for RSA keys`,
    hint: 'Set the file of an RSA key pair, or set "winrm_password".',
  };
}

/** Fewest bytes of padding before the message: 0, 2, eight random bytes, 0 (RFC 8017 §7.2.1). */
const SHORTEST_PADDING = 11;

/**
 * Returns the password in the base64 text of GetPasswordData; undefined if it was encrypted for another key or is damaged. Never throws.
 * OpenSSL only computes the power: Node.js 20 refuses the padding of PKCS #1 v1.5, and later releases return random bytes for bad padding.
 */
export function decryptPassword(data: string, key: KeyObject): string | undefined {
  const encrypted = Buffer.from(data, "base64");
  let padded: Buffer;
  try {
    padded = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encrypted);
  } catch {
    return undefined;
  }
  const message = unpad(padded);
  return message === undefined ? undefined : textOf(message);
}

/**
 * Removes the padding of PKCS #1 v1.5 (RFC 8017 §7.2.2); undefined if there is none. Whatever the bytes are, all of them are read and the same
 * operations run, so that the time does not show where the padding is wrong.
 */
export function unpad(padded: Uint8Array): Uint8Array | undefined {
  let wrong = (padded[0] ?? 1) | ((padded[1] ?? 0) ^ 2);
  let found = 0;
  let start = 0;
  for (let at = 2; at < padded.length; at++) {
    const isZero = (((padded[at] ?? 1) - 1) >>> 31) & ~found & 1;
    start |= -isZero & (at + 1);
    found |= isZero;
  }
  wrong |= 1 ^ found;
  wrong |= (start - SHORTEST_PADDING) >>> 31;
  return wrong === 0 ? padded.subarray(start) : undefined;
}

/** Returns the text of a password; undefined for bytes that are no UTF-8, or for control characters. */
function textOf(message: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(message);
    return text === "" || /\p{Cc}/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
