import { throttle } from "../core/clock.js";
import { BakeError } from "../core/errors.js";
import type { Interval, ProbeResult } from "../core/poll.js";
import { formatDuration } from "../core/text.js";
import type { CallScope } from "./client/session.js";
import { NOT_YET_VISIBLE } from "./client/temporary-errors.js";
import { INTERVALS, LONGEST, waitFor } from "./client/wait.js";
import { describeImage, type FoundImage, isEnded } from "./image.js";
import { describeSnapshots } from "./snapshot.js";

/** Time between two reads of a snapshot's progress, in milliseconds: each read is a separate call. */
const READ_PROGRESS_EVERY = 20_000;

/** Time during which reads may not show an image that an earlier read showed, in milliseconds. Then it was deregistered. */
const LONGEST_ABSENCE = 30_000;

/** How an image is waited for. Times in milliseconds. */
export interface ImageWait {
  /** Its kind and id for the progress; `AMI ami-0abc` by default. */
  readonly what?: string | undefined;
  readonly interval?: Interval | undefined;
  /** The wait does not end before this time: the duration that a time-based copy was requested with. */
  readonly atLeast?: number | undefined;
}

/**
 * Waits until an image is available and returns it. The wait has no end while the image makes progress: it ends after an hour without
 * any (`aws_polling` can lengthen it), and not before `atLeast`. Throws a `BakeError` with the reason as soon as the image fails (the
 * snapshot's message names KMS keys that cannot be used), and within a minute after it was deregistered. Stale reads are ignored: an
 * older state, or an image that is not visible yet.
 */
export async function waitForImage(scope: CallScope, id: string, how: ImageWait = {}): Promise<FoundImage> {
  const { clock, longestWait } = scope.session;
  const what = `${how.what ?? `AMI ${id}`} in ${scope.region}`;
  const began = clock.now();
  const presence = createPresence(began);
  const isProgressDue = throttle(READ_PROGRESS_EVERY, () => clock.now());
  let percent: number | undefined;
  let moved = began;
  return waitFor(scope, {
    what: `${what} to become available`,
    resource: id,
    interval: how.interval ?? INTERVALS.slow,
    longest: undefined,
    probe: async (): Promise<ProbeResult<FoundImage>> => {
      const image = await describeImage(scope, id);
      const now = clock.now();
      if (image?.state === "available") return { state: "done", value: image };
      if (presence.isGone(image, now)) return { state: "failed", error: goneError(scope, id, presence.wasSeen()) };
      if (image !== undefined && isEnded(image)) return { state: "failed", error: await failedError(scope, image) };
      if (image !== undefined && image.snapshotIds.length > 0 && isProgressDue()) {
        const read = await snapshotProgress(scope, image.snapshotIds);
        if (read !== percent) moved = now;
        percent = read;
      }
      if (now - moved >= longestWait(LONGEST.image) && now - began >= (how.atLeast ?? 0))
        return { state: "failed", error: stalledError(scope, id, what, now - moved) };
      return { state: "waiting", progress: { text: image?.state, percent } };
    },
  });
}

/** Decides from reads of an image whether it was deregistered. */
interface ImagePresence {
  isGone(image: FoundImage | undefined, now: number): boolean;
  wasSeen(): boolean;
}

function createPresence(began: number): ImagePresence {
  let seen = false;
  let absentSince: number | undefined;
  return {
    wasSeen: () => seen,
    isGone(image, now) {
      if (image !== undefined) {
        seen = true;
        absentSince = undefined;
        return image.state === "deregistered";
      }
      absentSince ??= now;
      return seen ? now - absentSince >= LONGEST_ABSENCE : now - began >= NOT_YET_VISIBLE;
    },
  };
}

function stalledError(scope: CallScope, id: string, what: string, stalled: number): BakeError {
  return new BakeError(`${what} has made no progress for ${formatDuration(stalled)}`, {
    code: "wait-too-long",
    resource: id,
    region: scope.region,
    hint: 'Run the bake again: it resumes the image. If it needs more time, raise "max_attempts" or "delay_seconds" in "aws_polling".',
  });
}

/** Returns the lowest percentage of an image's snapshots; undefined if it is not known, which is no error. */
async function snapshotProgress(scope: CallScope, ids: readonly string[]): Promise<number | undefined> {
  const snapshots = await describeSnapshots(scope, ids).catch(() => []);
  const percents = snapshots.flatMap((snapshot) => snapshot.percent ?? []);
  return percents.length > 0 ? Math.min(...percents) : undefined;
}

function goneError(scope: CallScope, id: string, wasSeen: boolean): BakeError {
  const what = wasSeen
    ? `AMI ${id} was deregistered by somebody else in ${scope.region} while bake-ami waited for it`
    : `AMI ${id} does not exist in ${scope.region}`;
  return new BakeError(what, {
    code: "image-gone",
    resource: id,
    region: scope.region,
    hint: "Search CloudTrail for the DeregisterImage call, then run the bake again.",
  });
}

/** What EC2 does with a key for the caller (EBS user guide, "Permissions for IAM users"). EC2 does not report which of it was denied. */
const KEY_USES =
  "The policy of the key and the IAM policy of the role that bakes must allow kms:CreateGrant, kms:Decrypt, kms:DescribeKey, " +
  "kms:GenerateDataKeyWithoutPlaintext, kms:ReEncryptFrom and kms:ReEncryptTo.";

async function failedError(scope: CallScope, image: FoundImage): Promise<BakeError> {
  const snapshots = await describeSnapshots(scope, image.snapshotIds).catch(() => []);
  const messages = snapshots.flatMap((snapshot) => (snapshot.message ? [`${snapshot.id}: "${snapshot.message}"`] : []));
  const why = [...(image.stateReason ? [`"${image.stateReason}"`] : []), ...messages].join("; ");
  const kms = /kms|key id|not accessible/i.test(why);
  return new BakeError(
    `AMI ${image.id} is in state "${image.state}" in ${scope.region}${why === "" ? "" : `: ${why}`}`,
    {
      code: kms ? "image-key-unusable" : "image-failed",
      resource: image.id,
      region: scope.region,
      hint: kms
        ? `Check "kms_key_id" and "region_kms_key_ids". The key must exist in that Region. ${KEY_USES}`
        : "Run the bake again. If it fails again, check the snapshot and AMI quotas in the Service Quotas console.",
    },
  );
}
