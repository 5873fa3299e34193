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

const MACS = [
  "hmac-sha2-256-etm@openssh.com",
  "hmac-sha2-512-etm@openssh.com",
  "hmac-sha2-256",
  "hmac-sha2-512",
] as const;
const LEGACY_MACS = ["hmac-sha1-etm@openssh.com", "hmac-sha1"] as const;

/** Signature algorithms of host keys, preferred first. */
const HOST_KEYS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;
const LEGACY_HOST_KEYS = ["ssh-rsa"] as const;

/** `ssh_ciphers` and `ssh_key_exchange_algorithms`. Empty lists select the defaults above. */
export interface AlgorithmChoice {
  readonly ciphers: readonly string[];
  readonly keyExchanges: readonly string[];
}

/**
 * Returns whether SHA-1 is offered for message authentication and signatures. Packer has no options for these algorithms and offers SHA-1 to
 * every server. Here a template requests it when it sets a legacy key exchange or cipher: servers of that age have nothing better.
 */
export function allowsSha1({ ciphers, keyExchanges }: AlgorithmChoice): boolean {
  return isAny(ciphers, LEGACY_CIPHERS) || isAny(keyExchanges, LEGACY_KEY_EXCHANGES);
}

/**
 * Returns the algorithms to offer to the server. Unknown names were reported when the options were checked. `knownHostKeys`: types of the
 * machine's known host keys, which are preferred: a server may add another type during the build.
 */
export function offeredAlgorithms(choice: AlgorithmChoice, knownHostKeys: readonly string[]) {
  const sha1 = allowsSha1(choice);
  const hostKeys = [...HOST_KEYS, ...(sha1 ? LEGACY_HOST_KEYS : [])];
  const isKnown = (name: string) => knownHostKeys.includes(name.startsWith("rsa-sha2-") ? "ssh-rsa" : name);
  return {
    cipher: chosen(choice.ciphers, CIPHERS, LEGACY_CIPHERS),
    kex: chosen(choice.keyExchanges, KEY_EXCHANGES, LEGACY_KEY_EXCHANGES),
    hmac: [...MACS, ...(sha1 ? LEGACY_MACS : [])],
    serverHostKey: [...hostKeys.filter(isKnown), ...hostKeys.filter((name) => !isKnown(name))],
    compress: ["none"],
  } satisfies Algorithms;
}

/** Returns the known names in the order of the template, or the defaults. */
function chosen<Name extends string, Legacy extends string>(
  names: readonly string[],
  defaults: readonly Name[],
  legacy: readonly Legacy[],
): (Name | Legacy)[] {
  const known = [...defaults, ...legacy];
  const found = names.flatMap((name) => known.filter((candidate) => candidate === name));
  return names.length > 0 ? found : [...defaults];
}

function isAny(names: readonly string[], legacy: readonly string[]): boolean {
  return names.some((name) => legacy.includes(name));
}
