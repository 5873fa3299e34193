import { randomBytes } from "node:crypto";
import type { Actions, Handler } from "../call.js";
import type { Region } from "../cloud.js";
import { hasKey } from "../ec2/images/block-devices.js";
import { refusal } from "../wire/errors.js";
import { group, integer, required, text } from "../wire/query.js";

/** Bytes of a ciphertext, as KMS returns it for a data key of 64 bytes. */
const CIPHERTEXT = 216;

/** GenerateDataKey (KMS API reference), for keys of the account. */
const generateDataKey: Handler = ({ params, region, cloud }) => {
  const keyId = required(params, "KeyId");
  if (!region.kmsKeys.has(keyId)) {
    const message = keyId.startsWith("alias/") ? `Alias ${keyId} is not found.` : `Key '${keyId}' does not exist`;
    throw refusal("NotFoundException", message);
  }
  const bytes = integer(params, "NumberOfBytes");
  if (bytes === undefined || bytes < 1 || bytes > 1024) {
    throw refusal("ValidationException", "Please specify either number of bytes or key spec.");
  }
  const given = group(params, "EncryptionContext") ?? {};
  const context = Object.fromEntries(Object.keys(given).map((name) => [name, text(given, name) ?? ""]));
  const plaintext = randomBytes(bytes);
  const ciphertext = randomBytes(CIPHERTEXT).toString("base64");
  region.dataKeys.set(ciphertext, { plaintext, context });
  return {
    CiphertextBlob: ciphertext,
    Plaintext: plaintext.toString("base64"),
    KeyId: keyId.startsWith("arn:") ? keyId : `arn:aws:kms:${region.name}:${cloud.account}:${keyId}`,
  };
};

/** Returns a data key that was generated with this context (Decrypt of KMS); undefined for another one. */
export function decryptDataKey(
  { dataKeys }: Region,
  ciphertext: string,
  context: Readonly<Record<string, string>>,
): Uint8Array | undefined {
  const found = dataKeys.get(ciphertext);
  const names = new Set([...Object.keys(found?.context ?? {}), ...Object.keys(context)]);
  return [...names].every((name) => found?.context[name] === context[name]) ? found?.plaintext : undefined;
}

/** DescribeKey (KMS API reference). A seed sets the state, the usage and the spec of keys that are not ordinary ones. */
const describeKey: Handler = ({ params, region, cloud }) => {
  const keyId = required(params, "KeyId");
  if (!hasKey(region, keyId)) {
    const message = keyId.startsWith("alias/") ? `Alias ${keyId} is not found.` : `Key '${keyId}' does not exist`;
    throw refusal("NotFoundException", message);
  }
  const {
    state = "Enabled",
    usage = "ENCRYPT_DECRYPT",
    spec = "SYMMETRIC_DEFAULT",
  } = region.rules.kmsKeys[keyId] ?? {};
  return {
    KeyMetadata: {
      KeyId: keyId,
      Arn: keyId.startsWith("arn:") ? keyId : `arn:aws:kms:${region.name}:${cloud.account}:key/${keyId}`,
      AWSAccountId: cloud.account,
      Enabled: state === "Enabled",
      KeyState: state,
      KeyUsage: usage,
      KeySpec: spec,
    },
  };
};

/** Handlers of the calls of KMS. */
export const dataKeyActions: Actions = { GenerateDataKey: generateDataKey, DescribeKey: describeKey };
