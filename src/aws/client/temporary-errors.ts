import { AwsError, type Failure } from "./errors.js";

const MINUTE = 60_000;

/** Time after a create call during which "not found" means "not yet visible", in milliseconds (EC2 and IAM eventual consistency). */
export const NOT_YET_VISIBLE = 2 * MINUTE;

/** A temporary error of an API action: the same call succeeds later. */
export interface TemporaryError {
  readonly action: string;
  /** The kind of failure, AWS's code, or a pattern of AWS's message. */
  readonly failure?: Failure | undefined;
  readonly code?: string | undefined;
  readonly message?: RegExp | undefined;
  /** It is temporary only if this resource was created just before. Otherwise the resource does not exist. */
  readonly onlyNew?: "group" | "key pair" | "instance profile" | undefined;
  /** How long the error can last, in milliseconds. */
  readonly longest: number;
}

/** The temporary errors of API actions, and how long they can last. */
const TEMPORARY: readonly TemporaryError[] = [
  // A new resource is not visible yet.
  { action: "AuthorizeSecurityGroupIngress", failure: "not-found", longest: NOT_YET_VISIBLE },
  { action: "PutRolePolicy", failure: "not-found", longest: NOT_YET_VISIBLE },
  { action: "AddRoleToInstanceProfile", failure: "not-found", longest: NOT_YET_VISIBLE },
  { action: "RunInstances", code: "InvalidGroup.NotFound", onlyNew: "group", longest: NOT_YET_VISIBLE },
  { action: "RunInstances", code: "InvalidKeyPair.NotFound", onlyNew: "key pair", longest: NOT_YET_VISIBLE },
  {
    action: "RunInstances",
    message: /iam.?instance.?profile/i,
    onlyNew: "instance profile",
    longest: NOT_YET_VISIBLE,
  },
  // A terminating instance still uses it. Metal instances take especially long.
  { action: "DeleteSecurityGroup", failure: "in-use", longest: 20 * MINUTE },
  { action: "DeleteVolume", failure: "in-use", longest: 10 * MINUTE },
  { action: "DeleteVolume", failure: "pending-state", longest: 10 * MINUTE },
  // Parameter Store still validates the earlier value, or another writer changes the parameter.
  { action: "PutParameter", code: "TooManyUpdates", longest: 5 * MINUTE },
  {
    action: "PutParameter",
    code: "ValidationException",
    message: /validation (is )?in (process|progress)/i,
    longest: 5 * MINUTE,
  },
];

/** Returns the entry of a failed call in the table of temporary errors; undefined for any other error. */
export function findTemporaryError(error: unknown): TemporaryError | undefined {
  if (!(error instanceof AwsError)) return undefined;
  return TEMPORARY.find(
    ({ action, failure, code, message }) =>
      action === error.operation &&
      (failure === undefined || failure === error.failure) &&
      (code === undefined || code === error.awsCode) &&
      (message === undefined || message.test(error.awsMessage)),
  );
}

/** Returns whether a call failed with a temporary error. */
export function isTemporary(error: unknown): error is AwsError {
  return findTemporaryError(error) !== undefined;
}

/** Returns how long temporary errors of an action can last, in milliseconds; 0 if it has none. */
export function longestTemporaryErrorOf(action: string): number {
  return Math.max(0, ...TEMPORARY.filter((each) => each.action === action).map(({ longest }) => longest));
}
