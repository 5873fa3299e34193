import type { CallScope } from "./client/session.js";

/** A KMS key (KMS API reference, KeyMetadata). */
export interface KmsKey {
  readonly arn: string;
  /** `Enabled`, `Disabled`, `PendingDeletion`, … */
  readonly state: string;
  /** `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, … */
  readonly usage: string;
  /** `SYMMETRIC_DEFAULT`, `RSA_2048`, … */
  readonly spec: string;
}

/** Returns a key by its id, ARN or alias (KMS DescribeKey). Rejects with an `AwsError`: `not-found` for a key that does not exist. */
export async function describeKey(scope: CallScope, keyId: string): Promise<KmsKey> {
  const kms = await scope.session.json("kms", scope.region);
  const { KeyMetadata: found } = await kms.call("DescribeKey", { KeyId: keyId }, scope.signal);
  const fields: Readonly<Record<string, unknown>> = typeof found === "object" && found !== null ? { ...found } : {};
  const text = (name: string, usual: string) => (typeof fields[name] === "string" ? fields[name] : usual);
  return {
    arn: text("Arn", keyId),
    state: text("KeyState", "Enabled"),
    usage: text("KeyUsage", "ENCRYPT_DECRYPT"),
    spec: text("KeySpec", "SYMMETRIC_DEFAULT"),
  };
}
