import type { DataKey } from "../core/opened-session.js";
import type { CallScope } from "./client/session.js";

/** What a data key is generated for: KMS decrypts it only with the same context. */
export interface DataKeySpec {
  /** ARN, ID or alias. */
  readonly keyId: string;
  readonly bytes: number;
  readonly context: Readonly<Record<string, string>>;
}

/** Returns a data key (GenerateDataKey of the KMS API). Rejects with an `AwsError`. */
export async function generateDataKey(scope: CallScope, { keyId, bytes, context }: DataKeySpec): Promise<DataKey> {
  const kms = await scope.session.json("kms", scope.region);
  const input = { KeyId: keyId, NumberOfBytes: bytes, EncryptionContext: context };
  const { Plaintext: plaintext = "", CiphertextBlob: ciphertext = "" } = await kms.call(
    "GenerateDataKey",
    input,
    scope.signal,
  );
  return { plaintext: Buffer.from(String(plaintext), "base64"), ciphertext: String(ciphertext) };
}
