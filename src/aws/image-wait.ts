import { throttle } from "../core/clock.js";
import { BakeError } from "../core/errors.js";
import type { Interval, ProbeResult } from "../core/poll.js";
import { NOT_YET_VISIBLE } from "./client/refusals.js";
import type { CallScope } from "./client/session.js";
import { INTERVALS, LONGEST, waitFor } from "./client/wait.js";
import { type FoundImage, imageById } from "./image.js";
import { describeSnapshots } from "./snapshot.js";

/** Image states that do not become `available` any more. */
const ENDED = new Set(["failed", "invalid", "error", "deregistered", "disabled"]);

/** How long a snapshot's progress is good for, in milliseconds: asking costs a call of its own. */
const ASK_PROGRESS_EVERY = 20_000;

/**
 * Waits until an image is available and returns it. Fails at once when the image fails, with the reason (the snapshot's message names
 * KMS keys that cannot be used). A read that goes backwards, or does not know the image yet, is waited out.
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
  const askForProgress = throttle(ASK_PROGRESS_EVERY, () => clock.now());
  let percent: number | undefined;
  return waitFor(scope, {
    what: `${what} in ${scope.region} to become available`,
    resource: id,
    interval,
    longest: LONGEST.image,
    probe: async (): Promise<ProbeResult<FoundImage>> => {
      const image = await imageById(scope, id);
      if (image === undefined) {
        if (seen || clock.now() - began < NOT_YET_VISIBLE) return { state: "waiting" };
        return { state: "failed", error: goneError(scope, id) };
      }
      seen = true;
      if (image.state === "available") return { state: "done", value: image };
      if (ENDED.has(image.state)) return { state: "failed", error: await failedError(scope, image) };
      if (image.snapshotIds.length > 0 && askForProgress()) percent = await snapshotProgress(scope, image.snapshotIds);
      return { state: "waiting", progress: { text: image.state, percent } };
    },
  });
}

/** The least percentage of an image's snapshots; undefined where it is not known, which is no reason to fail. */
async function snapshotProgress(scope: CallScope, ids: readonly string[]): Promise<number | undefined> {
  const snapshots = await describeSnapshots(scope, ids).catch(() => []);
  const percents = snapshots.flatMap((snapshot) => snapshot.percent ?? []);
  return percents.length > 0 ? Math.min(...percents) : undefined;
}

function goneError(scope: CallScope, id: string): BakeError {
  return new BakeError(`the AMI ${id} did not appear in ${scope.region}`, {
    code: "image-gone",
    resource: id,
    region: scope.region,
    hint: "It may have been deregistered meanwhile. Run the bake again.",
  });
}

async function failedError(scope: CallScope, image: FoundImage): Promise<BakeError> {
  const snapshots = await describeSnapshots(scope, image.snapshotIds).catch(() => []);
  const messages = snapshots.flatMap((snapshot) => (snapshot.message ? [`${snapshot.id}: ${snapshot.message}`] : []));
  const why = [image.stateReason, ...messages].filter((text) => text !== undefined && text !== "").join("; ");
  const kms = /kms|key id|not accessible/i.test(why);
  return new BakeError(`the AMI ${image.id} is ${image.state} in ${scope.region}${why === "" ? "" : `: ${why}`}`, {
    code: kms ? "image-key-unusable" : "image-failed",
    resource: image.id,
    region: scope.region,
    hint: kms
      ? "Check kms_key_id and region_kms_key_ids: the key must exist in that region and its policy must let EC2 and the baking role use it."
      : "Run the bake again; EC2's snapshot and image limits are in the Service Quotas console.",
  });
}
