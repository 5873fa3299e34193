/**
 * The kinds of fault. `faults(at, pid)` returns the faults for a call (`at`: `{ seq }`, or `{ action, nth }`) of the process `pid`.
 * `after` is the cleanup that follows: the post step, or a sweep. `appliesTo` limits a kind to some API actions. `whileStopped(step, disk)`
 * changes the runner while a fault has stopped the process. With `smallDisk`, the files of the step are on a disk of their own (`disk`).
 * With `withRole`, the step has credentials from a role only (OpenID Connect).
 * `beforeCleanup(step, cloud)` and `check(main, cleaned, state)` return what is wrong, as a list, in addition to what every row checks.
 */
import { mkdirSync, rmSync } from "node:fs";

const LIMIT = { code: "RequestLimitExceeded", message: "Request limit exceeded.", status: 503 };
const INTERNAL = { code: "InternalError", message: "An internal error has occurred", status: 500 };

/** The state reason of an instance or copy with an encrypted volume that fails some time after the call succeeded. */
const KMS = "Client.InternalError: Client error on launch: the KMS key is not accessible";

const READ = /^(Describe|Get|List)/;
const ASYNCHRONOUS = /^(RunInstances|CreateImage|CopyImage)$/;

/** Changes of resources that exist. */
const CHANGE =
  /^((Stop|Terminate)Instances|CreateImage|CopyImage|RunInstances|Authorize|Modify|Enable|CreateTags|Delete|Deregister|PutRole|AddRole|RemoveRole)/;
/** Deletions that succeed for a name that does not exist. */
const IDEMPOTENT = /^Delete(KeyPair|Parameter)/;

/** Refusals that pass by themselves, by action: limits of the account, and what is still in progress. */
const PASSING = {
  CreateImage: [
    {
      code: "SnapshotCreationPerVolumeRateExceeded",
      message: "The maximum per volume CreateSnapshot request rate has been exceeded.",
    },
    {
      code: "ConcurrentSnapshotLimitExceeded",
      message: "Maximum allowed in-progress snapshots for a single volume exceeded.",
    },
    { code: "PendingSnapshotLimitExceeded", message: "You have exceeded the limit of pending snapshots." },
    { code: "InvalidParameterValue", message: "Instance is not in state 'running' or 'stopped'" },
  ],
  CopyImage: [
    {
      code: "ResourceLimitExceeded",
      message: "Too many snapshot copies in progress. The limit is 20 for this destination region.",
    },
  ],
  RunInstances: [{ code: "InvalidAMIID.Unavailable", message: "The image id '[ami-0]' is pending, and cannot be run" }],
  CreateTags: [{ code: "ConcurrentTagAccess", message: "The tags are being changed." }],
  DeleteTags: [{ code: "ConcurrentTagAccess", message: "The tags are being changed." }],
  ModifyImageAttribute: [
    { code: "InvalidAMIID.Unavailable", message: "The image ID 'ami-0' is currently pending and may not be used." },
  ],
  PutParameter: [{ code: "TooManyUpdates", message: "There are concurrent updates for this resource." }],
  DeleteSecurityGroup: [{ code: "DependencyViolation", message: "resource sg-0 has a dependent object" }],
  DeleteRole: [
    { code: "DeleteConflict", message: "Cannot delete entity, must remove roles from instance profile first." },
  ],
};

/** Returns the same fault for `count` calls, from this call on. */
const during = (at, count, fault) => Array.from({ length: count }, (_, index) => ({ ...next(at, index), ...fault }));
const next = (at, index) => (at.seq === undefined ? { ...at, nth: at.nth + index } : { seq: at.seq + index });

export const KINDS = {
  "killed before": { after: "post", faults: (at, pid) => [{ ...at, when: "before", do: "kill", pid }] },
  "killed after": { after: "post", faults: (at, pid) => [{ ...at, when: "after", do: "kill", pid }] },
  "runner lost": { after: "sweep", faults: (at, pid) => [{ ...at, when: "after", do: "kill", pid }] },
  "answer lost": { after: "post", faults: (at) => [{ ...at, when: "after", do: "hangup" }] },
  SIGINT: { after: "post", faults: (at, pid) => [{ ...at, when: "after", do: "int", pid }] },
  "SIGINT, killed": {
    after: "post",
    faults: (at, pid) => [
      { ...at, when: "after", do: "int", pid },
      { ...next(at, 3), when: "after", do: "kill", pid },
    ],
  },
  SIGTERM: { after: "post", faults: (at, pid) => [{ ...at, when: "after", do: "term", pid }] },
  throttled: { after: "post", faults: (at) => during(at, 5, { do: "error", ...LIMIT }) },
  "error 500": { after: "post", faults: (at) => during(at, 3, { do: "error", ...INTERNAL }) },
  reset: { after: "post", faults: (at) => during(at, 3, { do: "reset" }) },
  hang: { after: "post", faults: (at) => [{ ...at, do: "hang" }] },
  "stale read": {
    after: "post",
    appliesTo: (action) => READ.test(action),
    faults: (at) => [{ ...at, do: "stale", seconds: 2 }],
  },
  "stale write": {
    after: "post",
    appliesTo: (action) => CHANGE.test(action) && !IDEMPOTENT.test(action),
    faults: (at) => [{ ...at, do: "unseen" }],
  },
  "stale write for 10 s": {
    after: "post",
    appliesTo: (action) => CHANGE.test(action) && !IDEMPOTENT.test(action),
    faults: (at) => [{ ...at, do: "unseen", lasts: 10 }],
  },
  limit: {
    after: "post",
    appliesTo: (action) => action in PASSING,
    faults: (at) =>
      PASSING[at.action].flatMap((refusal, index) =>
        [0, 1].map((again) => ({ ...next(at, 2 * index + again), do: "error", status: 400, ...refusal })),
      ),
  },
  "fails late": {
    after: "post",
    appliesTo: (action) => ASYNCHRONOUS.test(action),
    faults: (at) => [{ ...at, do: "fail", code: "Client.InternalError", message: KMS }],
  },
  "credentials, no verification key": renewal({
    code: "InvalidIdentityToken",
    message: "Couldn't retrieve verification key from your identity provider",
    status: 400,
  }),
  "credentials, STS throttled": renewal({ code: "Throttling", message: "Rate exceeded", status: 400 }),
  "credentials, STS unavailable": renewal({ code: "ServiceUnavailable", message: "Service unavailable", status: 503 }),
  "other account": {
    after: "post",
    faults: (at, pid) => [{ ...at, when: "after", do: "kill", pid }],
    beforeCleanup: postInOtherAccount,
  },
  "full disk": {
    after: "post",
    smallDisk: true,
    faults: (at, pid) => [{ ...at, do: "stop", pid }],
    whileStopped: (_step, disk) => disk.fill(),
    check: diskIsFull,
  },
  "unwritable report files": {
    after: "post",
    faults: (at, pid) => [{ ...at, do: "stop", pid }],
    whileStopped({ paths }) {
      for (const name of REPORTS) blockFile(paths[name]);
    },
    check: reportsAreMissed,
  },
};

/** The session of a role expires at the call, and STS refuses the renewal three times. The bake must succeed. */
function renewal(refusal) {
  return {
    after: "post",
    withRole: true,
    appliesTo: (action) => !/^AssumeRole/.test(action),
    faults: (at) => [
      { ...at, do: "error", code: "RequestExpired", message: "Request has expired.", status: 400 },
      ...during({ action: "AssumeRoleWithWebIdentity", nth: 2 }, 3, { do: "error", ...refusal }),
    ],
    check: (main) => (main.code === 0 ? [] : [`the bake ended with ${main.code ?? main.signal}`]),
  };
}

/** Files that a step writes for users and later steps. */
const REPORTS = ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"];

/** Makes a file that nobody can write, also not root: a directory in its place. */
function blockFile(path) {
  rmSync(path);
  mkdirSync(path);
}

/** Runs post as after a step that set the keys of another account: it must remove nothing, and must not say that it did. */
async function postInOtherAccount(step, cloud) {
  const before = await cloud.held();
  const { code, log } = await step.post({ AWS_ACCESS_KEY_ID: "AKIA210987654321" });
  const wrong = [];
  if (JSON.stringify(await cloud.held()) !== JSON.stringify(before))
    wrong.push("post in another account changed this one");
  if (/Removed: /.test(log)) wrong.push("post in another account reported a removal");
  const isNeeded = !/No resources to remove/.test(log);
  if (isNeeded && code !== 1) wrong.push(`post in another account ended with ${code}`);
  if (isNeeded && !/it is in AWS account 123456789012, but the credentials are of account 210987654321/.test(log))
    wrong.push("post in another account did not report both accounts");
  return wrong;
}

/** The full disk is reported, and post knows that the bake ended: it must not report a finished bake as killed. */
function diskIsFull(main, _cleaned, state) {
  const wrong = [];
  if (!/Could not write .*: no space left on the disk/.test(main.log)) wrong.push("no file is reported");
  if (!/"bake":"reported"/.test(state.notes)) wrong.push(`the notes for post are ${state.notes}`);
  return wrong;
}

/** The bake succeeds, its images are in the log, and each report that is missed is named with its file. */
function reportsAreMissed(main) {
  const wrong = [];
  if (main.code !== 0) wrong.push(`the bake ended with ${main.code ?? main.signal}`);
  if (!/Output ami-ids: \{"eu-west-1":"ami-\w+","us-east-1":"ami-\w+"\}/.test(main.log))
    wrong.push("the log has no image IDs");
  for (const name of REPORTS) {
    if (!new RegExp(`Could not write .*\\(${name}\\): it is a directory`).test(main.log))
      wrong.push(`${name} is not reported`);
  }
  return wrong;
}

/**
 * The kinds of rows with a second run of the same template, which starts at the call (`second-run.mjs`). `skip`: both runs have
 * `skip-unchanged`. `cancels`: the run that is cancelled, 0 or 1; undefined for none.
 */
export const SECOND_RUNS = {
  "both finish": { skip: false },
  "first cancelled": { skip: false, cancels: 0 },
  "second cancelled": { skip: false, cancels: 1 },
  "skip-unchanged, both finish": { skip: true },
  "skip-unchanged, first cancelled": { skip: true, cancels: 0 },
  "skip-unchanged, second cancelled": { skip: true, cancels: 1 },
};
