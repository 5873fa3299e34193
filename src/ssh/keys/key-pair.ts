import { generateKeyPair as generate } from "node:crypto";
import { promisify } from "node:util";
import { encodeKey } from "./encode.js";

const generateAsync = promisify(generate);

/** A key pair generated on the runner. */
export interface SshKeyPair {
  /** OpenSSH format for ed25519, PEM for ECDSA (SEC 1) and RSA (PKCS #1). Ends with a newline. */
  readonly privateKey: string;
  /** One line of `authorized_keys`, without a newline. */
  readonly publicKey: string;
}

/**
 * Generates a key pair. `bits`: size of an RSA key, default 2048. ECDSA uses the curve P-384.
 */
export async function generateKeyPair(
  type: "ed25519" | "ecdsa" | "rsa",
  options: { readonly comment: string; readonly bits?: number | undefined },
): Promise<SshKeyPair> {
  const { privateKey } = await generateKey(type, options.bits ?? 2048);
  const encoded = encodeKey(privateKey, options.comment);
  if (!encoded) throw new Error(`no SSH key can be made of type ${type}`);
  return {
    privateKey: encoded.text,
    publicKey: `${encoded.type} ${encoded.blob.toString("base64")} ${options.comment}`,
  };
}

function generateKey(type: "ed25519" | "ecdsa" | "rsa", bits: number) {
  if (type === "rsa") return generateAsync("rsa", { modulusLength: bits });
  return type === "ecdsa" ? generateAsync("ec", { namedCurve: "P-384" }) : generateAsync("ed25519");
}
