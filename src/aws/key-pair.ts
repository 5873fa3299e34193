import { DeleteKeyPairCommand, DescribeKeyPairsCommand, type Filter, ImportKeyPairCommand } from "@aws-sdk/client-ec2";
import { TAG } from "../core/ownership.js";
import { failedAs } from "./errors.js";
import type { CallScope } from "./scope.js";
import { type Mark, type Tags, tagRecord, tagSpecifications } from "./tags.js";

/** An EC2 key pair as the engine reads it. */
export interface FoundKeyPair {
  readonly id: string;
  readonly name: string;
  readonly tags: Tags;
}

/** Imports a public key made here, so that the private key never travels (EC2 ImportKeyPair); answers the key pair's id. */
export async function importKeyPair(
  scope: CallScope,
  spec: { readonly name: string; readonly publicKey: string; readonly tags: Tags },
  mark: Mark,
): Promise<string> {
  const ec2 = await scope.session.ec2(scope.region);
  try {
    const answer = await ec2.send(
      new ImportKeyPairCommand({
        KeyName: spec.name,
        PublicKeyMaterial: new TextEncoder().encode(spec.publicKey),
        TagSpecifications: tagSpecifications({ "key-pair": { ...spec.tags, ...mark.tags } }),
      }),
      scope.signal,
    );
    return answer.KeyPairId ?? spec.name;
  } catch (error) {
    if (!failedAs(error, "duplicate")) throw error;
    const [ours] = await keyPairs(scope, [
      { Name: "key-name", Values: [spec.name] },
      { Name: `tag:${TAG.key}`, Values: [mark.key] },
    ]);
    if (ours) return ours.id;
    throw error;
  }
}

/** Key pairs by filters. */
export async function keyPairs(scope: CallScope, filters: readonly Filter[]): Promise<readonly FoundKeyPair[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const answer = await ec2.send(new DescribeKeyPairsCommand({ Filters: [...filters] }), scope.signal);
  return (answer.KeyPairs ?? []).map((pair) => ({
    id: pair.KeyPairId ?? "",
    name: pair.KeyName ?? "",
    tags: tagRecord(pair.Tags),
  }));
}

/** Deletes a key pair by its id; one that is gone is fine. */
export async function deleteKeyPair(scope: CallScope, id: string): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  try {
    const which = id.startsWith("key-") ? { KeyPairId: id } : { KeyName: id };
    await ec2.send(new DeleteKeyPairCommand(which), scope.signal);
  } catch (error) {
    if (!failedAs(error, "not-found")) throw error;
  }
}
