import { BakeError, messageOf } from "../../core/errors.js";
import { type Failure, failureOfCode, rejectsKeys } from "./error-codes.js";
import { type AwsCall, textsOfFailure } from "./error-texts.js";
import { TOO_LARGE } from "./response-limit.js";

export type { AwsCall, Failure };

/** A failed AWS call, classified. A class, because callers check it with `instanceof`. */
export class AwsError extends BakeError {
  readonly failure: Failure;
  /** AWS's code, e.g. `InvalidAMIName.Duplicate`; the error's name if it has none. */
  readonly awsCode: string;
  /** AWS's message. */
  readonly awsMessage: string;
  readonly operation: string;
  /** Facts about the call that are not in AWS's message. */
  declare detail: string | undefined;
  /** The response of an earlier attempt of the call was lost: that attempt may have taken effect. */
  afterLostResponse = false;

  constructor(call: AwsCall, failure: Failure, awsCode: string, cause: unknown) {
    const awsMessage = messageOf(cause) || awsCode;
    const { summary, hint } = textsOfFailure(call, failure, awsCode, awsMessage);
    super(summary, { code: `aws-${failure}`, region: call.region, cause, hint });
    this.name = "AwsError";
    this.failure = failure;
    this.awsCode = awsCode;
    this.awsMessage = awsMessage;
    this.operation = call.operation;
  }
}

/** Returns whether the error is an AWS call that failed in one of these ways. */
export function failedAs(error: unknown, ...failures: readonly Failure[]): error is AwsError {
  return error instanceof AwsError && failures.includes(error.failure);
}

/** Codes of errors about what a call needs before it is sent. */
const NOT_SENT = [
  ...["no-region", "credentials-not-fetched", "template-keys-missing", "token-without-keys"],
  ...["oidc-not-allowed", "oidc-failed", "no-account", "no-role-keys", "endpoint-unreachable"],
];

/** Returns whether the error is the same for all roles: the Region is not enabled, or the resource is not shared. */
function isRefusal({ awsCode, awsMessage }: AwsError): boolean {
  return (
    /^(OptInRequired|RegionDisabledException)$/.test(awsCode) ||
    (awsCode === "AuthFailure" && /not authorized for/i.test(awsMessage))
  );
}

/**
 * Returns whether a call has no answer of AWS about its subject: there is no Region, no credentials, no permission, or no connection.
 */
export function isUnanswered(error: unknown): boolean {
  if (failedAs(error, "denied")) return !isRefusal(error);
  if (failedAs(error, "no-credentials", "expired", "transient", "throttled")) return true;
  return error instanceof BakeError && NOT_SENT.includes(error.code);
}

/** Returns whether every other call of the session fails in the same way: its keys are missing, expired or rejected, or AWS is not reached. */
export function isOfSession(error: unknown): boolean {
  if (failedAs(error, "no-credentials", "expired", "transient")) return true;
  if (failedAs(error, "denied")) return rejectsKeys(error.awsCode) || error.operation.startsWith("AssumeRole");
  return error instanceof BakeError && NOT_SENT.includes(error.code);
}

/** Returns the result of a call; undefined if the resource does not exist. Rejects with any other failure. */
export async function ifFound<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (failedAs(error, "not-found")) return undefined;
    throw error;
  }
}

/** Returns the result of a call; undefined if the role has no permission for it. Rejects with any other failure. */
export async function ifAllowed<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (failedAs(error, "denied")) return undefined;
    throw error;
  }
}

/** Returns whether a failed call may have taken effect: it was aborted while it ran, or its response was lost or not read. */
export function mayHaveTakenEffect(error: unknown): boolean {
  if (!(error instanceof BakeError)) return true;
  if (!(error instanceof AwsError)) return false;
  return error.afterLostResponse || error.failure === "transient" || error.awsCode === TOO_LARGE;
}

/** Returns whether the error has this AWS code; a trailing `*` matches any text. */
export function hasAwsCode(error: unknown, pattern: string): error is AwsError {
  if (!(error instanceof AwsError)) return false;
  return pattern.endsWith("*") ? error.awsCode.startsWith(pattern.slice(0, -1)) : error.awsCode === pattern;
}

/** Converts an error of an SDK call to an `AwsError`. */
export function toAwsError(error: unknown, call: AwsCall): AwsError {
  if (error instanceof AwsError) return error;
  const awsCode = codeOf(error);
  return new AwsError(call, classify(error), awsCode, error);
}

/** Returns the kind of failure of an SDK error. Pure. */
export function classify(error: unknown): Failure {
  const code = codeOf(error);
  // Some responses report "Instance is not in state ..." as InvalidParameterValue, but the state is always temporary.
  if (/is not in state|currently pending|is pending, and cannot/i.test(messageOf(error))) return "pending-state";
  // EC2 uses this code for a while after deregistration, and also for images that are not ready yet.
  if (code === "InvalidAMIID.Unavailable" && /no longer available/i.test(messageOf(error))) return "not-found";
  if (isAboutZone(code, messageOf(error))) return "capacity";
  // STS fetches the keys of the identity provider for each token (STS API reference, InvalidIdentityToken). That fetch can fail for a while.
  if (code.startsWith("InvalidIdentityToken") && /verification key/i.test(messageOf(error))) return "transient";
  const known = failureOfCode(code);
  if (known) return known;
  const status = statusOf(error);
  if (status === 429) return "throttled";
  if (status !== undefined && status >= 500) return "transient";
  if (status === undefined && isBrokenConnection(error)) return "transient";
  return "invalid";
}

/**
 * Returns whether another zone can help: the type or the configuration is not available in the zone, or the zone has no default subnet.
 * EC2 uses `Unsupported` also for what no zone supports, such as a type of key pair.
 */
function isAboutZone(code: string, message: string): boolean {
  return code === "Unsupported"
    ? /availability zone|in (this|your|the) .*zone/i.test(message)
    : /no default subnet for availability zone/i.test(message);
}

/** Returns the AWS code of an error, else the system code (`ECONNRESET`), else its name. */
export function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "Unknown";
  const { Code, code, name } = error as Readonly<Record<string, unknown>>;
  for (const value of [Code, code, name]) if (typeof value === "string" && value !== "") return value;
  return "Unknown";
}

/** Codes of a signature whose time differs too much from AWS's clock (AWS SDKs reference guide, clock skew). */
const CLOCK_CODES =
  /^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture|SignatureDoesNotMatch|InvalidSignatureException|AuthFailure)$/;

/**
 * Returns whether AWS refused a call because this host's clock is wrong, and the SDK has corrected its time by the response's `Date`. Then
 * the client signs the next attempt with the time of AWS.
 */
export function isClockCorrected(error: unknown): boolean {
  if (!CLOCK_CODES.test(codeOf(error)) || typeof error !== "object" || error === null || !("$metadata" in error))
    return false;
  const { $metadata: metadata } = error;
  return typeof metadata === "object" && metadata !== null && "clockSkewCorrected" in metadata
    ? metadata.clockSkewCorrected === true
    : false;
}

/** Returns whether an SDK error is the response of a server. */
export function hasResponse(error: unknown): boolean {
  return statusOf(error) !== undefined;
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return undefined;
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : undefined;
}

const BROKEN = new RegExp(
  [
    "socket hang up|aborted|premature close|terminated|unexpected end",
    "TimeoutError|ECONN(RESET|REFUSED|ABORTED)|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH",
  ].join("|"),
  "i",
);

/** Returns whether the connection broke during the response. The SDK wraps some of these errors, so their text is checked. */
function isBrokenConnection(error: unknown): boolean {
  return BROKEN.test(messageOf(error));
}
