import { createHash } from "node:crypto";
import type { Clock } from "../../core/clock.js";
import { BakeError } from "../../core/errors.js";
import type { StaticCredentials } from "../../core/ledger.js";
import type { Environment, Surroundings, WebIdentity } from "../../core/surroundings.js";
import { type AwsCredentials, type ClientSettings, clientConfig } from "./config.js";
import { codeOf } from "./errors.js";
import type { AccessOptions } from "./options.js";

/** Where a session's keys come from. */
export interface CredentialSource {
  /** Returns fresh keys; fetched again five minutes before they expire. */
  current(): Promise<AwsCredentials>;
  /** Forgets the keys, after AWS called them expired; returns whether others can come. */
  renew(): boolean;
  /** Whether keys are renewed by themselves. */
  readonly renewable: boolean;
}

/** Keys are renewed this long before they expire, in milliseconds. */
const RENEW_EARLY = 5 * 60_000;

/** Keeps what `fetch` gives until shortly before its expiry; parallel askers share one fetch. */
export function renewed(fetch: () => Promise<AwsCredentials>, clock: Clock): CredentialSource {
  let kept: Promise<AwsCredentials> | undefined;
  let expiry = Number.POSITIVE_INFINITY;
  return {
    renewable: true,
    current() {
      if (kept === undefined || clock.now() >= expiry - RENEW_EARLY) {
        expiry = Number.POSITIVE_INFINITY;
        const asked = fetch();
        kept = asked;
        asked.then(
          (keys) => {
            expiry = keys.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
          },
          () => {
            if (kept === asked) kept = undefined;
          },
        );
      }
      return kept;
    },
    renew() {
      kept = undefined;
      return true;
    },
  };
}

/** Keys that stay as they are. */
export function fixed(keys: AwsCredentials): CredentialSource {
  return { renewable: false, current: async () => keys, renew: () => false };
}

/** Keys that were to be found by name and are not: no others may take their place, as they may be of another account. */
const missing: CredentialSource = {
  renewable: false,
  renew: () => false,
  async current() {
    throw new BakeError(
      "it was made with access keys that the template names: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to them, " +
        "and run bake-ami cleanup again",
      { code: "template-keys-missing" },
    );
  },
};

/** What the choice of credentials rests on. */
export interface CredentialContext {
  readonly access: AccessOptions;
  readonly surroundings: Pick<Surroundings, "clock" | "env" | "webIdentity">;
  /** Keys found by name in the vault, where a reference names them; `missing` where they are not there. */
  readonly vaulted: StaticCredentials | "missing" | undefined;
  readonly region: string;
  /** Settings of an STS client, without its credentials. */
  readonly settings: Omit<ClientSettings, "credentials">;
}

/**
 * Chooses where keys come from: the template's own keys, the role that OpenID Connect gives, keys in the environment, then the
 * standard chain (profiles, SSO, process, web identity file, container, machine); on top of it `assume_role`.
 */
export function chooseCredentials(context: CredentialContext): CredentialSource {
  const base = baseCredentials(context);
  const role = context.access.assume_role;
  if (!role?.role_arn) return base;
  return renewed(() => assumeRole(context, role, base), context.surroundings.clock);
}

function baseCredentials(context: CredentialContext): CredentialSource {
  const { access, surroundings, vaulted } = context;
  if (vaulted === "missing") return missing;
  if (vaulted) return fixed(vaulted);
  if (access.access_key && access.secret_key) {
    return fixed(keysOf(access.access_key, access.secret_key, access.token));
  }
  const { webIdentity } = surroundings;
  if (webIdentity && !access.profile) {
    return renewed(() => assumeByWebIdentity(context, webIdentity), surroundings.clock);
  }
  const ambient = access.profile || access.shared_credentials_file ? undefined : environmentKeys(surroundings.env);
  return ambient ? fixed(ambient) : renewed(() => fromChain(context), surroundings.clock);
}

/** Keys in the environment variables; AWS_CREDENTIAL_EXPIRATION holds their end where the step before set it. */
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
    // The chain warns on standard error when keys in the environment stand next to a profile that the template names.
    logger: SILENT,
    // Of the clients that profiles with a role or with SSO ask for keys: the same proxies and authorities.
    clientConfig: { requestHandler: { ...settings.transport } },
  };
  const chain = access.skip_metadata_api_check
    ? createCredentialChain(fromIni(options), fromSSO(options), fromProcess(options), fromTokenFile(options))
    : fromNodeProviderChain(options);
  try {
    return await chain();
  } catch (error) {
    if (!profile || codeOf(error) !== "CredentialsProviderError") throw error;
    // The chain's last word is about its last link: that the profile gave nothing is what helps.
    throw Object.assign(new Error(`the profile "${profile}" gives none`, { cause: error }), { name: codeOf(error) });
  }
}

const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {}

type AssumedRole = NonNullable<AccessOptions["assume_role"]>;

/** A client of STS and the commands that give keys of a role. There is no session yet, so that the SDK itself retries. */
async function openSts({ region, settings }: CredentialContext, credentials: () => Promise<AwsCredentials>) {
  const { STSClient, AssumeRoleCommand, AssumeRoleWithWebIdentityCommand } = await import("@aws-sdk/client-sts");
  const client = new STSClient({ ...clientConfig("sts", region, { ...settings, credentials }), maxAttempts: 3 });
  return { client, AssumeRoleCommand, AssumeRoleWithWebIdentityCommand };
}

/** STS AssumeRole with the base keys (STS API reference). */
async function assumeRole(
  context: CredentialContext,
  role: AssumedRole,
  base: CredentialSource,
): Promise<AwsCredentials> {
  const { client, AssumeRoleCommand } = await openSts(context, () => base.current());
  const tags = Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value }));
  const answer = await client.send(
    new AssumeRoleCommand({
      RoleArn: role.role_arn,
      RoleSessionName: role.session_name || "bake-ami",
      DurationSeconds: role.duration_seconds || undefined,
      ExternalId: role.external_id || undefined,
      Policy: role.policy || undefined,
      PolicyArns: role.policy_arns.length > 0 ? role.policy_arns.map((arn) => ({ arn })) : undefined,
      Tags: tags.length > 0 ? tags : undefined,
      TransitiveTagKeys: role.transitive_tag_keys.length > 0 ? [...role.transitive_tag_keys] : undefined,
    }),
  );
  return sessionKeys(answer.Credentials, role.role_arn);
}

/** STS AssumeRoleWithWebIdentity with a fresh token (STS API reference; needs no keys). */
async function assumeByWebIdentity(context: CredentialContext, identity: WebIdentity): Promise<AwsCredentials> {
  const noKeys = async () => ({ accessKeyId: "none", secretAccessKey: "none" });
  const [{ client, AssumeRoleWithWebIdentityCommand }, token] = await Promise.all([
    openSts(context, noKeys),
    identity.fetchToken(),
  ]);
  const answer = await client.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: identity.roleArn,
      RoleSessionName: identity.sessionName,
      WebIdentityToken: token,
      Policy: identity.sessionPolicy || undefined,
    }),
  );
  return sessionKeys(answer.Credentials, identity.roleArn);
}

interface AnsweredKeys {
  readonly AccessKeyId?: string | undefined;
  readonly SecretAccessKey?: string | undefined;
  readonly SessionToken?: string | undefined;
  readonly Expiration?: Date | undefined;
}

function sessionKeys(keys: AnsweredKeys | undefined, role: string): AwsCredentials {
  if (!keys?.AccessKeyId || !keys.SecretAccessKey) {
    throw new BakeError(`STS answered no keys for the role ${role}`, {
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

/** Puts the template's own keys into the vault, so that post can use them; returns their name there. */
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

/** Name of a template's own keys in the vault and in ledgers: differs from pair to pair and reveals nothing of them. */
export function vaultName(accessKeyId: string): string {
  return `keys-${createHash("sha256").update(accessKeyId).digest("hex").slice(0, 12)}`;
}
