import type { Clock } from "../../core/clock.js";
import { BakeError } from "../../core/errors.js";
import type { AccountReference } from "../../core/ledger.js";
import type { Surroundings } from "../../core/surroundings.js";
import type { CallSettings } from "./call.js";
import { clientCache, type ServiceCallers, serviceCallers } from "./clients.js";
import { type CredentialSource, chooseCredentials } from "./credentials.js";
import { decodeRefusal } from "./decode-refusal.js";
import { defaultRegion } from "./default-region.js";
import { openTransport } from "./http.js";
import { type AccessOptions, ambientAccess } from "./options.js";
import { vaultName } from "./vault-name.js";
import { longestWait } from "./waits.js";

/** One way into an account. Clients are made when first asked for; their modules are loaded then. */
export interface AwsSession extends ServiceCallers {
  /** Region of the build. */
  readonly region: string;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** How the account is reached again in a region (the build's, when none is given); without secrets. */
  reference(region?: string): AccountReference;
  /** What child processes need to reach the account: AWS_ACCESS_KEY_ID, …, AWS_REGION. */
  environment(): Promise<Readonly<Record<string, string>>>;
  /** Account id and ARN of the caller (STS GetCallerIdentity). */
  identity(): Promise<{ readonly account: string; readonly arn: string }>;
  /** When the keys end, in milliseconds since the epoch, where they end and are not renewed. */
  expiry(): Promise<number | undefined>;
  /** Longest time of a wait in milliseconds: the wait's own, or `aws_polling` and its environment where that is more. */
  longestWait(own: number): number;
  /** Closes idle connections. */
  close(): void;
}

/** What a session is opened with beside the access options. */
export type SessionSurroundings = Pick<Surroundings, "clock" | "ids" | "env" | "credentials" | "webIdentity">;

/** Limits of calls, in milliseconds. */
export interface SessionLimits {
  /** One attempt of a call takes no longer. */
  readonly deadline: number;
  /** A throttled or failing call is tried again for so long. */
  readonly budget: number;
}

const LIMITS: SessionLimits = { deadline: 30_000, budget: 5 * 60_000 };

/** Opens a session; the region comes from the options, `fallbackRegion`, the environment or the profile, in this order. */
export async function openSession(
  access: AccessOptions,
  surroundings: SessionSurroundings,
  fallbackRegion?: string,
  limits: SessionLimits = LIMITS,
): Promise<AwsSession> {
  const region = access.region || fallbackRegion || (await defaultRegion(access.profile, surroundings.env));
  if (!region) {
    throw new BakeError("no AWS region is given", {
      code: "no-region",
      hint: 'Write "region" in the template, or set the input aws-region, AWS_REGION or a profile with a region.',
    });
  }
  return sessionIn(region, access, surroundings, limits, undefined);
}

/** Opens the session that a reference tells of: for post, sweep, publishing and post-processors. */
export function openSessionFor(
  reference: AccountReference,
  surroundings: SessionSurroundings,
  limits: SessionLimits = LIMITS,
): AwsSession {
  const { assumeRole: role } = reference;
  const access: AccessOptions = {
    ...ambientAccess,
    region: reference.region,
    profile: reference.profile,
    shared_credentials_file: reference.credentialsFile,
    custom_endpoint_ec2: reference.endpoint,
    insecure_skip_tls_verify: reference.insecureTls ?? false,
    assume_role: role && {
      role_arn: role.roleArn,
      external_id: role.externalId,
      session_name: role.sessionName,
      duration_seconds: undefined,
      policy: undefined,
      policy_arns: [],
      tags: {},
      transitive_tag_keys: [],
    },
  };
  return sessionIn(reference.region, access, surroundings, limits, reference.credentials);
}

function sessionIn(
  region: string,
  access: AccessOptions,
  surroundings: SessionSurroundings,
  limits: SessionLimits,
  vaulted: string | undefined,
): AwsSession {
  const { clock, env, ids } = surroundings;
  const transport = openTransport(env, access.insecure_skip_tls_verify);
  const settings = { transport, env };
  const keysName = vaulted ?? keepKeys(access, surroundings);
  const source = chooseCredentials({
    access,
    surroundings,
    region,
    settings,
    vaulted: keysName === undefined ? undefined : (surroundings.credentials.get(keysName) ?? "missing"),
  });
  const clients = clientCache(source, settings);
  const call: CallSettings = {
    clock,
    random: () => ids.random(),
    deadline: limits.deadline,
    budget: limits.budget,
    attempts: Math.max(1, access.max_retries),
    renew: async () => {
      clients.forget();
      return source.renew();
    },
    explain: async (error) =>
      access.decode_authorization_messages ? decodeRefusal(error, await session.sts()) : error,
  };
  const session: AwsSession = {
    region,
    clock,
    random: () => ids.random(),
    ...serviceCallers(region, access.custom_endpoint_ec2 || undefined, clients, call),
    reference: (where) => referenceOf(where ?? region, access, where === undefined || where === region, keysName),
    environment: () => childEnvironment(source, region, access),
    identity: async () => {
      const { GetCallerIdentityCommand } = await import("./sdk/sts.js");
      const answer = await (await session.sts()).send(new GetCallerIdentityCommand({}));
      return { account: answer.Account ?? "", arn: answer.Arn ?? "" };
    },
    expiry: async () => (source.renewable ? undefined : (await source.current()).expiration?.getTime()),
    longestWait: (own) => longestWait(own, access.aws_polling, env),
    close: () => {
      transport.httpAgent.destroy();
      transport.httpsAgent.destroy();
    },
  };
  return session;
}

/** Puts the template's own keys into the vault, so that post can use them; answers their name there. */
function keepKeys(access: AccessOptions, surroundings: SessionSurroundings): string | undefined {
  const { access_key: id, secret_key: secret, token } = access;
  if (!id || !secret) return undefined;
  const name = vaultName(id);
  surroundings.credentials.put(name, {
    accessKeyId: id,
    secretAccessKey: secret,
    ...(token ? { sessionToken: token } : {}),
  });
  return name;
}

function referenceOf(
  region: string,
  access: AccessOptions,
  main: boolean,
  credentials: string | undefined,
): AccountReference {
  const role = access.assume_role;
  return {
    region,
    profile: access.profile || undefined,
    credentialsFile: access.shared_credentials_file || undefined,
    insecureTls: access.insecure_skip_tls_verify || undefined,
    endpoint: (main && access.custom_endpoint_ec2) || undefined,
    credentials,
    assumeRole: role && {
      roleArn: role.role_arn,
      externalId: role.external_id || undefined,
      sessionName: role.session_name || undefined,
    },
  };
}

async function childEnvironment(
  source: CredentialSource,
  region: string,
  access: AccessOptions,
): Promise<Readonly<Record<string, string>>> {
  const keys = await source.current();
  return {
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    ...(keys.sessionToken ? { AWS_SESSION_TOKEN: keys.sessionToken } : {}),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...(access.custom_endpoint_ec2 ? { AWS_ENDPOINT_URL_EC2: access.custom_endpoint_ec2 } : {}),
  };
}
