import { AwsError, type Failure } from "./errors.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Time after a create call during which "not found" means "not yet visible", in milliseconds (EC2 and IAM eventual consistency). */
export const NOT_YET_VISIBLE = 2 * MINUTE;

/** A resource younger than this is never believed to be missing, in milliseconds. */
export const YOUNG = MINUTE;

/** Reads that do not show a resource are believed when they span this time, in milliseconds: longer than the lag of a replica. */
export const REPLICA_LAG = 10 * SECOND;

/** What makes some errors temporary that are final otherwise: a resource that the call names was just created, or just deregistered. */
export type Circumstance = "new group" | "new key pair" | "new instance profile" | "deregistered image";

/** A temporary error of API actions: the same call succeeds later. */
export interface TemporaryError {
  readonly actions: readonly string[];
  /** Kinds of failure, AWS's codes, or a pattern of AWS's message. What is set must match. */
  readonly failures?: readonly Failure[] | undefined;
  readonly codes?: readonly string[] | undefined;
  readonly message?: RegExp | undefined;
  /** It is temporary only in this circumstance. Otherwise the resource does not exist, or something else uses it. */
  readonly onlyIf?: Circumstance | undefined;
  /** How long the error can last, in milliseconds. Infinity for a limit: it is waited out until the run ends. */
  readonly longest: number;
  /** The first and the longest pause between two attempts, in milliseconds. */
  readonly pause: { readonly first: number; readonly max: number };
  /** What the wait is for: the words after the resource in the progress. */
  readonly until: string;
}

const QUICK = { first: 200, max: 5 * SECOND };
/** EC2 asks for 15 seconds between two snapshots of a volume (API error codes). */
const LIMITED = { first: 15 * SECOND, max: 15 * SECOND };
const STATE = { first: SECOND, max: 5 * SECOND };

/** Calls on an image or snapshot that exists already. */
const ON_IMAGES = [
  "ModifyImageAttribute",
  "ModifySnapshotAttribute",
  "EnableImageDeprecation",
  "EnableImageDeregistrationProtection",
  "DisableImage",
  "EnableFastLaunch",
  "CreateTags",
  "DeleteTags",
];

/** Other calls on a resource that was created before, maybe a moment ago. */
const ON_NEW = [
  "StopInstances",
  "ModifyInstanceAttribute",
  "CreateImage",
  "CopyImage",
  "AuthorizeSecurityGroupIngress",
  "CreateLaunchTemplateVersion",
  "ModifyLaunchTemplate",
  "PutRolePolicy",
  "AddRoleToInstanceProfile",
  "LabelParameterVersion",
  "UnlabelParameterVersion",
];

const PARAMETER_WRITES = ["PutParameter", "LabelParameterVersion", "UnlabelParameterVersion", "DeleteParameter"];

/** The temporary errors of all API actions. `sendChange` and `removeResource` are the only functions that retry by it. */
const TEMPORARY: readonly TemporaryError[] = [
  // A new resource is not visible yet, or a read replica does not know it.
  {
    actions: [...ON_IMAGES, ...ON_NEW],
    failures: ["not-found"],
    longest: NOT_YET_VISIBLE,
    pause: QUICK,
    until: "to become visible",
  },
  {
    actions: ["ModifyLaunchTemplate"],
    codes: ["InvalidLaunchTemplateId.VersionNotFound"],
    longest: NOT_YET_VISIBLE,
    pause: QUICK,
    until: "to become visible",
  },
  {
    actions: ["RunInstances"],
    codes: ["InvalidGroup.NotFound"],
    onlyIf: "new group",
    longest: NOT_YET_VISIBLE,
    pause: QUICK,
    until: "to become visible",
  },
  {
    actions: ["RunInstances"],
    codes: ["InvalidKeyPair.NotFound"],
    onlyIf: "new key pair",
    longest: NOT_YET_VISIBLE,
    pause: QUICK,
    until: "to become visible",
  },
  {
    actions: ["RunInstances"],
    message: /iam.?instance.?profile/i,
    onlyIf: "new instance profile",
    longest: NOT_YET_VISIBLE,
    pause: QUICK,
    until: "to become visible",
  },
  // The resource is about to reach the state that the call needs.
  {
    actions: ["CreateImage", "ModifyInstanceAttribute", "StopInstances"],
    failures: ["pending-state"],
    longest: 10 * MINUTE,
    pause: STATE,
    until: "to reach the state that the call needs",
  },
  {
    actions: ON_IMAGES,
    failures: ["pending-state"],
    longest: 10 * MINUTE,
    pause: STATE,
    until: "to become available",
  },
  {
    actions: ["RunInstances"],
    codes: ["InvalidAMIID.Unavailable"],
    failures: ["pending-state"],
    longest: 60 * MINUTE,
    pause: STATE,
    until: "to become available",
  },
  {
    actions: ["CopyImage"],
    message: /not available in the source region|InvalidAMIID\.Unavailable/i,
    longest: NOT_YET_VISIBLE,
    pause: STATE,
    until: "to become available",
  },
  {
    actions: ["CopyImage"],
    failures: ["pending-state"],
    longest: 10 * MINUTE,
    pause: STATE,
    until: "to become available",
  },
  // Another call changes the same tags, or an IAM entity that was just changed.
  {
    actions: ["CreateTags", "DeleteTags"],
    codes: ["ConcurrentTagAccess"],
    longest: 5 * MINUTE,
    pause: QUICK,
    until: "to accept tags",
  },
  {
    actions: [
      "DeleteRole",
      "DeleteRolePolicy",
      "DeleteInstanceProfile",
      "RemoveRoleFromInstanceProfile",
      "PutRolePolicy",
    ],
    codes: ["EntityTemporarilyUnmodifiable", "EntityTemporarilyUnmodifiableException"],
    longest: NOT_YET_VISIBLE,
    pause: QUICK,
    until: "to accept changes",
  },
  {
    actions: ["DeleteRole", "DeleteInstanceProfile"],
    failures: ["in-use"],
    longest: NOT_YET_VISIBLE,
    pause: QUICK,
    until: "to be detached",
  },
  // A limit on what runs at the same time. It has no end of its own: other work in the account must end first.
  {
    actions: ["CreateImage"],
    codes: [
      "SnapshotCreationPerVolumeRateExceeded",
      "ConcurrentSnapshotLimitExceeded",
      "PendingSnapshotLimitExceeded",
      "PendingSnapshotsLimitExceeded",
    ],
    longest: Number.POSITIVE_INFINITY,
    pause: LIMITED,
    until: "to be allowed by the limit on snapshots in progress",
  },
  {
    actions: ["CopyImage"],
    codes: ["ResourceLimitExceeded", "SnapshotCopyLimitExceeded"],
    message: /in progress|concurrent|limit is \d+ for this destination/i,
    longest: Number.POSITIVE_INFINITY,
    pause: LIMITED,
    until: "to be allowed by the limit on copies in progress",
  },
  // The response was lost, or the service failed: before each attempt the session is searched for.
  { actions: ["StartSession"], failures: ["transient"], longest: 5 * MINUTE, pause: QUICK, until: "to start" },
  // A terminating instance still uses it. Metal instances take especially long.
  { actions: ["DeleteSecurityGroup"], failures: ["in-use"], longest: 20 * MINUTE, pause: QUICK, until: "to be unused" },
  {
    actions: ["DeleteVolume"],
    failures: ["in-use", "pending-state"],
    longest: 10 * MINUTE,
    pause: QUICK,
    until: "to be unused",
  },
  {
    actions: ["DeleteSnapshot"],
    failures: ["in-use"],
    onlyIf: "deregistered image",
    longest: NOT_YET_VISIBLE,
    pause: QUICK,
    until: "to be unused",
  },
  // Parameter Store still validates the earlier value, or another writer changes the parameter.
  {
    actions: PARAMETER_WRITES,
    codes: ["TooManyUpdates"],
    longest: 5 * MINUTE,
    pause: { first: 2 * SECOND, max: 5 * SECOND },
    until: "to accept changes",
  },
  {
    actions: ["PutParameter"],
    codes: ["ValidationException"],
    message: /validation (is )?in (process|progress)/i,
    longest: 5 * MINUTE,
    pause: { first: 2 * SECOND, max: 5 * SECOND },
    until: "to be validated",
  },
];

/** Returns the entry of a failed call in the table of temporary errors; undefined for an error that is final in these circumstances. */
export function findTemporaryError(
  error: unknown,
  circumstances: readonly Circumstance[] = [],
): TemporaryError | undefined {
  if (!(error instanceof AwsError)) return undefined;
  return TEMPORARY.find(
    ({ actions, failures, codes, message, onlyIf }) =>
      actions.includes(error.operation) &&
      (failures === undefined || failures.includes(error.failure)) &&
      (codes === undefined || codes.includes(error.awsCode)) &&
      (message === undefined || message.test(`${error.awsCode}: ${error.awsMessage}`)) &&
      (onlyIf === undefined || circumstances.includes(onlyIf)),
  );
}
