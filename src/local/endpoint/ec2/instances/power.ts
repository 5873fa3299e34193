import { messageOf } from "../../../../core/errors.js";
import type { SandboxExit } from "../../../sandboxes.js";
import type { ApiCall } from "../../call.js";
import { type Cloud, regionOf } from "../../cloud.js";
import type { Fault } from "../../wire/faults.js";
import { discardUnused } from "../images/layers.js";
import type { Instance, Phase } from "../model.js";
import { imageState, instanceState, isLiving } from "../states.js";

/** Where an instance is. */
type Place = Pick<ApiCall, "cloud" | "region">;

/**
 * Begins a phase of an instance and has its sandbox follow. The phase ends when its time is over and the sandbox has followed.
 * A sandbox that fails ends the instance, as EC2 does with Server.InternalError.
 */
function beginPhase(place: Place, instance: Instance, phase: Phase, follow: () => Promise<void>): void {
  const { cloud } = place;
  instance.phase = phase;
  instance.settled = cloud.sandboxes === undefined;
  if (cloud.sandboxes === undefined) return;
  instance.work = instance.work.then(async () => {
    try {
      await follow();
    } catch (error) {
      if (isLiving(instance)) {
        terminate(place, instance, {
          code: "Server.InternalError",
          message: `Server.InternalError: ${messageOf(error)}`,
        });
      }
    }
    if (instance.phase === phase) instance.settled = true;
  });
}

/** Launches the sandbox of a new instance. */
export function launchSandbox(place: Place, instance: Instance, authorizedKeys: readonly string[]): void {
  const { sandboxes, time } = place.cloud;
  beginPhase(place, instance, { kind: "starting", at: time.now() }, async () => {
    const launched = await sandboxes?.launch({
      instanceId: instance.id,
      hostName: `ip-${instance.privateIp.replaceAll(".", "-")}`,
      image: { sourceName: instance.sourceName, layers: instance.layers },
      authorizedKeys,
      userData: instance.userData,
      windows: instance.windowsPassword === undefined ? undefined : { password: instance.windowsPassword },
    });
    instance.address = launched?.address;
  });
}

/** Starts a stopped instance again. */
export function start(place: Place, instance: Instance): void {
  const { cloud } = place;
  instance.reason = undefined;
  beginPhase(place, instance, { kind: "starting", at: cloud.time.now() }, async () => {
    instance.address = (await cloud.sandboxes?.start(instance.id))?.address;
  });
}

/** Why an instance is no longer running, in the words of EC2. */
export interface StateReason {
  readonly code: string;
  readonly message: string;
}

/** The reason of StopInstances and TerminateInstances. */
export const BY_USER: StateReason = {
  code: "Client.UserInitiatedShutdown",
  message: "Client.UserInitiatedShutdown: User initiated shutdown",
};

const BY_INSTANCE: StateReason = {
  code: "Client.InstanceInitiatedShutdown",
  message: "Client.InstanceInitiatedShutdown: Instance initiated shutdown",
};

/** Stops an instance, for a reason that its state shows. */
export function stop(place: Place, instance: Instance, reason: StateReason): void {
  const { cloud } = place;
  instance.reason = { ...reason, at: cloud.time.now() };
  beginPhase(place, instance, { kind: "stopping", at: cloud.time.now() }, async () => {
    await cloud.sandboxes?.stop(instance.id);
  });
}

/** Terminates an instance, and fails its images that are still pending. */
export function terminate(place: Place, instance: Instance, reason: StateReason): void {
  const { cloud, region } = place;
  const now = cloud.time.now();
  instance.reason = { ...reason, at: now };
  for (const image of region.images.values()) {
    if (image.sourceInstanceId === instance.id && imageState(cloud, image) === "pending") {
      image.failure = {
        code: "Client.InstanceTerminated",
        message: "The instance was terminated or rebooted during AMI creation",
      };
      image.readyAt = now;
      image.capturing = false;
    }
  }
  beginPhase(place, instance, { kind: "terminating", at: now }, async () => {
    await cloud.sandboxes?.terminate(instance.id);
    instance.settled = true;
    discardUnused(cloud, instance.layers);
  });
}

/** Has an instance end before it ever runs: pending until its launch time is over, then terminated with the reason. */
export function failLaunch(place: Place, instance: Instance, reason: StateReason): void {
  const { cloud } = place;
  instance.reason = { ...reason, at: cloud.time.now() };
  beginPhase(place, instance, { kind: "failing", at: instance.phase.at }, async () => {
    await cloud.sandboxes?.terminate(instance.id);
  });
}

/** Takes the spot instances of a region away, as EC2 does when it needs the capacity back. */
function interruptSpot(place: Place): void {
  for (const instance of place.region.instances.values()) {
    if (instance.spotRequestId !== undefined && isLiving(instance)) {
      terminate(place, instance, {
        code: "Server.SpotInstanceTermination",
        message: "Server.SpotInstanceTermination: Spot instance termination",
      });
    }
  }
}

/** Reboots an instance; its state stays. */
export function reboot(cloud: Cloud, instance: Instance): void {
  const { sandboxes } = cloud;
  instance.rebootedAt = cloud.time.now();
  if (sandboxes !== undefined) {
    instance.work = instance.work.then(async () => {
      await sandboxes.reboot(instance.id).catch((error: unknown) => {
        cloud.notice(`${instance.id} could not be rebooted: ${messageOf(error)}`);
      });
    });
  }
}

/**
 * Follows a sandbox that went down by itself: after a power-off, the instance stops or terminates according to its shutdown
 * behaviour (a one-time spot instance always terminates); a crash terminates it; a reboot changes no state.
 */
export function sandboxExited(cloud: Cloud, instanceId: string, how: SandboxExit): void {
  for (const region of cloud.regions.values()) {
    const place = { cloud, region };
    const instance = region.instances.get(instanceId);
    if (instance === undefined || !["pending", "running"].includes(instanceState(cloud, instance))) continue;
    if (how === "reboot") instance.rebootedAt = cloud.time.now();
    if (how === "crash") {
      terminate(place, instance, {
        code: "Server.InternalError",
        message: "Server.InternalError: The machine behind the instance ended unexpectedly",
      });
    } else if (
      how === "poweroff" &&
      (instance.shutdownBehavior === "terminate" || instance.spotRequestId !== undefined)
    ) {
      terminate(place, instance, BY_INSTANCE);
    } else if (how === "poweroff") {
      stop(place, instance, BY_INSTANCE);
    }
  }
}

/**
 * Runs `call` and applies a fault after it: the instances, the image or the fast launch that the call created fail later (`fail`), the
 * instances fail a status check (`impair`), or the region's spot instances are interrupted (`interrupt`). Other faults do nothing here.
 */
export async function withLaterFault<T>(
  cloud: Cloud,
  regionName: string,
  fault: Fault | undefined,
  call: () => Promise<T>,
): Promise<T> {
  if (fault?.do !== "fail" && fault?.do !== "impair" && fault?.do !== "interrupt") return call();
  const place = { cloud, region: regionOf(cloud, regionName) };
  const { instances, images } = place.region;
  const before = new Set([...instances.keys(), ...images.keys()]);
  const enabled = new Map([...images.values()].map(({ id, fastLaunch }) => [id, fastLaunch]));
  const result = await call();
  if (fault.do === "interrupt") {
    interruptSpot(place);
    return result;
  }
  if (fault.do === "impair") {
    for (const instance of instances.values())
      if (!before.has(instance.id)) instance.impaired = fault.code === "system" ? "system" : "instance";
    return result;
  }
  const { code = "Server.InternalError", message = "Internal error on launch" } = fault;
  for (const instance of instances.values()) {
    if (!before.has(instance.id)) failLaunch(place, instance, { code, message: `${code}: ${message}` });
  }
  for (const image of images.values()) {
    if (!before.has(image.id)) image.failure = { code, message };
    if (image.fastLaunch && image.fastLaunch !== enabled.get(image.id))
      image.fastLaunch = { ...image.fastLaunch, failure: `${code}: ${message}` };
  }
  return result;
}
