import type { KeyObject } from "node:crypto";
import { jwkCurve, keyFromFields } from "./encode.js";
import { wireReader } from "./wire.js";

const MAGIC = "openssh-key-v1\0";

/** What an OpenSSH private key file has: a key, or why there is none that can be used. */
export type OpenSshKey =
  | { readonly is: "key"; readonly key: KeyObject }
  | { readonly is: "encrypted" }
  | { readonly is: "unsupported"; readonly type: string }
  | { readonly is: "damaged" };

/** Reads the bytes of an `OPENSSH PRIVATE KEY` block (OpenSSH's PROTOCOL.key). Never throws. */
export function readOpenSshKey(bytes: Buffer): OpenSshKey {
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) return { is: "damaged" };
  const outer = wireReader(bytes.subarray(MAGIC.length));
  const cipher = outer.text();
  outer.string(); // Name of the key derivation.
  outer.string(); // Its options.
  const keys = outer.number();
  outer.string(); // The public key.
  const secret = outer.string();
  if (secret === undefined || keys !== 1) return { is: "damaged" };
  if (cipher !== "none") return { is: "encrypted" };
  const inner = wireReader(secret);
  const checks = [inner.number(), inner.number()];
  const type = inner.text();
  if (type === undefined || checks[0] !== checks[1]) return { is: "damaged" };
  const read = READERS[type === "ssh-rsa" || type === "ssh-ed25519" ? type : type.replace(/nistp\d+$/, "*")];
  if (!read) return { is: "unsupported", type };
  try {
    const key = read(inner);
    const comment = inner.string();
    return key && comment && isPadding(inner.rest()) ? { is: "key", key } : { is: "damaged" };
  } catch {
    return { is: "damaged" };
  }
}

type Reader = ReturnType<typeof wireReader>;

/** Reads the fields of each type. Returns undefined or throws when they are not a key. */
const READERS: Readonly<Record<string, (fields: Reader) => KeyObject | undefined>> = {
  "ssh-ed25519": (fields) => {
    const [publicBytes, both] = [fields.string(), fields.string()];
    if (publicBytes?.length !== 32 || both?.length !== 64) return undefined;
    return keyFromFields({ kty: "OKP", crv: "Ed25519", x: url(publicBytes), d: url(both.subarray(0, 32)) });
  },
  "ssh-rsa": (fields) => {
    const [n, e, d, qi, p, q] = Array.from({ length: 6 }, () => fields.mpint());
    if (!n || !e || !d || !qi || !p || !q) return undefined;
    const [dp, dq] = [p, q].map((prime) => modulo(d, prime));
    const values = { n, e, d, p, q, dp, dq, qi };
    return keyFromFields({
      kty: "RSA",
      ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, url(value ?? Buffer.alloc(0))])),
    });
  },
  "ecdsa-sha2-*": (fields) => {
    const [curve, point, d] = [fields.text(), fields.string(), fields.mpint()];
    const crv = jwkCurve(curve ?? "");
    if (!crv || !point || !d || point[0] !== 4) return undefined;
    const size = (point.length - 1) / 2;
    if (d.length > size) return undefined;
    const scalar = Buffer.concat([Buffer.alloc(size - d.length), d]);
    return keyFromFields({
      kty: "EC",
      crv,
      x: url(point.subarray(1, 1 + size)),
      y: url(point.subarray(1 + size)),
      d: url(scalar),
    });
  },
};

/** Returns `value` modulo `prime - 1`: the exponents of the Chinese remainder theorem (RFC 8017 §3.2). */
function modulo(value: Buffer, prime: Buffer): Buffer {
  const remainder = (BigInt(`0x${value.toString("hex")}`) % (BigInt(`0x${prime.toString("hex")}`) - 1n)).toString(16);
  return Buffer.from(remainder.padStart(remainder.length + (remainder.length % 2), "0"), "hex");
}

/** The padding is 1, 2, 3 … */
function isPadding(bytes: Buffer): boolean {
  return bytes.every((byte, index) => byte === index + 1);
}

function url(bytes: Buffer): string {
  return bytes.toString("base64url");
}
