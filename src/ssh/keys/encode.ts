import { createPrivateKey, type JsonWebKey, type KeyObject, randomBytes } from "node:crypto";
import { wireNumber, wireString, wireUint32 } from "./wire.js";

/** A private key in the forms that SSH needs. */
export interface EncodedKey {
  /** Type of the public key, for example `ssh-ed25519`. */
  readonly type: string;
  /** The public key as bytes (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4). */
  readonly blob: Buffer;
  /** OpenSSH format for ed25519, PEM for ECDSA (SEC 1) and RSA (PKCS #1), without a passphrase. Ends with a newline. */
  readonly text: string;
}

/** ECDSA curves of SSH by their names in a JWK. */
const CURVES: Readonly<Record<string, string>> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

/** Encodes an RSA, ECDSA or ed25519 key; undefined for a type or curve that SSH does not have. `comment`: for the OpenSSH format. */
export function encodeKey(key: KeyObject, comment = ""): EncodedKey | undefined {
  if (key.asymmetricKeyType === "rsa") {
    const { e, n } = key.export({ format: "jwk" });
    const blob = Buffer.concat([wireString("ssh-rsa"), wireNumber(bytes(e)), wireNumber(bytes(n))]);
    return { type: "ssh-rsa", blob, text: key.export({ type: "pkcs1", format: "pem" }).toString() };
  }
  if (key.asymmetricKeyType === "ec") return encodeEcdsa(key);
  if (key.asymmetricKeyType !== "ed25519") return undefined;
  const { x, d } = key.export({ format: "jwk" });
  const blob = Buffer.concat([wireString("ssh-ed25519"), wireString(bytes(x))]);
  return { type: "ssh-ed25519", blob, text: openSshPrivateKey(blob, bytes(x), bytes(d), comment) };
}

/** Encodes the curve and the uncompressed point. */
function encodeEcdsa(key: KeyObject): EncodedKey | undefined {
  // Node.js exports only the curves of RFC 7518 as a JWK.
  const curve = CURVES[CURVES_OF_OPENSSL[key.asymmetricKeyDetails?.namedCurve ?? ""] ?? ""];
  if (curve === undefined) return undefined;
  const { x, y } = key.export({ format: "jwk" });
  const type = `ecdsa-sha2-${curve}`;
  const point = Buffer.concat([Buffer.from([4]), bytes(x), bytes(y)]);
  const blob = Buffer.concat([wireString(type), wireString(curve), wireString(point)]);
  return { type, blob, text: key.export({ type: "sec1", format: "pem" }).toString() };
}

/** Names of the curves in a JWK by OpenSSL's names. */
const CURVES_OF_OPENSSL: Readonly<Record<string, string>> = {
  prime256v1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
};

/** Returns a key object for the fields of an OpenSSH key. Throws OpenSSL's error when they are not a key. */
export function keyFromFields(fields: JsonWebKey): KeyObject {
  return createPrivateKey({ key: fields, format: "jwk" });
}

/** Returns the JWK name of an ECDSA curve of SSH, for example `P-256` for `nistp256`. */
export function jwkCurve(name: string): string | undefined {
  return Object.entries(CURVES).find(([, curve]) => curve === name)?.[0];
}

function bytes(field: string | undefined): Buffer {
  return Buffer.from(field ?? "", "base64url");
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
