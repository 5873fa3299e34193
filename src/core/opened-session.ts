/** A session of Session Manager and the data of one connection to its data channel (StartSession and ResumeSession of the SSM API). */
export interface OpenedSession {
  readonly id: string;
  /** Goes into the first message of the connection. */
  readonly token: string;
  /** `wss://` address of the data channel. */
  readonly url: string;
}

/** A key that encrypts the data of a session, and what KMS decrypts it from. */
export interface DataKey {
  /** 64 bytes. */
  readonly plaintext: Uint8Array;
  /** Base64. */
  readonly ciphertext: string;
}
