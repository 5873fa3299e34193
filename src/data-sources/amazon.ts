import { openSession, type SessionSurroundings } from "../aws/client/open-session.js";
import { type AccessOptions, ambientAccess } from "../aws/client/options.js";
import type { CallScope } from "../aws/client/session.js";
import { readAnyParameter } from "../aws/parameter.js";
import { readSecret } from "../aws/secret.js";
import { findSourceImage } from "../aws/source-image.js";
import { BakeError } from "../core/errors.js";
import type { OptionsOf } from "../options/schema.js";
import type { amazonAmiOptions, amazonParameterStoreOptions, amazonSecretsManagerOptions } from "./options.js";

/** Context for reading the Amazon data sources. */
export interface AmazonContext {
  readonly surroundings: SessionSurroundings;
  readonly signal: AbortSignal;
  /** Region of data sources that set none. */
  readonly defaultRegion: string | undefined;
}

async function withSession<T>(
  access: AccessOptions,
  context: AmazonContext,
  read: (scope: CallScope) => Promise<T>,
): Promise<T> {
  const session = await openSession(access, context.surroundings, context.defaultRegion);
  try {
    return await read({ session, region: session.region, signal: context.signal });
  } finally {
    session.close();
  }
}

/** Reads `data.amazon-ami` (Packer §3.6). */
export async function readAmazonAmi(
  options: OptionsOf<typeof amazonAmiOptions>,
  context: AmazonContext,
): Promise<unknown> {
  const filters = Object.entries(options.filters).map(([Name, values]) => ({ Name, Values: values.split(",") }));
  const image = await withSession(options, context, (scope) =>
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

/** Reads `data.amazon-parameterstore`. */
export async function readAmazonParameter(
  options: OptionsOf<typeof amazonParameterStoreOptions>,
  context: AmazonContext,
): Promise<unknown> {
  return withSession(options, context, (scope) => readAnyParameter(scope, options.name, options.with_decryption));
}

/** Reads `data.amazon-secretsmanager`. `value` is the field `key`, or the first field. */
export async function readAmazonSecret(
  options: OptionsOf<typeof amazonSecretsManagerOptions>,
  context: AmazonContext,
): Promise<unknown> {
  const version = { id: options.version_id, stage: options.version_stage };
  const secret = await withSession(options, context, (scope) => readSecret(scope, options.name, version));
  return {
    value: readField(secret.text, options.name, options.key),
    secret_string: secret.text,
    secret_binary: secret.binary,
    version_id: secret.versionId,
  };
}

/** Returns the text of a secret, for the functions `aws_secretsmanager` and `aws_secretsmanager_raw`. */
export async function readSecretText(name: string, context: AmazonContext): Promise<string> {
  return withSession(ambientAccess, context, async (scope) => (await readSecret(scope, name)).text);
}

/** Returns the field `key` of a JSON secret, or its first field. Without a key, text that is not a JSON object is returned unchanged. */
export function readField(text: string, name: string, key: string | undefined): string {
  const fields = parseObject(text);
  if (!fields) {
    if (key === undefined) return text;
    throw new BakeError(`Could not read field "${key}" of secret "${name}": the secret is not a JSON object`, {
      code: "secret-not-json",
      hint: 'Remove "key" to read the whole text.',
    });
  }
  const chosen = key ?? Object.keys(fields)[0] ?? "";
  const value = Object.hasOwn(fields, chosen) ? fields[chosen] : undefined;
  if (value === undefined) {
    throw new BakeError(`Secret "${name}" has no field "${chosen}"`, {
      code: "secret-field-missing",
      hint: fieldHint(Object.keys(fields)),
    });
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

function fieldHint(names: readonly string[]): string {
  return names.length > 0 ? `Set "key" to one of ${names.join(", ")}.` : "Add a field to the secret: it is empty.";
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
