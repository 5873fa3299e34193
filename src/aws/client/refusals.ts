import { AwsError, type Failure } from "./errors.js";

const MINUTE = 60_000;

/** For so long after a create call "not found" means "not yet visible" (EC2 and IAM eventual consistency), in milliseconds. */
export const NOT_YET_VISIBLE = 2 * MINUTE;

/** A refusal of an API action that passes by itself: the same call succeeds later. */
export interface PassingRefusal {
  readonly action: string;
  /** What kind of failure it is, AWS's code, or what its message says. */
  readonly failure?: Failure | undefined;
  readonly code?: string | undefined;
  readonly message?: RegExp | undefined;
  /** It passes only where this was created a moment ago: another one of the name does not exist at all. */
  readonly onlyNew?: "group" | "key pair" | "instance profile" | undefined;
  /** The longest that it may take to pass, in milliseconds. */
  readonly longest: number;
}

/** Which refusals of which API action pass by themselves, and how long that may take. */
const PASSING: readonly PassingRefusal[] = [
  // What was created a moment ago is not visible yet.
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
  // An instance that terminates still uses it: metal instances hold their group for long.
  { action: "DeleteSecurityGroup", failure: "in-use", longest: 20 * MINUTE },
  { action: "DeleteVolume", failure: "in-use", longest: 10 * MINUTE },
  { action: "DeleteVolume", failure: "pending-state", longest: 10 * MINUTE },
  // Parameter Store still validates the value before, or another writer is at it.
  { action: "PutParameter", code: "TooManyUpdates", longest: 5 * MINUTE },
  {
    action: "PutParameter",
    code: "ValidationException",
    message: /validation (is )?in (process|progress)/i,
    longest: 5 * MINUTE,
  },
];

/** Returns the entry of a failed call in the table of refusals that pass by themselves; undefined for any other error. */
export function passingRefusal(error: unknown): PassingRefusal | undefined {
  if (!(error instanceof AwsError)) return undefined;
  return PASSING.find(
    ({ action, failure, code, message }) =>
      action === error.operation &&
      (failure === undefined || failure === error.failure) &&
      (code === undefined || code === error.awsCode) &&
      (message === undefined || message.test(error.awsMessage)),
  );
}

/** Whether a call failed by a refusal that passes by itself. */
export function passes(error: unknown): error is AwsError {
  return passingRefusal(error) !== undefined;
}

/** The longest that refusals of an action may take to pass, in milliseconds; 0 where none of them pass. */
export function longestRefusal(action: string): number {
  return Math.max(0, ...PASSING.filter((refusal) => refusal.action === action).map(({ longest }) => longest));
}
