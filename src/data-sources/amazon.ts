import { openSession, type SessionSurroundings } from "../aws/client/open-session.js";
import { type AccessOptions, ambientAccess } from "../aws/client/options.js";
import type { CallScope } from "../aws/client/session.js";
import { readAnyParameter } from "../aws/parameter.js";
import { readSecret } from "../aws/secret.js";
import { findSourceImage } from "../aws/source-image.js";
import { BakeError } from "../core/errors.js";
import type { OptionsOf } from "../options/schema.js";
import type { amazonAmiOptions, amazonParameterStoreOptions, amazonSecretsManagerOptions } from "./options.js";

/** What the Amazon data sources are read with. */
export interface AmazonReads {
  readonly surroundings: SessionSurroundings;
  readonly signal: AbortSignal;
  /** Region where the data source names none. */
  readonly defaultRegion: string | undefined;
}

async function within<T>(
  access: AccessOptions,
  reads: AmazonReads,
  read: (scope: CallScope) => Promise<T>,
): Promise<T> {
  const session = await openSession(access, reads.surroundings, reads.defaultRegion);
  try {
    return await read({ session, region: session.region, signal: reads.signal });
  } finally {
    session.close();
  }
}

/** `data.amazon-ami` (Packer §3.6). */
export async function readAmazonAmi(options: OptionsOf<typeof amazonAmiOptions>, reads: AmazonReads): Promise<unknown> {
  const filters = Object.entries(options.filters).map(([Name, values]) => ({ Name, Values: values.split(",") }));
  const image = await within(options, reads, (scope) =>
    findSourceImage(scope, {
      imageId: undefined,
      filters,
      owners: options.owners,
      mostRecent: options.most_recent,
      includeDeprecated: options.include_deprecated,
    }),
  );
  return {
    id: image.id,
    name: image.name,
    creation_date: image.createdAt,
    owner: image.owner,
    owner_name: image.ownerAlias,
    tags: image.tags,
  };
}

/** `data.amazon-parameterstore`. */
export async function readAmazonParameter(
  options: OptionsOf<typeof amazonParameterStoreOptions>,
  reads: AmazonReads,
): Promise<unknown> {
  return within(options, reads, (scope) => readAnyParameter(scope, options.name, options.with_decryption));
}

/** `data.amazon-secretsmanager`: `value` is the named field, or the only one. */
export async function readAmazonSecret(
  options: OptionsOf<typeof amazonSecretsManagerOptions>,
  reads: AmazonReads,
): Promise<unknown> {
  const version = { id: options.version_id, stage: options.version_stage };
  const secret = await within(options, reads, (scope) => readSecret(scope, options.name, version));
  return {
    value: fieldOf(secret.text, options.name, options.key),
    secret_string: secret.text,
    secret_binary: secret.binary,
    version_id: secret.versionId,
  };
}

/** The text of a secret, for the functions `aws_secretsmanager` and `aws_secretsmanager_raw`. */
export async function readSecretText(name: string, reads: AmazonReads): Promise<string> {
  return within(ambientAccess, reads, async (scope) => (await readSecret(scope, name)).text);
}

/** A field of a JSON secret; without a key, its first field; text that is not JSON is returned whole. */
export function fieldOf(text: string, name: string, key: string | undefined): string {
  const fields = parseObject(text);
  if (!fields) {
    if (key === undefined) return text;
    throw new BakeError(`the secret ${name} is not a JSON object, so it has no field "${key}"`, {
      code: "secret-not-json",
      hint: "Leave the key out to take the whole text.",
    });
  }
  const chosen = key ?? Object.keys(fields)[0] ?? "";
  const value = Object.hasOwn(fields, chosen) ? fields[chosen] : undefined;
  if (value === undefined) {
    throw new BakeError(`the secret ${name} has no field "${chosen}"`, {
      code: "secret-field-missing",
      hint: `Its fields: ${Object.keys(fields).join(", ") || "none"}.`,
    });
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
