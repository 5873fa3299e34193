import { BakeError } from "../../core/errors.js";
import type { AccountReference, RoleReference } from "../../core/ledger.js";
import { setting } from "../../core/setting.js";
import type { Environment, Surroundings } from "../../core/surroundings.js";
import { createSessionAccount } from "./account.js";
import type { CallSettings } from "./call.js";
import { createClientCache, createServiceCallers, type Sts } from "./clients.js";
import type { CredentialSource } from "./credential-source.js";
import { chooseCredentials, keepKeys } from "./credentials.js";
import { createEndpoints } from "./endpoint.js";
import { AwsError } from "./errors.js";
import { openTransport } from "./http.js";
import { type AccessOptions, ambientAccess } from "./options.js";
import { createServerTime } from "./server-time.js";
import type { AwsSession } from "./session.js";
import { presignedUrl, signedHeaders } from "./signature.js";
import { longestWait } from "./wait.js";

/** The dependencies of a session, in addition to the access options. */
export type SessionSurroundings = Pick<
  Surroundings,
  "clock" | "debug" | "reportWait" | "ids" | "env" | "credentials" | "webIdentity"
>;

/** Limits of calls, in milliseconds. */
export interface SessionLimits {
  /** Timeout of one attempt of a call. */
  readonly deadline: number;
  /** Time during which a throttled or failing call is retried. */
  readonly budget: number;
}

const LIMITS: SessionLimits = { deadline: 30_000, budget: 5 * 60_000 };

/**
 * Opens a session. The Region comes from the options, `fallbackRegion`, the environment or the profile, in this order. Throws a
 * `BakeError` when none of them sets it.
 */
export async function openSession(
  access: AccessOptions,
  surroundings: SessionSurroundings,
  fallbackRegion?: string,
  limits: SessionLimits = LIMITS,
): Promise<AwsSession> {
  const region = access.region || fallbackRegion || (await defaultRegion(access.profile, surroundings.env));
  if (!region) {
    throw new BakeError("No AWS Region is set", {
      code: "no-region",
      // Access that no template sets: promote, sweep, prune.
      hint: `Set ${access === ambientAccess ? "" : '"region" in the template, '}${setting("region")}, AWS_REGION, or a profile with a Region.`,
    });
  }
  surroundings.debug(() => `Region ${region}: ${whyRegion(access, fallbackRegion)}`);
  return sessionIn({ region, access, keysName: keepKeys(access, surroundings) }, surroundings, limits);
}

/** Returns where the Region is set, for the debug log. */
function whyRegion(access: AccessOptions, fallbackRegion: string | undefined): string {
  if (access.region) return '"region" is set';
  return fallbackRegion ? "it is the Region of the run" : "it is the Region of the environment or the profile";
}

/** Opens a session in the account of a reference: for the post step, the sweep, publishing and post-processors. */
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
      duration_seconds: role.durationSeconds,
      policy: role.policy,
      policy_arns: role.policyArns ?? [],
      tags: role.tags ?? {},
      transitive_tag_keys: role.transitiveTagKeys ?? [],
    },
  };
  return sessionIn({ region: reference.region, access, keysName: reference.credentials }, surroundings, limits);
}

/** The Region and credentials of a session. */
interface SessionTarget {
  readonly region: string;
  readonly access: AccessOptions;
  /** Name of the template's keys in the vault; undefined if it has none. */
  readonly keysName: string | undefined;
}

function sessionIn(target: SessionTarget, surroundings: SessionSurroundings, limits: SessionLimits): AwsSession {
  const { region, access, keysName } = target;
  const { clock, debug, env, ids } = surroundings;
  const transport = openTransport(env, access.insecure_skip_tls_verify);
  const settings = { transport, env };
  const calls = {
    random: () => ids.random(),
    deadline: limits.deadline,
    endpoints: createEndpoints(env, access.custom_endpoint_ec2),
  };
  const source = chooseCredentials({
    access,
    surroundings,
    region,
    settings,
    call: calls,
    vaulted: keysName === undefined ? undefined : (surroundings.credentials.get(keysName) ?? "missing"),
  });
  const clients = createClientCache(source, settings);
  const serverTime = createServerTime(clock.now, () => performance.now());
  const call: CallSettings = {
    ...calls,
    clock,
    debug,
    budget: limits.budget,
    attempts: Math.max(1, access.max_retries),
    ready: async () => void (await source.current()),
    renew: async () => {
      clients.clear();
      return source.renew();
    },
    explain: async (error) => {
      const isWhole = access.decode_authorization_messages;
      return isWhole || !namesAction(error) ? decodeDenial(error, await session.sts(), isWhole) : error;
    },
  };
  const account = createSessionAccount({
    source,
    run: surroundings,
    clock,
    callerArn: async (signal) => {
      const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
      return (await (await session.sts()).send(new GetCallerIdentityCommand({}), signal)).Arn ?? "";
    },
  });
  const session: AwsSession = {
    region,
    clock,
    debug,
    serverNow: serverTime.now,
    random: () => ids.random(),
    ...createServiceCallers(region, access.custom_endpoint_ec2 || undefined, clients, { ...call, serverTime }),
    reference: (where) => ({
      ...referenceOf(where ?? region, access, where === undefined || where === region, keysName),
      accountId: account.known()?.id,
      partition: account.known()?.partition,
    }),
    environment: () => childEnvironment(source, region, access),
    account: account.find,
    sign: async (request) => signedHeaders(request, { credentials: await source.current(), now: serverTime.now() }),
    presign: async (request, seconds) =>
      presignedUrl(request, { credentials: await source.current(), now: serverTime.now() }, seconds),
    agentOf: (url) => (/^(?:https|wss):$/.test(url.protocol) ? transport.httpsAgent : transport.httpAgent),
    expiry: async () => (source.renewable ? undefined : (await source.current()).expiration?.getTime()),
    longestWait: (own) => longestWait(own, access.aws_polling, env),
    close: () => {
      transport.httpAgent.destroy();
      transport.httpsAgent.destroy();
    },
  };
  return session;
}

function referenceOf(
  region: string,
  access: AccessOptions,
  main: boolean,
  credentials: string | undefined,
): AccountReference {
  return {
    region,
    profile: access.profile || undefined,
    credentialsFile: access.shared_credentials_file || undefined,
    insecureTls: access.insecure_skip_tls_verify || undefined,
    endpoint: (main && access.custom_endpoint_ec2) || undefined,
    credentials,
    assumeRole: access.assume_role?.role_arn ? roleReference(access.assume_role) : undefined,
  };
}

/** Returns the role with all that is set: a session that differs can have more permissions, or be refused by the trust policy. */
function roleReference(role: NonNullable<AccessOptions["assume_role"]>): RoleReference {
  return {
    roleArn: role.role_arn,
    externalId: role.external_id || undefined,
    sessionName: role.session_name || undefined,
    durationSeconds: role.duration_seconds || undefined,
    policy: role.policy || undefined,
    policyArns: role.policy_arns.length > 0 ? role.policy_arns : undefined,
    tags: Object.keys(role.tags).length > 0 ? role.tags : undefined,
    transitiveTagKeys: role.transitive_tag_keys.length > 0 ? role.transitive_tag_keys : undefined,
  };
}

/** Keys of a child process cannot be renewed: they are valid for at least this time where new ones can be fetched; milliseconds. */
const CHILD_TIME = 10 * 60_000;

/**
 * Variables that AWS tools read together with the access keys, or in their place: older names of the session token, also those of boto and
 * Ansible. One that is left from the environment would not belong to the keys.
 */
const NO_CREDENTIALS: Environment = {
  AWS_SECURITY_TOKEN: undefined,
  EC2_SECURITY_TOKEN: undefined,
  AWS_CREDENTIAL_SCOPE: undefined,
};

/** Some SDKs prefer the profile to the keys. */
const NO_PROFILE: Environment = { AWS_PROFILE: undefined, AWS_DEFAULT_PROFILE: undefined };

async function childEnvironment(source: CredentialSource, region: string, access: AccessOptions): Promise<Environment> {
  const keys = await source.current(CHILD_TIME);
  return {
    ...NO_CREDENTIALS,
    ...(source.ofProfile ? {} : NO_PROFILE),
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken,
    AWS_CREDENTIAL_EXPIRATION: keys.expiration?.toISOString(),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...(access.custom_endpoint_ec2 ? { AWS_ENDPOINT_URL_EC2: access.custom_endpoint_ec2 } : {}),
  };
}

/** Returns the Region of the environment or the profile, like other AWS tools; undefined if none is set. */
async function defaultRegion(profile: string | undefined, env: Environment): Promise<string | undefined> {
  const named = profile ? undefined : env.AWS_REGION || env.AWS_DEFAULT_REGION;
  if (named) return named;
  const { STSClient } = await import("@aws-sdk/client-sts");
  const chosen = profile || env.AWS_PROFILE;
  const client = new STSClient(chosen ? { profile: chosen } : {});
  const found = await client.config.region().catch(() => undefined);
  return found || env.AWS_REGION || env.AWS_DEFAULT_REGION;
}

const ENCODED = /\.? *Encoded authorization failure message: ([\w-]+)/;

/** Whether a message needs no decoding to name the denied action. */
function namesAction({ failure, awsMessage }: AwsError): boolean {
  return failure !== "denied" || !ENCODED.test(awsMessage) || /not authorized to perform:/i.test(awsMessage);
}

/**
 * Decodes the authorization message of a denied call (STS DecodeAuthorizationMessage): the whole of it, or the action and the resource.
 * Returns the same error if that fails.
 */
async function decodeDenial(error: AwsError, sts: Sts, isWhole: boolean): Promise<AwsError> {
  const encoded = ENCODED.exec(error.awsMessage)?.[1];
  if (error.failure !== "denied" || encoded === undefined) return error;
  const { DecodeAuthorizationMessageCommand } = await import("@aws-sdk/client-sts");
  try {
    const response = await sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: encoded }));
    const call = { service: "ec2", operation: error.operation, region: error.region ?? "" };
    const decoded = response.DecodedMessage ?? "";
    const text = isWhole ? `Denied by policy: ${decoded}` : deniedText(error.awsMessage, decoded);
    return new AwsError(call, "denied", error.awsCode, new Error(text));
  } catch {
    return error;
  }
}

/** Returns AWS's message with the action and the resource of the decoded one, as newer messages have them. */
function deniedText(message: string, decoded: string): string {
  const { context }: { readonly context?: Readonly<Record<string, unknown>> } = JSON.parse(decoded);
  const { action, resource } = context ?? {};
  if (typeof action !== "string") return message;
  const name = action.includes(":") ? action : `ec2:${action}`;
  return `${message.replace(ENCODED, ".")} Not authorized to perform: ${name} on resource: ${String(resource)}`;
}
