/** A data key, and the context that it can be decrypted with. */
export interface DataKeyRecord {
  readonly plaintext: Uint8Array;
  readonly context: Readonly<Record<string, string>>;
}
