import { createPrivateKey, sign } from "node:crypto";
import type { Client, ParsedKey } from "ssh2";
import { replaceNextPacket } from "../ssh2-internals.js";
import type { Certificate } from "./certificate.js";
import { wireNumber, wireString } from "./wire.js";

/** Signature of a certificate's key: the algorithm in the request, the algorithm in the signature, and the hash. */
interface Signing {
  readonly request: string;
  readonly signature: string;
  readonly hash: "sha256" | "sha384" | "sha512" | null;
}

const SIGNING: Readonly<Record<string, Signing>> = {
  "ssh-ed25519-cert-v01@openssh.com": {
    request: "ssh-ed25519-cert-v01@openssh.com",
    signature: "ssh-ed25519",
    hash: null,
  },
  "ssh-rsa-cert-v01@openssh.com": {
    request: "rsa-sha2-512-cert-v01@openssh.com",
    signature: "rsa-sha2-512",
    hash: "sha512",
  },
  ...Object.fromEntries(
    (
      [
        ["256", "sha256"],
        ["384", "sha384"],
        ["521", "sha512"],
      ] as const
    ).map(([size, hash]) => {
      const request = `ecdsa-sha2-nistp${size}-cert-v01@openssh.com`;
      return [request, { request, signature: `ecdsa-sha2-nistp${size}`, hash }];
    }),
  ),
};

/** Returns the signature algorithm to request for a certificate of the type (RFC 8332 for RSA: never SHA-1). */
export function certificateAlgorithm(type: string): string {
  return SIGNING[type]?.request ?? type;
}

/**
 * Returns a key that authenticates with its certificate.
 *
 * ssh2 1.17 does not support certificates. It sends the certificate and signs the request correctly, but writes the certificate's algorithm
 * in the signature. Servers refuse that, because it must be the algorithm of the plain key. So this function writes the packet with the
 * signature, from the signed bytes.
 */
export function certifiedKey(key: ParsedKey, certificate: Certificate, client: Client): ParsedKey {
  const signing = SIGNING[certificate.type];
  if (!signing) throw new Error(`unknown certificate type: ${certificate.type}`);
  const certified: ParsedKey = Object.create(key, {
    type: { value: signing.request, enumerable: true },
    getPublicSSH: { value: () => certificate.blob },
    sign: {
      value: (request: Buffer) => {
        const signature = signWith(key, signing, request);
        sendSigned(client, request, signature);
        return signature;
      },
    },
  });
  return certified;
}

/**
 * Sends an authentication request with its signature in place of ssh2's packet. `request`: the signed bytes, which are the session id and the
 * request (RFC 4252 §7). `signature`: in SSH format.
 */
export function sendSigned(client: Client, request: Buffer, signature: Buffer): void {
  const payload = request.subarray(4 + request.readUInt32BE(0));
  replaceNextPacket(client, Buffer.concat([payload, wireString(signature)]));
}

/** Returns the signature in SSH format: its algorithm, then its bytes (RFC 4253 §6.6, RFC 5656 §3.1.2, RFC 8709 §6). */
function signWith(key: ParsedKey, signing: Signing, data: Buffer): Buffer {
  const privateKey = createPrivateKey(key.getPrivatePEM());
  const raw = sign(signing.hash, data, { key: privateKey, dsaEncoding: "ieee-p1363" });
  const ecdsa = signing.signature.startsWith("ecdsa");
  const half = raw.length / 2;
  const body = ecdsa ? Buffer.concat([wireNumber(raw.subarray(0, half)), wireNumber(raw.subarray(half))]) : raw;
  return Buffer.concat([wireString(signing.signature), wireString(body)]);
}
