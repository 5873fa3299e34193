import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Bytes of a data key: one half for each direction. And of what AES-256-GCM adds to a message: the nonce in front, the tag at the end. */
export const DATA_KEY_BYTES = 64;
const NONCE = 12;
const TAG = 16;

/** The end of a session that encrypts. */
export type SessionEndName = "client" | "agent";

/** Encrypts and decrypts the data of a session with KMS encryption. */
export interface SessionCipher {
  seal(bytes: Uint8Array): Buffer;
  /** Throws when the bytes are not what the other end has sealed. */
  open(bytes: Uint8Array): Buffer;
}

/**
 * Returns the cipher of one end. The client decrypts with the first half of the data key and encrypts with the second; the agent does the
 * opposite.
 */
export function sessionCipher(dataKey: Uint8Array, end: SessionEndName): SessionCipher {
  const [toClient, toAgent] = [dataKey.subarray(0, DATA_KEY_BYTES / 2), dataKey.subarray(DATA_KEY_BYTES / 2)];
  const [own, others] = end === "client" ? [toAgent, toClient] : [toClient, toAgent];
  return {
    seal(bytes) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv("aes-256-gcm", own, nonce);
      return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    },
    open(bytes) {
      if (bytes.length < NONCE + TAG) throw new Error("the data is too short");
      const decipher = createDecipheriv("aes-256-gcm", others, bytes.subarray(0, NONCE), { authTagLength: TAG });
      decipher.setAuthTag(bytes.subarray(-TAG));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
    },
  };
}
