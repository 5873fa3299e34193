import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { type EncodedKey, encodeKey } from "./encode.js";
import { readOpenSshKey } from "./open-ssh-format.js";
import { firstPemBlock, type PemBlock } from "./pem.js";

/** Why a file cannot be used as a private key. */
export interface KeyProblem {
  /** The problem as a summary, with the name of the file in quotes. */
  readonly problem: string;
  readonly hint: string;
}

/** A private key without a passphrase, in the forms that SSH needs; or why the text is none. */
export type ReadKey = { readonly key: EncodedKey } | KeyProblem;

/** Size of an RSA key in bits below which Go refuses to sign, and OpenSSH to verify (`RequiredRSASize`). */
const SMALLEST_RSA = 1024;

const SET_A_KEY = "Set the file of a private key in OpenSSH or PEM format.";
const DECRYPT =
  'Load the key into ssh-agent and set "ssh_agent_auth", or decrypt a copy with `ssh-keygen -p`. Passphrases are not supported.';
const NEW_KEY = 'Generate a key with `ssh-keygen -t ed25519 -N ""`.';

/**
 * Reads the private key in the text of a file: OpenSSH format, PKCS #1, SEC 1 or PKCS #8, optionally with other text before and after it.
 * Accepts and refuses what Packer does (`ssh.ParsePrivateKey` of Go). Refuses DSA and short RSA keys too, with which Packer fails at the login.
 * `name`: the file in messages. Never throws.
 */
export function readPrivateKey(text: string, name: string): ReadKey {
  const block = firstPemBlock(text);
  if (!block) return noKey(text, name);
  if (/ENCRYPTED/.test(block.headers.get("Proc-Type") ?? "") || block.type === "ENCRYPTED PRIVATE KEY") {
    return encrypted(name);
  }
  if (block.type === "DSA PRIVATE KEY") return dsa(name);
  if (block.type === "OPENSSH PRIVATE KEY") return openSshKey(block, name);
  const format = FORMATS[block.type];
  if (format === undefined) {
    const first = `"${name}" starts with "${block.type}", not with a private key`;
    return { problem: first, hint: `Remove what is before the private key. ${SET_A_KEY}` };
  }
  try {
    return usable(createPrivateKey({ key: block.bytes, format: "der", type: format }), name);
  } catch {
    return damaged(name);
  }
}

/** The formats of Node.js by the type of the PEM block. */
const FORMATS: Readonly<Record<string, "pkcs1" | "sec1" | "pkcs8">> = {
  "RSA PRIVATE KEY": "pkcs1",
  "EC PRIVATE KEY": "sec1",
  "PRIVATE KEY": "pkcs8",
};

function openSshKey(block: PemBlock, name: string): ReadKey {
  const read = readOpenSshKey(block.bytes);
  if (read.is === "key") return usable(read.key, name);
  if (read.is === "encrypted") return encrypted(name);
  if (read.is === "damaged") return damaged(name);
  return read.type === "ssh-dss" ? dsa(name) : unsupported(name, read.type);
}

/** Returns the key if SSH has its type, and servers accept it. */
function usable(key: KeyObject, name: string): ReadKey {
  if (key.asymmetricKeyType === "dsa") return dsa(name);
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < SMALLEST_RSA) {
    return {
      problem: `the RSA key in "${name}" has only ${bits} bits, and SSH servers require at least ${SMALLEST_RSA}`,
      hint: NEW_KEY,
    };
  }
  const encoded = encodeKey(key);
  if (!encoded) return unsupported(name, key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? "unknown");
  return isConsistent(key) ? { key: encoded } : damaged(name);
}

/** OpenSSL accepts keys whose numbers do not belong together. The signature of such a key is wrong. */
function isConsistent(key: KeyObject): boolean {
  const data = Buffer.from("bake-ami");
  const hash = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  try {
    return verify(hash, data, createPublicKey(key), sign(hash, data, key));
  } catch {
    return false;
  }
}

function noKey(text: string, name: string): KeyProblem {
  if (/^PuTTY-User-Key-File/m.test(text)) {
    return {
      problem: `"${name}" is a key of PuTTY`,
      hint: `Convert it: \`puttygen ${name} -O private-openssh -o KEY\`, and set the file that this writes.`,
    };
  }
  if (/^(ssh|ecdsa|sk)-\S+ AAAA/.test(text.trimStart())) {
    return { problem: `"${name}" is a public key`, hint: "Set the file of the private key: the name without .pub." };
  }
  return {
    problem: `no private key found in "${name}"`,
    hint: /PRIVATE KEY-----/.test(text)
      ? 'The lines "-----BEGIN … PRIVATE KEY-----" and "-----END … PRIVATE KEY-----" must be complete, alike, and each on a line of its own. A CI secret often loses its line breaks.'
      : SET_A_KEY,
  };
}

function encrypted(name: string): KeyProblem {
  return { problem: `the private key in "${name}" is encrypted`, hint: DECRYPT };
}

function dsa(name: string): KeyProblem {
  return { problem: `the key in "${name}" is a DSA key, which SSH servers no longer accept`, hint: NEW_KEY };
}

function unsupported(name: string, type: string): KeyProblem {
  return {
    problem: `the key in "${name}" has a type that cannot be used: "${type}"`,
    hint: type.startsWith("sk-")
      ? 'A key on a security key needs ssh-agent: load it there and set "ssh_agent_auth".'
      : `Use an ed25519, ECDSA (P-256, P-384, P-521) or RSA key. ${NEW_KEY}`,
  };
}

function damaged(name: string): KeyProblem {
  return {
    problem: `the private key in "${name}" is damaged`,
    hint: "Check the file with `ssh-keygen -y -f FILE`. A CI secret often loses its line breaks or its last line.",
  };
}
