import {
  DescribeFastLaunchImagesCommand,
  type DescribeFastLaunchImagesSuccessItem,
  DisableFastLaunchCommand,
  EnableFastLaunchCommand,
} from "@aws-sdk/client-ec2";
import { BakeError, messageOf } from "../core/errors.js";
import { sendChange } from "./client/change.js";
import { AwsError, failedAs } from "./client/errors.js";
import type { CallScope } from "./client/session.js";
import { INTERVALS, LONGEST, waitFor } from "./client/wait.js";
import { describeImage, isEnded } from "./image.js";

/** How EC2 creates the snapshots of fast launch; what is undefined is EC2's default. */
export interface FastLaunchSettings {
  readonly template: { readonly id: string; readonly version: number } | undefined;
  readonly maxParallelLaunches: number | undefined;
  readonly targetResourceCount: number | undefined;
}

/**
 * Starts to enable fast launch of an available Windows image (EC2 EnableFastLaunch). EC2 creates the snapshots later. A call that fails
 * after an earlier attempt of it took effect succeeds.
 */
export async function enableFastLaunch(scope: CallScope, imageId: string, settings: FastLaunchSettings): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  const { template, maxParallelLaunches, targetResourceCount } = settings;
  const command = new EnableFastLaunchCommand({
    ImageId: imageId,
    MaxParallelLaunches: maxParallelLaunches,
    SnapshotConfiguration: targetResourceCount === undefined ? undefined : { TargetResourceCount: targetResourceCount },
    LaunchTemplate: template && { LaunchTemplateId: template.id, Version: String(template.version) },
  });
  const isLost = async () => isEnded(await describeImage(scope, imageId));
  try {
    await sendChange(scope, ec2, command, { what: `fast launch of ${imageId}`, isLost });
  } catch (error) {
    if (!(error instanceof AwsError) || !error.afterLostResponse) throw error;
    if (!hasFastLaunch(await describeFastLaunch(scope, imageId))) throw error;
  }
}

/**
 * Disables fast launch of a Windows image that is about to be deregistered, so that EC2 deletes the snapshots that it created for it: AWS does
 * not document that deregistering does. Does nothing for other images and for those without fast launch. Never rejects because the call
 * is refused: the image is removed all the same.
 */
export async function disableFastLaunch(
  scope: CallScope,
  image: { readonly id: string; readonly isWindows: boolean },
): Promise<void> {
  if (!image.isWindows) return;
  const ec2 = await scope.session.ec2(scope.region);
  const command = new DisableFastLaunchCommand({ ImageId: image.id, Force: true });
  try {
    await sendChange(scope, ec2, command, { what: `fast launch of ${image.id}` });
  } catch (error) {
    if (!failedAs(error, "invalid", "not-found", "denied", "pending-state")) throw error;
    scope.session.debug(() => `Fast launch of ${image.id} is not disabled: ${messageOf(error)}`);
  }
}

/** Fast launch of an image: EC2's state, such as `enabling`, and its reason. */
interface FoundFastLaunch {
  readonly state: string;
  readonly reason: string | undefined;
}

/** Returns the state of fast launch of an image; undefined where it is not enabled (EC2 DescribeFastLaunchImages). */
export async function describeFastLaunch(scope: CallScope, imageId: string): Promise<FoundFastLaunch | undefined> {
  const ec2 = await scope.session.ec2(scope.region);
  const command = new DescribeFastLaunchImagesCommand({ ImageIds: [imageId] });
  const [found] = (await ec2.send(command, scope.signal)).FastLaunchImages ?? [];
  return found && toFound(found);
}

function toFound({ State, StateTransitionReason }: DescribeFastLaunchImagesSuccessItem): FoundFastLaunch {
  return { state: State ?? "enabling", reason: StateTransitionReason || undefined };
}

/** Returns whether fast launch is enabled, or is being enabled. */
export function hasFastLaunch(found: FoundFastLaunch | undefined): boolean {
  return found?.state === "enabled" || found?.state === "enabling";
}

/** Waits until fast launch of an image is enabled. Throws a `BakeError` with EC2's reason if it fails, or is disabled. */
export async function waitForFastLaunch(scope: CallScope, imageId: string): Promise<void> {
  await waitFor<void>(scope, {
    what: `fast launch of ${imageId} in ${scope.region} to be enabled`,
    resource: imageId,
    interval: INTERVALS.slow,
    longest: LONGEST.fastLaunch,
    probe: async () => {
      const found = await describeFastLaunch(scope, imageId);
      if (found?.state === "enabled") return { state: "done", value: undefined };
      if (found === undefined || found.state === "enabling")
        return { state: "waiting", progress: { text: found?.state } };
      return { state: "failed", error: failedError(scope, imageId, found) };
    },
  });
}

function failedError({ region }: CallScope, imageId: string, { state, reason }: FoundFastLaunch): BakeError {
  const why = reason === undefined ? "" : `: "${reason}"`;
  return new BakeError(`Fast launch of ${imageId} is in the state "${state}" in ${region}${why}`, {
    code: "fast-launch-failed",
    resource: imageId,
    region,
    hint:
      "The image itself is complete. Check that the last provisioner runs sysprep (EC2Launch), that the default VPC or the launch template " +
      "has a subnet for the temporary instances, and that the quota of running instances allows them.",
  });
}
