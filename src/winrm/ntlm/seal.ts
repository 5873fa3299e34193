import { createHash, timingSafeEqual } from "node:crypto";
import { NTLM_FLAG, NtlmError } from "./messages.js";
import { hmacMd5 } from "./proof.js";
import { type Rc4, rc4 } from "./rc4.js";

/** A message that was encrypted and signed. */
export interface SealedMessage {
  /** 16 bytes. */
  readonly signature: Buffer;
  readonly sealed: Buffer;
}

/** Encrypts and decrypts the messages of one connection. Messages are opened in the order in which they were sealed. */
export interface NtlmSealer {
  seal(message: Uint8Array): SealedMessage;
  /** Throws an `NtlmError` if the signature does not match. */
  open(message: SealedMessage): Buffer;
}

/** Length of a signature in bytes. */
export const SIGNATURE_LENGTH = 16;

/**
 * Returns the sealer of one side ([MS-NLMP] §3.4, with extended session security). `key`: the exported session key. Client and server use
 * different keys for the two directions.
 */
export function ntlmSealer(side: "client" | "server", key: Uint8Array, flags: number): NtlmSealer {
  const out = side === "client" ? "client-to-server" : "server-to-client";
  const back = side === "client" ? "server-to-client" : "client-to-server";
  const short = flags & NTLM_FLAG.bits128 ? key : key.subarray(0, flags & NTLM_FLAG.bits56 ? 7 : 5);
  const sending = { sign: derive(key, out, "signing"), cipher: rc4(derive(short, out, "sealing")), number: 0 };
  const receiving = { sign: derive(key, back, "signing"), cipher: rc4(derive(short, back, "sealing")), number: 0 };
  const exchanged = (flags & NTLM_FLAG.keyExchange) !== 0;
  return {
    seal(message) {
      const sealed = sending.cipher(message);
      return { sealed, signature: sign(sending, message, exchanged) };
    },
    open({ signature, sealed }) {
      const message = receiving.cipher(sealed);
      const expected = sign(receiving, message, exchanged);
      if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
        throw new NtlmError("the signature of an encrypted message does not match");
      }
      return message;
    },
  };
}

interface Direction {
  readonly sign: Buffer;
  readonly cipher: Rc4;
  number: number;
}

/** Returns the signature with the number of the message, and counts the message. */
function sign(direction: Direction, message: Uint8Array, exchanged: boolean): Buffer {
  const signature = Buffer.alloc(SIGNATURE_LENGTH);
  const number = Buffer.alloc(4);
  number.writeUInt32LE(direction.number);
  direction.number = (direction.number + 1) >>> 0;
  const checksum = hmacMd5(direction.sign, number, message).subarray(0, 8);
  signature.writeUInt32LE(1, 0);
  (exchanged ? direction.cipher(checksum) : checksum).copy(signature, 4);
  number.copy(signature, 12);
  return signature;
}

function derive(key: Uint8Array, way: string, use: string): Buffer {
  return createHash("md5").update(key).update(`session key to ${way} ${use} key magic constant\0`, "latin1").digest();
}
