import { BakeError } from "../../core/errors.js";
import type { EncodedKey } from "./encode.js";
import type { KeyProblem } from "./private-key.js";
import { firstString, wireReader, wireString } from "./wire.js";

/** An OpenSSH certificate: the public half of a key, signed by an authority (OpenSSH PROTOCOL.certkeys). */
export interface Certificate {
  /** E.g. `ssh-ed25519-cert-v01@openssh.com`. */
  readonly type: string;
  readonly blob: Buffer;
  /** The certified public key. */
  readonly keyBlob: Buffer;
  readonly isForUser: boolean;
  /** Seconds since 1970: valid from the first, until before the second. */
  readonly valid: readonly [bigint, bigint];
}

/** Number of fields of the key in a certificate, by its type (PROTOCOL.certkeys). */
const KEY_FIELDS: Readonly<Record<string, number>> = {
  "ssh-ed25519": 1,
  "ssh-rsa": 2,
  "ecdsa-sha2-nistp256": 2,
  "ecdsa-sha2-nistp384": 2,
  "ecdsa-sha2-nistp521": 2,
};

const SUFFIX = "-cert-v01@openssh.com";

/** Reads a certificate as it is sent; undefined when the blob is not one of a type that bake-ami can log in with. */
export function readCertificate(blob: Buffer): Certificate | undefined {
  const reader = wireReader(blob);
  const type = reader.text() ?? "";
  const plain = type.slice(0, -SUFFIX.length);
  const fields = type.endsWith(SUFFIX) ? KEY_FIELDS[plain] : undefined;
  if (fields === undefined) return undefined;
  reader.string(); // The nonce.
  const key = Array.from({ length: fields }, () => reader.string());
  reader.long(); // The serial number.
  const kind = reader.number();
  reader.string(); // The identity.
  reader.string(); // The principals.
  const [after, before] = [reader.long(), reader.long()];
  if (after === undefined || before === undefined) return undefined;
  const keyBlob = Buffer.concat([plain, ...key].map((field) => wireString(field ?? "")));
  return { type, blob, keyBlob, isForUser: kind === 1, valid: [after, before] };
}

/** Reads the first certificate in the text of a file (`id_ed25519-cert.pub`); undefined when there is none. */
export function findCertificate(text: string): Certificate | undefined {
  for (const line of text.split("\n")) {
    const [type = "", data = ""] = line.trim().split(/\s+/);
    const blob = Buffer.from(data, "base64");
    const read = type.endsWith(SUFFIX) && firstString(blob) === type ? readCertificate(blob) : undefined;
    if (read) return read;
  }
  return undefined;
}

/** Returns why the text of a file is no certificate for the key, as `certificateProblem` does. */
export function certificateTextProblem(text: string, name: string, given: CertificateUse): KeyProblem | undefined {
  const found = findCertificate(text);
  return found
    ? certificateProblem(found, name, given)
    : { problem: `no OpenSSH certificate found in "${name}"`, hint: HINT };
}

/** The use of a certificate: the key that it should certify, undefined if it is not known; and the milliseconds since 1970. */
export interface CertificateUse {
  readonly key: EncodedKey | undefined;
  readonly now: number;
}

/** Reads a certificate file. `origin`: its path. Throws a `BakeError` (`ssh-certificate-invalid`). */
export function parseCertificate(text: string, origin: string): Certificate {
  const found = findCertificate(text);
  if (found) return found;
  throw new BakeError(`"${origin}" is not an OpenSSH user certificate`, {
    code: "ssh-certificate-invalid",
    hint: HINT,
  });
}

const HINT =
  "Set the file that `ssh-keygen -s` wrote: one line that starts with a type such as ssh-ed25519-cert-v01@openssh.com.";

/**
 * Returns why the login with a certificate would fail, undefined when it can succeed: its kind, its time and its key. Packer checks the last
 * two in its validation.
 */
export function certificateProblem(
  certificate: Certificate,
  name: string,
  { key, now }: CertificateUse,
): KeyProblem | undefined {
  const [after, before] = certificate.valid;
  const seconds = BigInt(Math.floor(now / 1000));
  if (!certificate.isForUser) {
    return { problem: `the certificate in "${name}" is for a host, not for a user`, hint: HINT };
  }
  if (seconds < after) {
    return {
      problem: `the certificate in "${name}" is not valid before ${asDate(after)}`,
      hint: "Check the clock of this host.",
    };
  }
  if (seconds >= before) {
    return {
      problem: `the certificate in "${name}" expired at ${asDate(before)}`,
      hint: "Sign the key again, in a step before this one if the certificate is valid for a short time.",
    };
  }
  if (key && !key.blob.equals(certificate.keyBlob)) {
    return {
      problem: `the certificate in "${name}" is not for the private key`,
      hint: "Set the certificate and the private key that belong together.",
    };
  }
  return undefined;
}

/** Certificates can name years that no calendar has. */
function asDate(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s after 1970` : date.toISOString();
}
