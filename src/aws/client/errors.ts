import { BakeError, messageOf } from "../../core/errors.js";
import { type Failure, failureOfCode, refusesKeys } from "./error-codes.js";

export type { Failure };

/** A failed AWS call, classified. A class because callers recognize it by `instanceof`. */
export class AwsError extends BakeError {
  readonly failure: Failure;
  /** AWS's own code, e.g. `InvalidAMIName.Duplicate`; the error's name where there is none. */
  readonly awsCode: string;
  /** AWS's own message. */
  readonly awsMessage: string;
  readonly operation: string;
  /** An earlier attempt of the call was not answered and may have taken effect, whatever this last one says. */
  afterLostAnswer = false;

  constructor(call: AwsCall, failure: Failure, awsCode: string, cause: unknown) {
    const awsMessage = messageOf(cause) || awsCode;
    super(textOf(call, failure, awsCode, awsMessage), {
      code: `aws-${failure}`,
      region: call.region,
      cause,
      hint: hintOf(call, failure, awsCode, awsMessage),
    });
    this.name = "AwsError";
    this.failure = failure;
    this.awsCode = awsCode;
    this.awsMessage = awsMessage;
    this.operation = call.operation;
  }
}

/** Which call it was: `ec2`, `RunInstances`, `us-east-1`. */
export interface AwsCall {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
}

/** Whether the error is a failed AWS call of one of these kinds. */
export function failedAs(error: unknown, ...failures: readonly Failure[]): error is AwsError {
  return error instanceof AwsError && failures.includes(error.failure);
}

/** Returns what a call returns; undefined where it fails as the resource does not exist. Rejects with any other failure. */
export async function ifFound<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (failedAs(error, "not-found")) return undefined;
    throw error;
  }
}

/** Whether a call that ended so may have taken effect all the same: it was given up on its way, or its answer was lost. */
export function mayHaveTakenEffect(error: unknown): boolean {
  if (!(error instanceof BakeError)) return true;
  return error instanceof AwsError && (error.afterLostAnswer || error.failure === "transient");
}

/** Whether the error carries this AWS code; a trailing `*` matches any rest. */
export function hasAwsCode(error: unknown, pattern: string): error is AwsError {
  if (!(error instanceof AwsError)) return false;
  return pattern.endsWith("*") ? error.awsCode.startsWith(pattern.slice(0, -1)) : error.awsCode === pattern;
}

/** Anything an SDK call threw, as an `AwsError`. */
export function toAwsError(error: unknown, call: AwsCall): AwsError {
  if (error instanceof AwsError) return error;
  const awsCode = codeOf(error);
  return new AwsError(call, classify(error), awsCode, error);
}

/** What kind of failure an error of the SDK is. Pure. */
export function classify(error: unknown): Failure {
  const code = codeOf(error);
  // "Instance is not in state ..." is an InvalidParameterValue in some responses and a state that passes in all.
  if (/is not in state|currently pending|is pending, and cannot/i.test(messageOf(error))) return "pending-state";
  // What an image that was deregistered is called for a while; one that is not ready yet has the same code.
  if (code === "InvalidAMIID.Unavailable" && /no longer available/i.test(messageOf(error))) return "not-found";
  const known = failureOfCode(code);
  if (known) return known;
  const status = statusOf(error);
  if (status === 429) return "throttled";
  if (status !== undefined && status >= 500) return "transient";
  if (status === undefined && isBrokenAnswer(error)) return "transient";
  return "invalid";
}

/** The AWS code of an error, else the system code (`ECONNRESET`), else its name. */
export function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "Unknown";
  const { Code, code, name } = error as Readonly<Record<string, unknown>>;
  for (const value of [Code, code, name]) if (typeof value === "string" && value !== "") return value;
  return "Unknown";
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
    "TimeoutError|ECONN(RESET|REFUSED|ABORTED)|EPIPE|ETIMEDOUT|EAI_AGAIN",
  ].join("|"),
  "i",
);

/** A connection that was cut while the answer came; the SDK hides some of them behind a wrapper of its own. */
function isBrokenAnswer(error: unknown): boolean {
  return BROKEN.test(messageOf(error));
}

function textOf(call: AwsCall, failure: Failure, code: string, message: string): string {
  if (failure === "no-credentials") {
    return `no AWS credentials were found${/^the profile /.test(message) ? `: ${message}` : ""}`;
  }
  const where = `${call.service}:${call.operation} in ${call.region}`;
  if (failure === "denied" && refusesKeys(code)) return `AWS does not accept the credentials (${where}: ${code})`;
  if (failure === "denied")
    return `not allowed: ${missingAction(call, message)} in ${call.region} (${code}: ${firstLine(message)})`;
  if (failure === "expired") return `the AWS credentials have expired (${where})`;
  return `${where}: ${firstLine(message)} (${code})`;
}

const HINTS: Partial<Record<Failure, string>> = {
  "no-credentials":
    "Give credentials by the input role-to-assume (GitHub's OpenID Connect), by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, " +
    "by a profile (AWS_PROFILE or the option profile), by access_key and secret_key in the template, or by the role of the machine.",
  expired:
    "Keys from the environment cannot be renewed. Use the input role-to-assume (renewed for as long as the bake lasts), or a role with a longer session.",
  throttled:
    "Other tools share the account's request limit. Bake fewer builds at once (parallel-builds), or try again later.",
  capacity: "Give more types (spot_instance_types), another availability_zone or subnet, or try again later.",
  transient: "AWS did not answer properly. See https://health.aws.amazon.com/health/status and try again.",
};

function hintOf(call: AwsCall, failure: Failure, code: string, message: string): string | undefined {
  if (failure === "denied" && code === "OptInRequired") {
    return `Enable the region ${call.region} for the account, or take it out of the list of regions.`;
  }
  if (failure === "denied" && refusesKeys(code)) {
    return `Check the keys and their session token; a region that is not enabled for the account (${call.region}) refuses them too.`;
  }
  if (failure === "denied") {
    return `Allow ${missingAction(call, message)} in the policy of the role or user that bakes.`;
  }
  return HINTS[failure];
}

/** The IAM action that is missing: as AWS names it in its message, else that of the call. */
export function missingAction(call: AwsCall, message: string): string {
  return (
    /not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)/i.exec(message)?.[1] ?? `${call.service}:${call.operation}`
  );
}

function firstLine(message: string): string {
  const line = message.split(" Encoded authorization failure message")[0]?.split("\n")[0] ?? message;
  return line.replace(/\.$/, "");
}
