import { createHash } from "node:crypto";
import type { MetadataBearer } from "@smithy/types";
import type { Clock } from "../../core/clock.js";
import { BakeError } from "../../core/errors.js";
import type { StaticCredentials } from "../../core/ledger.js";
import type { Environment, Surroundings, WebIdentity } from "../../core/surroundings.js";
import { logAttempt } from "./attempt-log.js";
import { type AwsCredentials, type ClientSettings, clientConfig } from "./config.js";
import { codeOf } from "./errors.js";
import type { AccessOptions } from "./options.js";

/** The source of a session's keys. */
export interface CredentialSource {
  /** Returns valid keys. Fetches new ones five minutes before they expire. */
  current(): Promise<AwsCredentials>;
  /** Discards keys that AWS reported as expired. Returns whether new ones can be fetched. */
  renew(): boolean;
  /** Whether keys are renewed automatically. */
  readonly renewable: boolean;
  /** The role whose keys these are; undefined if they are not of a role that this source assumes. */
  readonly roleArn?: string | undefined;
}

/** Keys are renewed this long before they expire, in milliseconds. */
const RENEW_EARLY = 5 * 60_000;

/** Returns a source that caches the result of `fetch` until shortly before its expiry. Parallel requests share one fetch. */
export function renewingSource(fetch: () => Promise<AwsCredentials>, clock: Clock): CredentialSource {
  let cached: Promise<AwsCredentials> | undefined;
  let expiry = Number.POSITIVE_INFINITY;
  return {
    renewable: true,
    current() {
      if (cached === undefined || clock.now() >= expiry - RENEW_EARLY) {
        expiry = Number.POSITIVE_INFINITY;
        const request = fetch();
        cached = request;
        request.then(
          (keys) => {
            expiry = keys.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
          },
          () => {
            if (cached === request) cached = undefined;
          },
        );
      }
      return cached;
    },
    renew() {
      cached = undefined;
      return true;
    },
  };
}

/** Returns a source of keys that cannot be renewed. */
export function fixedSource(keys: AwsCredentials): CredentialSource {
  return { renewable: false, current: async () => keys, renew: () => false };
}

/** The source for keys that the vault does not have. Other keys must not replace them: they can belong to another account. */
const missing: CredentialSource = {
  renewable: false,
  renew: () => false,
  async current() {
    throw new BakeError(
      "It was created with the access keys of the template, which are not available: set AWS_ACCESS_KEY_ID and " +
        'AWS_SECRET_ACCESS_KEY to these keys and run "bake-ami cleanup" again',
      { code: "template-keys-missing" },
    );
  },
};

/** The input for the choice of credentials. */
export interface CredentialContext {
  readonly access: AccessOptions;
  readonly surroundings: Pick<Surroundings, "clock" | "debug" | "env" | "webIdentity">;
  /** Keys from the vault, if a reference names them; `missing` if the vault does not have them. */
  readonly vaulted: StaticCredentials | "missing" | undefined;
  readonly region: string;
  /** Settings of an STS client, without its credentials. */
  readonly settings: Omit<ClientSettings, "credentials">;
}

/**
 * Chooses the source of keys, in this order: the template's keys, the OpenID Connect role, keys in the environment, the standard chain
 * (profiles, SSO, process, web identity file, container, instance). With these keys it assumes `assume_role`, if set.
 */
export function chooseCredentials(context: CredentialContext): CredentialSource {
  const base = baseCredentials(context);
  const role = context.access.assume_role;
  if (!role?.role_arn) return base;
  context.surroundings.debug(() => `Credentials in ${context.region}: they assume role ${role.role_arn}`);
  return {
    ...renewingSource(() => assumeRole(context, role, base), context.surroundings.clock),
    roleArn: role.role_arn,
  };
}

function baseCredentials(context: CredentialContext): CredentialSource {
  const { access, surroundings, vaulted } = context;
  const source = (name: string) => surroundings.debug(() => `Credentials in ${context.region}: ${name}`);
  if (vaulted !== undefined) source("the access keys of the template, kept for this step");
  if (vaulted === "missing") return missing;
  if (vaulted) return fixedSource(vaulted);
  if (access.access_key && access.secret_key) {
    source("the access keys of the template");
    return fixedSource(keysOf(access.access_key, access.secret_key, access.token));
  }
  const { webIdentity } = surroundings;
  if (webIdentity && !access.profile) {
    source(`role ${webIdentity.roleArn} by OpenID Connect`);
    return {
      ...renewingSource(() => assumeByWebIdentity(context, webIdentity), surroundings.clock),
      roleArn: webIdentity.roleArn,
    };
  }
  const ambient = access.profile || access.shared_credentials_file ? undefined : environmentKeys(surroundings.env);
  if (ambient) {
    source("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    return fixedSource(ambient);
  }
  const profile = access.profile || surroundings.env.AWS_PROFILE;
  source(`the default chain of the AWS SDK${profile ? ` with profile "${profile}"` : ""}`);
  return renewingSource(() => fromChain(context), surroundings.clock);
}

/** Returns the keys in the environment variables, with AWS_CREDENTIAL_EXPIRATION if an earlier step set it. */
function environmentKeys(env: Environment): AwsCredentials | undefined {
  const id = env.AWS_ACCESS_KEY_ID;
  const secret = env.AWS_SECRET_ACCESS_KEY;
  if (!id || !secret) return undefined;
  const end = new Date(env.AWS_CREDENTIAL_EXPIRATION ?? "");
  return {
    ...keysOf(id, secret, env.AWS_SESSION_TOKEN),
    ...(Number.isNaN(end.getTime()) ? {} : { expiration: end }),
  };
}

function keysOf(accessKeyId: string, secretAccessKey: string, sessionToken: string | undefined): AwsCredentials {
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

async function fromChain({ access, surroundings, settings }: CredentialContext): Promise<AwsCredentials> {
  const { createCredentialChain, fromIni, fromNodeProviderChain, fromProcess, fromSSO, fromTokenFile } = await import(
    "@aws-sdk/credential-providers"
  );
  const profile = access.profile || surroundings.env.AWS_PROFILE;
  const { shared_credentials_file: file, mfa_code: code } = access;
  const options = {
    ...(profile ? { profile } : {}),
    ...(file ? { filepath: file } : {}),
    ...(code ? { mfaCodeProvider: async () => code } : {}),
    // The chain warns on standard error when the template sets a profile and the environment has keys too.
    logger: SILENT,
    // Clients of profiles with a role or with SSO need the same proxies and certificate authorities.
    clientConfig: { requestHandler: { ...settings.transport } },
  };
  const chain = access.skip_metadata_api_check
    ? createCredentialChain(fromIni(options), fromSSO(options), fromProcess(options), fromTokenFile(options))
    : fromNodeProviderChain(options);
  try {
    return await chain();
  } catch (error) {
    if (!profile || codeOf(error) !== "CredentialsProviderError") throw error;
    // The chain's error describes its last provider only. The user needs to know that the profile has no credentials.
    throw Object.assign(new Error(`profile "${profile}" has none`, { cause: error }), { name: codeOf(error) });
  }
}

const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {}

type AssumedRole = NonNullable<AccessOptions["assume_role"]>;

/** Returns an STS client, the log of its calls, and the commands that return keys of a role. There is no session yet, so the SDK retries. */
async function openSts(
  { region, settings, surroundings }: CredentialContext,
  credentials: () => Promise<AwsCredentials>,
) {
  const { STSClient, AssumeRoleCommand, AssumeRoleWithWebIdentityCommand } = await import("@aws-sdk/client-sts");
  const client = new STSClient({ ...clientConfig("sts", region, { ...settings, credentials }), maxAttempts: 3 });
  const log = <O extends MetadataBearer>(operation: string, send: () => Promise<O>) =>
    logAttempt(surroundings, { service: "sts", region, operation, attempt: 1 }, send);
  return { client, log, AssumeRoleCommand, AssumeRoleWithWebIdentityCommand };
}

/** STS AssumeRole with the base keys (STS API reference). */
async function assumeRole(
  context: CredentialContext,
  role: AssumedRole,
  base: CredentialSource,
): Promise<AwsCredentials> {
  const { client, log, AssumeRoleCommand } = await openSts(context, () => base.current());
  const tags = Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value }));
  const command = new AssumeRoleCommand({
    RoleArn: role.role_arn,
    RoleSessionName: role.session_name || "bake-ami",
    DurationSeconds: role.duration_seconds || undefined,
    ExternalId: role.external_id || undefined,
    Policy: role.policy || undefined,
    PolicyArns: role.policy_arns.length > 0 ? role.policy_arns.map((arn) => ({ arn })) : undefined,
    Tags: tags.length > 0 ? tags : undefined,
    TransitiveTagKeys: role.transitive_tag_keys.length > 0 ? [...role.transitive_tag_keys] : undefined,
  });
  const response = await log("AssumeRole", () => client.send(command));
  return sessionKeys(response.Credentials, role.role_arn);
}

/** STS AssumeRoleWithWebIdentity with a fresh token (STS API reference; needs no keys). */
async function assumeByWebIdentity(context: CredentialContext, identity: WebIdentity): Promise<AwsCredentials> {
  const noKeys = async () => ({ accessKeyId: "none", secretAccessKey: "none" });
  const [{ client, log, AssumeRoleWithWebIdentityCommand }, token] = await Promise.all([
    openSts(context, noKeys),
    identity.fetchToken(),
  ]);
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: identity.roleArn,
    RoleSessionName: identity.sessionName,
    WebIdentityToken: token,
    Policy: identity.sessionPolicy || undefined,
  });
  const response = await log("AssumeRoleWithWebIdentity", () => client.send(command));
  return sessionKeys(response.Credentials, identity.roleArn);
}

interface StsKeys {
  readonly AccessKeyId?: string | undefined;
  readonly SecretAccessKey?: string | undefined;
  readonly SessionToken?: string | undefined;
  readonly Expiration?: Date | undefined;
}

function sessionKeys(keys: StsKeys | undefined, role: string): AwsCredentials {
  if (!keys?.AccessKeyId || !keys.SecretAccessKey) {
    throw new BakeError(`STS returned no keys for the role ${role}`, {
      code: "no-role-keys",
      resource: role,
    });
  }
  const { Expiration: expiration } = keys;
  return {
    ...keysOf(keys.AccessKeyId, keys.SecretAccessKey, keys.SessionToken),
    ...(expiration ? { expiration } : {}),
  };
}

/** Stores the template's keys in the vault for the post step. Returns their name there; undefined if the template has none. */
export function keepKeys(
  access: AccessOptions,
  { credentials }: Pick<Surroundings, "credentials">,
): string | undefined {
  const { access_key: id, secret_key: secret, token } = access;
  if (!id || !secret) return undefined;
  const name = vaultName(id);
  credentials.put(name, keysOf(id, secret, token));
  return name;
}

/** Returns the name of a template's keys in the vault and in ledgers. It is unique per key and does not reveal it. */
export function vaultName(accessKeyId: string): string {
  return `keys-${createHash("sha256").update(accessKeyId).digest("hex").slice(0, 12)}`;
}
