import ssh2, { type ParsedKey } from "ssh2";
import { BakeError } from "../core/errors.js";

/**
 * Reads a private key in OpenSSH or PEM form. `origin` is what messages call it: a path, or "the generated key".
 * Throws `BakeError` (`ssh-private-key-invalid`) for what is no key, is a public key, or is encrypted (Packer §4.1).
 */
export function parsePrivateKey(text: string, origin: string): ParsedKey {
  const parsed = ssh2.utils.parseKey(text);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || key instanceof Error) throw invalid(origin, key);
  if (!key.isPrivateKey()) throw invalid(origin, new Error("it holds a public key"));
  return key;
}

function invalid(origin: string, cause: Error | undefined): BakeError {
  const encrypted = /encrypted|passphrase/i.test(cause?.message ?? "");
  return new BakeError(
    encrypted
      ? `the private key ${origin} is encrypted`
      : `${origin} is not a private key: ${cause?.message ?? "no key found"}`,
    {
      code: "ssh-private-key-invalid",
      hint: encrypted
        ? "Keys with a passphrase are not supported: load the key into ssh-agent and set ssh_agent_auth, or decrypt a copy with `ssh-keygen -p`."
        : "Give the private half of a key pair, in OpenSSH or PEM form.",
      cause,
    },
  );
}
