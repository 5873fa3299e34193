import type { Algorithms } from "ssh2";

/** Default ciphers, fastest first in Node.js: AES-GCM (hardware), ChaCha20, counter modes. */
export const CIPHERS = [
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "chacha20-poly1305@openssh.com",
  "aes128-ctr",
  "aes192-ctr",
  "aes256-ctr",
] as const;

/** Ciphers that are offered only if the template sets them. */
export const LEGACY_CIPHERS = ["aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"] as const;

export const KEY_EXCHANGES = [
  "curve25519-sha256",
  "curve25519-sha256@libssh.org",
  "ecdh-sha2-nistp256",
  "ecdh-sha2-nistp384",
  "ecdh-sha2-nistp521",
  "diffie-hellman-group-exchange-sha256",
  "diffie-hellman-group14-sha256",
  "diffie-hellman-group15-sha512",
  "diffie-hellman-group16-sha512",
  "diffie-hellman-group17-sha512",
  "diffie-hellman-group18-sha512",
] as const;

/** Key exchanges that are offered only if the template sets them. */
export const LEGACY_KEY_EXCHANGES = [
  "diffie-hellman-group-exchange-sha1",
  "diffie-hellman-group14-sha1",
  "diffie-hellman-group1-sha1",
] as const;

/** `ssh_ciphers` and `ssh_key_exchange_algorithms`. Empty lists select the defaults above. */
export interface AlgorithmChoice {
  readonly ciphers: readonly string[];
  readonly keyExchanges: readonly string[];
}

/** Returns the algorithms to offer to the server. Unknown names were reported when the options were checked. */
export function offeredAlgorithms(choice: AlgorithmChoice): Algorithms {
  const ciphers = [...CIPHERS, ...LEGACY_CIPHERS].filter((name) => choice.ciphers.includes(name));
  const exchanges = [...KEY_EXCHANGES, ...LEGACY_KEY_EXCHANGES].filter((name) => choice.keyExchanges.includes(name));
  return {
    cipher: choice.ciphers.length > 0 ? inOrder(choice.ciphers, ciphers) : [...CIPHERS],
    kex: choice.keyExchanges.length > 0 ? inOrder(choice.keyExchanges, exchanges) : [...KEY_EXCHANGES],
    compress: ["none"],
  };
}

/** Returns the known names in the order of the template. */
function inOrder<Name extends string>(names: readonly string[], known: readonly Name[]): Name[] {
  return names.flatMap((name) => known.filter((candidate) => candidate === name));
}
