import { createHash } from "node:crypto";
import { BakeError, messageOf } from "../../core/errors.js";
import type { StaticCredentials } from "../../core/ledger.js";
import type { Environment, Surroundings } from "../../core/surroundings.js";
import { assumeByWebIdentity, assumeRole, CREDENTIALS_BUDGET, type FetchContext } from "./assumed-role.js";
import type { AwsCredentials } from "./config.js";
import { type CredentialSource, fixedSource, renewingSource } from "./credential-source.js";
import { withDeadline } from "./deadline.js";
import { classify, codeOf, hasResponse, toAwsError } from "./errors.js";
import { type AccessOptions, LONE_TOKEN } from "./options.js";
import { reportWhile } from "./report-while.js";
import { limitResponses } from "./response-limit.js";

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

/** The source for a session token without keys (Packer: static credentials that are incomplete). */
const loneToken: CredentialSource = {
  renewable: false,
  renew: () => false,
  async current() {
    throw new BakeError('"token" is set without "access_key" and "secret_key"', {
      code: "token-without-keys",
      hint: LONE_TOKEN.hint,
    });
  },
};

/** The input for the choice of credentials. */
export interface CredentialContext extends FetchContext {
  readonly access: AccessOptions;
  readonly surroundings: Pick<Surroundings, "clock" | "debug" | "reportWait" | "env" | "webIdentity">;
  /** Keys from the vault, if a reference names them; `missing` if the vault does not have them. */
  readonly vaulted: StaticCredentials | "missing" | undefined;
}

/**
 * Chooses the source of keys, in this order: the template's keys, the OpenID Connect role, keys in the environment, the standard chain
 * (profiles, SSO, process, web identity file, container, instance). With these keys it assumes `assume_role`, if set.
 */
export function chooseCredentials(context: CredentialContext): CredentialSource {
  const base = baseCredentials(context);
  const role = context.access.assume_role;
  if (!role?.role_arn) return base;
  const { clock, debug } = context.surroundings;
  debug(() => `Credentials in ${context.region}: they assume role ${role.role_arn}`);
  return {
    ...renewingSource(
      () =>
        reportWhile(context.surroundings, awaitedRole(role.role_arn), (onRetry) =>
          assumeRole({ ...context, onRetry }, role, base),
        ),
      clock,
      debug,
    ),
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
  if (access.token) return loneToken;
  const { webIdentity, clock, debug } = surroundings;
  if (webIdentity && !access.profile) {
    source(`role ${webIdentity.roleArn} by OpenID Connect`);
    return {
      ...renewingSource(
        () =>
          reportWhile(surroundings, awaitedRole(webIdentity.roleArn), (onRetry) =>
            assumeByWebIdentity({ ...context, onRetry }, webIdentity),
          ),
        clock,
        debug,
      ),
      roleArn: webIdentity.roleArn,
    };
  }
  const ambient = access.profile || access.shared_credentials_file ? undefined : environmentKeys(surroundings.env);
  if (ambient) {
    source("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    return fixedSource(ambient);
  }
  const named = surroundings.env.AWS_PROFILE;
  const profile = access.profile || named;
  source(`the default chain of the AWS SDK${profile ? ` with profile "${profile}"` : ""}`);
  const ofProfile = profile === named && !access.shared_credentials_file;
  return {
    ...renewingSource(
      () =>
        reportWhile(surroundings, `AWS credentials${profile ? ` of profile "${profile}"` : ""} to arrive`, (onRetry) =>
          fromChain({ ...context, onRetry }),
        ),
      clock,
      debug,
    ),
    ofProfile,
  };
}

/** Returns what a wait for a role is called in progress lines. */
function awaitedRole(arn: string): string {
  return `role ${arn} to be assumed`;
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

/** The first and the longest pause between two attempts of the chain, in milliseconds. */
const PAUSE = { first: 1000, max: 20_000 };

/**
 * Returns the keys of the SDK's default chain. A provider that does not respond ends at the deadline of a call. A temporary error of STS
 * or of the identity provider is retried, as for the roles that bake-ami assumes itself.
 */
async function fromChain(context: CredentialContext): Promise<AwsCredentials> {
  const { access, surroundings, call, region } = context;
  const { clock, debug } = surroundings;
  const profile = access.profile || surroundings.env.AWS_PROFILE;
  const chain = await openChain(context, profile);
  // The providers of metadata services report any failure as "no credentials", or try the next provider.
  let refusal: Error | undefined;
  const limited = () => limitResponses(chain, (error) => (refusal = error));
  const until = clock.now() + CREDENTIALS_BUDGET;
  for (let pause = PAUSE.first; ; pause = Math.min(2 * pause, PAUSE.max)) {
    try {
      return await withDeadline({ clock, deadline: call.deadline }, undefined, limited);
    } catch (error) {
      if (refusal) throw chainError(refusal, profile, region);
      const isTemporary = hasResponse(error) && /^(transient|throttled)$/.test(classify(error));
      if (!isTemporary || clock.now() >= until) throw chainError(error, profile, region);
      context.onRetry?.(error);
      debug(() => `Credentials in ${region} are requested again in ${pause} ms: ${messageOf(error)}`);
      await clock.sleep(pause);
    }
  }
}

/** Returns the error of the chain: without keys, of an AWS call, or of a provider that failed in another way. */
function chainError(error: unknown, profile: string | undefined, region: string): BakeError {
  const call = { service: "sts", operation: "AssumeRole", region };
  if (codeOf(error) === "CredentialsProviderError" && (profile || isDecisive(error))) {
    // Without a decisive failure, the chain's error describes its last provider only. The user needs to know that the profile has no keys.
    const why = isDecisive(error) ? `: ${messageOf(error)}` : " has none";
    const none = new Error(`profile "${profile ?? "default"}"${why}`, { cause: error });
    return toAwsError(Object.assign(none, { name: codeOf(error) }), call);
  }
  if (hasResponse(error) || /^(Credentials|Token)ProviderError$/.test(codeOf(error))) return toAwsError(error, call);
  const from = profile ? `profile "${profile}"` : "the default credential chain";
  return new BakeError(`Could not get AWS credentials from ${from}: ${messageOf(error)}`, {
    code: "credentials-not-fetched",
    region,
    hint: 'Check what provides the keys: "credential_process" or the SSO session of the profile, or the metadata service of the instance or container.',
    cause: error,
  });
}

/** Returns whether an error ended the chain: the provider that the profile sets has failed, e.g. because its SSO session has expired. */
function isDecisive(error: unknown): boolean {
  if (/from any providers/.test(messageOf(error))) return false;
  return typeof error === "object" && error !== null && "tryNextLink" in error && error.tryNextLink === false;
}

async function openChain(
  { access, settings }: CredentialContext,
  profile: string | undefined,
): Promise<() => Promise<AwsCredentials>> {
  const { createCredentialChain, fromIni, fromNodeProviderChain, fromProcess, fromSSO, fromTokenFile } = await import(
    "@aws-sdk/credential-providers"
  );
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
  return access.skip_metadata_api_check
    ? createCredentialChain(fromIni(options), fromSSO(options), fromProcess(options), fromTokenFile(options))
    : fromNodeProviderChain(options);
}

const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {}

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
