import { type KeyObject, randomBytes } from "node:crypto";

/** A length and what it is the length of, as RFC 4251 §5 writes a string. */
function field(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A positive number (RFC 4251 §5 "mpint"): a leading zero keeps its sign. */
function number(base64url: string | undefined): Buffer {
  const bytes = Buffer.from(base64url ?? "", "base64url");
  return field((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
}

function publicBlob(key: KeyObject): { readonly type: string; readonly blob: Buffer } {
  const jwk = key.export({ format: "jwk" });
  if (jwk.kty === "RSA") {
    return { type: "ssh-rsa", blob: Buffer.concat([field("ssh-rsa"), number(jwk.e), number(jwk.n)]) };
  }
  return {
    type: "ssh-ed25519",
    blob: Buffer.concat([field("ssh-ed25519"), field(Buffer.from(jwk.x ?? "", "base64url"))]),
  };
}

/** An RSA or ED25519 public key as a line of `authorized_keys`, without a comment. */
export function openSshPublicKey(key: KeyObject): string {
  const { type, blob } = publicBlob(key);
  return `${type} ${blob.toString("base64")}`;
}

/** An ED25519 private key in OpenSSH's own format (PROTOCOL.key), not encrypted. */
export function openSshPrivateKey(key: KeyObject): string {
  const jwk = key.export({ format: "jwk" });
  const open = Buffer.from(jwk.x ?? "", "base64url");
  const secret = Buffer.concat([Buffer.from(jwk.d ?? "", "base64url"), open]);
  const check = randomBytes(4);
  const inner = Buffer.concat([check, check, field("ssh-ed25519"), field(open), field(secret), field("")]);
  const filled = Buffer.concat([inner, Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (inner.length % 8)) % 8)]);
  const one = Buffer.from([0, 0, 0, 1]);
  const publicPart = field(Buffer.concat([field("ssh-ed25519"), field(open)]));
  const whole = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    field("none"),
    field("none"),
    field(""),
    one,
    publicPart,
    field(filled),
  ]);
  const lines = whole.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}
