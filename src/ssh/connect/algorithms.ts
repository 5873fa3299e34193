import type { Algorithms } from "ssh2";

/** AES-GCM first (hardware), ChaCha20 before the counter modes: the order that is fastest in JavaScript. */
export const CIPHERS = [
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "chacha20-poly1305@openssh.com",
  "aes128-ctr",
  "aes192-ctr",
  "aes256-ctr",
] as const;

/** Ciphers that may be asked for by name although they are not offered by themselves. */
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

/** Key exchanges that may be asked for by name although they are not offered by themselves. */
export const LEGACY_KEY_EXCHANGES = [
  "diffie-hellman-group-exchange-sha1",
  "diffie-hellman-group14-sha1",
  "diffie-hellman-group1-sha1",
] as const;

/** The user's `ssh_ciphers` and `ssh_key_exchange_algorithms`; empty lists mean the defaults above. */
export interface AlgorithmChoice {
  readonly ciphers: readonly string[];
  readonly keyExchanges: readonly string[];
}

/** What is offered to the server. Names that are unknown here were refused when the options were read. */
export function offeredAlgorithms(choice: AlgorithmChoice): Algorithms {
  const ciphers = [...CIPHERS, ...LEGACY_CIPHERS].filter((name) => choice.ciphers.includes(name));
  const exchanges = [...KEY_EXCHANGES, ...LEGACY_KEY_EXCHANGES].filter((name) => choice.keyExchanges.includes(name));
  return {
    cipher: choice.ciphers.length > 0 ? inOrder(choice.ciphers, ciphers) : [...CIPHERS],
    kex: choice.keyExchanges.length > 0 ? inOrder(choice.keyExchanges, exchanges) : [...KEY_EXCHANGES],
    compress: ["none"],
  };
}

/** The known names in the order in which the user wrote them. */
function inOrder<Name extends string>(wanted: readonly string[], known: readonly Name[]): Name[] {
  return wanted.flatMap((name) => known.filter((candidate) => candidate === name));
}
