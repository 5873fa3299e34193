import { BakeError, messageOf } from "../../core/errors.js";
import type { Surroundings, WebIdentity } from "../../core/surroundings.js";
import { type CallSettings, createCaller } from "./call.js";
import type { Sts } from "./clients.js";
import { type AwsCredentials, type ClientSettings, clientConfig } from "./config.js";
import type { CredentialSource } from "./credential-source.js";
import { withDeadline } from "./deadline.js";
import { failedAs } from "./errors.js";
import type { AccessOptions } from "./options.js";
import { sharedPace } from "./pace.js";
import { describeClaims } from "./token-claims.js";

/** The input of calls that return keys: as of any call, but nothing is known about the session yet. */
export interface FetchContext {
  readonly surroundings: Pick<Surroundings, "clock" | "debug">;
  readonly region: string;
  /** Settings of an STS client, without its credentials. */
  readonly settings: Omit<ClientSettings, "credentials">;
  readonly call: Pick<CallSettings, "random" | "deadline" | "endpoints">;
  /** Called with an error that is retried. */
  readonly onRetry?: CallSettings["onRetry"];
}

/** `assume_role`. */
export type AssumedRole = NonNullable<AccessOptions["assume_role"]>;

/**
 * Time during which a call that returns keys is repeated, in milliseconds. STS often cannot fetch the keys of GitHub's identity provider
 * for about a minute ("Couldn't retrieve verification key").
 */
export const CREDENTIALS_BUDGET = 2 * 60_000;

/** More attempts than the time permits. */
const ATTEMPTS = 50;

/** Calls to STS in one Region. STS allows 600 per second (IAM and STS quotas). */
const RATE = { perSecond: 10, burst: 50 };

/** STS AssumeRole with the base keys (STS API reference). */
export async function assumeRole(
  context: FetchContext,
  role: AssumedRole,
  base: CredentialSource,
): Promise<AwsCredentials> {
  const { AssumeRoleCommand } = await import("@aws-sdk/client-sts");
  const sts = await openSts(context, base);
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
  return sessionKeys((await sts.send(command)).Credentials, role.role_arn);
}

/** The call needs no keys, but the SDK does. */
const NO_KEYS: CredentialSource = {
  renewable: false,
  renew: () => false,
  current: async () => ({ accessKeyId: "none", secretAccessKey: "none" }),
};

/** STS AssumeRoleWithWebIdentity with a new token (STS API reference; needs no keys). */
export async function assumeByWebIdentity(context: FetchContext, identity: WebIdentity): Promise<AwsCredentials> {
  const { AssumeRoleWithWebIdentityCommand } = await import("@aws-sdk/client-sts");
  const [sts, token] = await Promise.all([openSts(context, NO_KEYS), fetchToken(context, identity)]);
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: identity.roleArn,
    RoleSessionName: identity.sessionName,
    WebIdentityToken: token,
    Policy: identity.sessionPolicy || undefined,
  });
  const { Credentials } = await sts.send(command).catch((error: unknown) => {
    // A trust policy refuses the token by its claims, and AWS does not say which.
    if (failedAs(error, "denied")) error.detail = describeClaims(token);
    throw error;
  });
  return sessionKeys(Credentials, identity.roleArn);
}

async function fetchToken({ surroundings, call }: FetchContext, identity: WebIdentity): Promise<string> {
  try {
    return await withDeadline({ clock: surroundings.clock, deadline: call.deadline }, undefined, () =>
      identity.fetchToken(),
    );
  } catch (cause) {
    if (cause instanceof BakeError) throw cause;
    throw new BakeError(`Could not get an OpenID Connect token for role ${identity.roleArn}: ${messageOf(cause)}`, {
      code: "oidc-failed",
      hint: "Run the job again. If the error remains, check githubstatus.com.",
      cause,
    });
  }
}

/** Returns a caller of STS with keys: with time limits, retries and classified errors, as the callers of a session. */
async function openSts(
  { region, settings, surroundings, call, onRetry }: FetchContext,
  keys: CredentialSource,
): Promise<Sts> {
  const { STSClient } = await import("@aws-sdk/client-sts");
  const { clock, debug } = surroundings;
  const target = {
    service: "sts",
    region,
    pace: sharedPace(clock, `sts ${region}`, RATE),
    endpoint: call.endpoints.at(undefined, "sts", region),
  };
  const client = () => new STSClient(clientConfig("sts", region, { ...settings, credentials: () => keys.current() }));
  let current = client();
  const caller: Sts = createCaller(target, () => current, {
    ...call,
    clock,
    debug,
    budget: CREDENTIALS_BUDGET,
    attempts: ATTEMPTS,
    ready: async () => void (await keys.current()),
    renew: async () => {
      current = client();
      return keys.renew();
    },
    explain: async (error) => error,
    onRetry,
  });
  return caller;
}

interface StsKeys {
  readonly AccessKeyId?: string | undefined;
  readonly SecretAccessKey?: string | undefined;
  readonly SessionToken?: string | undefined;
  readonly Expiration?: Date | undefined;
}

function sessionKeys(keys: StsKeys | undefined, role: string): AwsCredentials {
  if (!keys?.AccessKeyId || !keys.SecretAccessKey) {
    throw new BakeError(`STS returned no keys for the role ${role}`, { code: "no-role-keys", resource: role });
  }
  const { Expiration: expiration } = keys;
  return {
    accessKeyId: keys.AccessKeyId,
    secretAccessKey: keys.SecretAccessKey,
    ...(keys.SessionToken ? { sessionToken: keys.SessionToken } : {}),
    ...(expiration ? { expiration } : {}),
  };
}
