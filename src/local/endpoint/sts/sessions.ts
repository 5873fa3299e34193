import { randomBytes } from "node:crypto";
import type { Actions, ApiCall, Handler } from "../call.js";
import type { Cloud } from "../cloud.js";
import { decodeMessage } from "../iam/authorization/denial.js";
import { principalOf } from "../iam/authorization/principal.js";
import { type IamPolicy, MalformedPolicy, parsePolicy } from "../iam/policies/document.js";
import { timestamp } from "../times.js";
import { refusal } from "../wire/errors.js";
import { integer, required, text } from "../wire/query.js";
import type { Members } from "../wire/xml.js";
import type { StsSession } from "./model.js";

/** ARN of who calls: the session's of temporary credentials, else of the one user. */
export function callerArn(call: ApiCall): string {
  return principalOf(call.cloud, call.accessKeyId).arn;
}

/** Whether temporary credentials are past their time. */
export function isExpired(cloud: Cloud, accessKeyId: string): boolean {
  const session = cloud.sessions.get(accessKeyId);
  return session !== undefined && cloud.time.now() >= session.expiresAt;
}

const getCallerIdentity: Handler = (call) => ({
  Arn: callerArn(call),
  UserId: principalOf(call.cloud, call.accessKeyId).userId,
  Account: callerArn(call).split(":")[4],
});

/** New credentials for a role. Throws where the role's ARN, the session's name or the duration is invalid. */
function openSession(call: ApiCall): { readonly session: StsSession; readonly response: Members } {
  const { cloud, params } = call;
  const roleArn = required(params, "RoleArn");
  const name = required(params, "RoleSessionName");
  const found = /^arn:aws[\w-]*:iam::(\d{12}):role\/(?:[\w+=,.@/-]*\/)?([\w+=,.@-]+)$/.exec(roleArn);
  if (found?.[1] === undefined || found[2] === undefined) throw refusal("ValidationError", `${roleArn} is invalid`);
  if (!/^[\w+=,.@-]{2,64}$/.test(name)) {
    throw refusal(
      "ValidationError",
      `1 validation error detected: Value '${name}' at 'roleSessionName' failed to satisfy constraint`,
    );
  }
  const duration = integer(params, "DurationSeconds") ?? 3600;
  if (duration < 900 || duration > 43_200) {
    throw refusal(
      "ValidationError",
      `1 validation error detected: Value '${duration}' at 'durationSeconds' failed to satisfy constraint`,
    );
  }
  const policy = sessionPolicy(text(params, "Policy"));
  const roleId = `AROA${letters(17)}`;
  const lasts = cloud.sessionSeconds ?? duration;
  const session: StsSession = {
    accessKeyId: `ASIA${letters(16)}`,
    arn: `arn:aws:sts::${found[1]}:assumed-role/${found[2]}/${name}`,
    userId: `${roleId}:${name}`,
    role: found[2],
    policy,
    expiresAt: cloud.time.now() + lasts * 1000,
  };
  cloud.sessions.set(session.accessKeyId, session);
  const response = {
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: randomBytes(30).toString("base64"),
      SessionToken: randomBytes(120).toString("base64"),
      Expiration: timestamp(session.expiresAt),
    },
    AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn },
    PackedPolicySize: text(params, "Policy") === undefined ? undefined : 6,
  };
  return { session, response };
}

function sessionPolicy(policy: string | undefined): IamPolicy | undefined {
  if (policy === undefined) return undefined;
  if (policy.length > 2048) {
    throw refusal(
      "PackedPolicyTooLarge",
      "Packed policy consumes more than 100% of allotted space, please use smaller policy.",
    );
  }
  try {
    return parsePolicy(policy);
  } catch (error) {
    throw error instanceof MalformedPolicy ? refusal("MalformedPolicyDocument", error.message) : error;
  }
}

function letters(length: number): string {
  return [...randomBytes(length)].map((byte) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32]).join("");
}

const assumeRole: Handler = (call) => openSession(call).response;

interface Claims {
  readonly iss?: unknown;
  readonly sub?: unknown;
  readonly aud?: unknown;
  readonly exp?: unknown;
}

/** The claims of a JWT; its signature is not checked. */
function claimsOf(token: string): Claims {
  const [, body = "", ...rest] = token.split(".");
  try {
    const claims: unknown = JSON.parse(Buffer.from(body, "base64url").toString("utf8"));
    if (rest.length === 1 && typeof claims === "object" && claims !== null) return claims;
  } catch {
    // Refused below, as any other invalid token.
  }
  throw refusal(
    "InvalidIdentityToken",
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
  );
}

const assumeRoleWithWebIdentity: Handler = (call) => {
  const { iss, sub, aud, exp } = claimsOf(required(call.params, "WebIdentityToken"));
  if (typeof exp === "number" && exp * 1000 <= call.cloud.time.now()) {
    throw refusal(
      "ExpiredTokenException",
      `Token expired: current date/time must be before the expiration date/time ${exp}`,
    );
  }
  return {
    ...openSession(call).response,
    SubjectFromWebIdentityToken: String(sub ?? ""),
    Audience: String(aud ?? ""),
    Provider: String(iss ?? ""),
  };
};

/** DecodeAuthorizationMessage, for the messages of denied calls of EC2. */
const decodeAuthorizationMessage: Handler = (call) => {
  const decoded = decodeMessage(required(call.params, "EncodedMessage"));
  if (decoded === undefined) throw refusal("InvalidAuthorizationMessageException", "Message is not valid");
  return { DecodedMessage: decoded };
};

/** Handlers of the calls of STS. */
export const sessionActions: Actions = {
  GetCallerIdentity: getCallerIdentity,
  AssumeRole: assumeRole,
  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
  DecodeAuthorizationMessage: decodeAuthorizationMessage,
};
