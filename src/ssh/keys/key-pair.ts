import { generateKeyPair as generate, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { wireNumber, wireString, wireUint32 } from "./wire.js";

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
  if (type === "rsa") return generateRsa(options.bits ?? 2048, options.comment);
  if (type === "ecdsa") return generateEcdsa(options.comment);
  const { privateKey } = await generateAsync("ed25519");
  const { x, d } = privateKey.export({ format: "jwk" });
  const publicBytes = Buffer.from(x ?? "", "base64url");
  const blob = Buffer.concat([wireString("ssh-ed25519"), wireString(publicBytes)]);
  return {
    privateKey: openSshPrivateKey(blob, publicBytes, Buffer.from(d ?? "", "base64url"), options.comment),
    publicKey: authorizedKey("ssh-ed25519", blob, options.comment),
  };
}

/** Encodes the key by RFC 5656 section 3.1: the curve, and the uncompressed point. */
async function generateEcdsa(comment: string): Promise<SshKeyPair> {
  const { privateKey, publicKey } = await generateAsync("ec", { namedCurve: "P-384" });
  const { x, y } = publicKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x ?? "", "base64url"), Buffer.from(y ?? "", "base64url")]);
  const blob = Buffer.concat([wireString("ecdsa-sha2-nistp384"), wireString("nistp384"), wireString(point)]);
  return {
    privateKey: privateKey.export({ type: "sec1", format: "pem" }).toString(),
    publicKey: authorizedKey("ecdsa-sha2-nistp384", blob, comment),
  };
}

async function generateRsa(bits: number, comment: string): Promise<SshKeyPair> {
  const { privateKey, publicKey } = await generateAsync("rsa", { modulusLength: bits });
  const { n, e } = publicKey.export({ format: "jwk" });
  const blob = Buffer.concat([
    wireString("ssh-rsa"),
    wireNumber(Buffer.from(e ?? "", "base64url")),
    wireNumber(Buffer.from(n ?? "", "base64url")),
  ]);
  return {
    privateKey: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
    publicKey: authorizedKey("ssh-rsa", blob, comment),
  };
}

function authorizedKey(type: string, blob: Buffer, comment: string): string {
  return `${type} ${blob.toString("base64")} ${comment}`;
}

/** Returns an unencrypted key in the format of OpenSSH's PROTOCOL.key. */
function openSshPrivateKey(blob: Buffer, publicBytes: Buffer, seed: Buffer, comment: string): string {
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    wireString("ssh-ed25519"),
    wireString(publicBytes),
    wireString(Buffer.concat([seed, publicBytes])),
    wireString(comment),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    wireString("none"),
    wireString("none"),
    wireString(""),
    wireUint32(1),
    wireString(blob),
    wireString(Buffer.concat([secret, padding])),
  ]);
  const lines = body.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}
