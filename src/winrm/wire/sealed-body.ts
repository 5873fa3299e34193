import { NtlmError } from "../ntlm/messages.js";
import { type NtlmSealer, SIGNATURE_LENGTH } from "../ntlm/seal.js";

const PROTOCOL = "application/HTTP-SPNEGO-session-encrypted";
const BOUNDARY = "Encrypted Boundary";
const SOAP = "application/soap+xml;charset=UTF-8";

/** `Content-Type` of an encrypted message, and of one that is not. */
export const SEALED_TYPE = `multipart/encrypted;protocol="${PROTOCOL}";boundary="${BOUNDARY}"`;
export const PLAIN_TYPE = SOAP;

/** Returns whether a `Content-Type` is that of an encrypted message. */
export function isSealedType(type: string): boolean {
  return /^\s*multipart\/(?:x-multi-)?encrypted\b/i.test(type);
}

/** Returns the body of an encrypted message ([MS-WSMV] 2.2.9.1). */
export function sealBody(sealer: NtlmSealer, message: Uint8Array): Buffer {
  const { signature, sealed } = sealer.seal(message);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(signature.length);
  const head =
    `--${BOUNDARY}\r\n\tContent-Type: ${PROTOCOL}\r\n\tOriginalContent: type=${SOAP};Length=${message.length}\r\n` +
    `--${BOUNDARY}\r\n\tContent-Type: application/octet-stream\r\n`;
  return Buffer.concat([
    Buffer.from(head, "latin1"),
    length,
    signature,
    sealed,
    Buffer.from(`--${BOUNDARY}--\r\n`, "latin1"),
  ]);
}

const OCTETS = Buffer.from("Content-Type: application/octet-stream\r\n", "latin1");
/** Longest header of a part. */
const LONGEST_HEAD = 1024;

/**
 * Returns the message in an encrypted body, of all its parts. Throws an `NtlmError` if the body is not one, or a signature does not match.
 */
export function openBody(sealer: NtlmSealer, body: Buffer): Buffer {
  const messages: Buffer[] = [];
  for (let at = 0; ; ) {
    const mark = body.indexOf(OCTETS, at);
    if (mark < 0 || mark - at > LONGEST_HEAD) break;
    const length = /;\s*Length=(\d{1,9})\s*\r\n/i.exec(body.toString("latin1", at, mark))?.[1];
    const start = mark + OCTETS.length;
    if (length === undefined || start + 4 > body.length) throw new NtlmError("an encrypted message without its length");
    const end = start + 4 + SIGNATURE_LENGTH + Number(length);
    if (body.readUInt32LE(start) !== SIGNATURE_LENGTH || end > body.length) {
      throw new NtlmError("an encrypted message that is not complete");
    }
    const sealed = start + 4 + SIGNATURE_LENGTH;
    messages.push(sealer.open({ signature: body.subarray(start + 4, sealed), sealed: body.subarray(sealed, end) }));
    at = end;
  }
  if (messages.length === 0) throw new NtlmError("a response that is not encrypted as requested");
  return Buffer.concat(messages);
}
