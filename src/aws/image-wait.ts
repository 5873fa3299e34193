import { throttle } from "../core/clock.js";
import { BakeError } from "../core/errors.js";
import type { Interval, ProbeResult } from "../core/poll.js";
import type { CallScope } from "./client/session.js";
import { NOT_YET_VISIBLE } from "./client/temporary-errors.js";
import { INTERVALS, LONGEST, waitFor } from "./client/wait.js";
import { describeImage, type FoundImage, isEnded } from "./image.js";
import { describeSnapshots } from "./snapshot.js";

/** Time between two reads of a snapshot's progress, in milliseconds: each read is a separate call. */
const READ_PROGRESS_EVERY = 20_000;

/**
 * Waits until an image is available and returns it. Throws a `BakeError` with the reason as soon as the image fails (the snapshot's
 * message names KMS keys that cannot be used). Stale reads are ignored: an older state, or an image that is not visible yet.
 */
export async function waitForImage(
  scope: CallScope,
  id: string,
  what = `AMI ${id}`,
  interval: Interval = INTERVALS.slow,
): Promise<FoundImage> {
  const { clock } = scope.session;
  const began = clock.now();
  let seen = false;
  const isProgressDue = throttle(READ_PROGRESS_EVERY, () => clock.now());
  let percent: number | undefined;
  return waitFor(scope, {
    what: `${what} in ${scope.region} to become available`,
    resource: id,
    interval,
    longest: LONGEST.image,
    probe: async (): Promise<ProbeResult<FoundImage>> => {
      const image = await describeImage(scope, id);
      if (image === undefined) {
        if (seen || clock.now() - began < NOT_YET_VISIBLE) return { state: "waiting" };
        return { state: "failed", error: goneError(scope, id) };
      }
      seen = true;
      if (image.state === "available") return { state: "done", value: image };
      if (isEnded(image)) return { state: "failed", error: await failedError(scope, image) };
      if (image.snapshotIds.length > 0 && isProgressDue()) percent = await snapshotProgress(scope, image.snapshotIds);
      return { state: "waiting", progress: { text: image.state, percent } };
    },
  });
}

/** Returns the lowest percentage of an image's snapshots; undefined if it is not known, which is no error. */
async function snapshotProgress(scope: CallScope, ids: readonly string[]): Promise<number | undefined> {
  const snapshots = await describeSnapshots(scope, ids).catch(() => []);
  const percents = snapshots.flatMap((snapshot) => snapshot.percent ?? []);
  return percents.length > 0 ? Math.min(...percents) : undefined;
}

function goneError(scope: CallScope, id: string): BakeError {
  return new BakeError(`AMI ${id} does not exist in ${scope.region}`, {
    code: "image-gone",
    resource: id,
    region: scope.region,
    hint: "Run the bake again. The AMI was probably deregistered during the bake.",
  });
}

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
        ? 'Check "kms_key_id" and "region_kms_key_ids". The key must exist in that Region, and its key policy must allow EC2 and the role that bakes.'
        : "Run the bake again. If it fails again, check the snapshot and AMI quotas in the Service Quotas console.",
    },
  );
}
