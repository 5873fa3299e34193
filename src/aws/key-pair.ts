import { DescribeKeyPairsCommand, ImportKeyPairCommand } from "@aws-sdk/client-ec2";
import { TAG } from "../core/ownership.js";
import { failedAs } from "./client/errors.js";
import type { CallScope } from "./client/session.js";
import { findOurs } from "./client/wait.js";
import { type Mark, type ResourceTags, toTagSpecifications, withOwnTag } from "./tags.js";

/** A key pair to import. */
export interface KeyPairSpec {
  readonly name: string;
  /** One line of `authorized_keys`. */
  readonly publicKey: string;
  readonly tags: ResourceTags;
}

/** Returns the ImportKeyPair request. */
export function keyPairInput(spec: KeyPairSpec, marks: ResourceTags) {
  return {
    KeyName: spec.name,
    PublicKeyMaterial: new TextEncoder().encode(spec.publicKey),
    TagSpecifications: toTagSpecifications({ "key-pair": { ...spec.tags, ...marks } }),
  };
}

/**
 * Imports a public key and returns the key pair's id (EC2 ImportKeyPair). The private key never leaves this process. A repeated call
 * whose first response was lost finds the key pair by our tag.
 */
export async function importKeyPair(scope: CallScope, spec: KeyPairSpec, mark: Mark): Promise<string> {
  const ec2 = await scope.session.ec2(scope.region);
  try {
    const response = await ec2.send(new ImportKeyPairCommand(keyPairInput(spec, mark.tags)), scope.signal);
    return response.KeyPairId ?? spec.name;
  } catch (error) {
    if (!failedAs(error, "duplicate")) throw error;
    const filters = [{ Name: "key-name", Values: [spec.name] }, withOwnTag(TAG.key, mark.key)];
    const ours = await findOurs(scope, spec.name, error, async () => {
      const found = await ec2.send(new DescribeKeyPairsCommand({ Filters: filters }), scope.signal);
      return found.KeyPairs?.[0]?.KeyPairId;
    });
    if (ours !== undefined) return ours;
    throw error;
  }
}
