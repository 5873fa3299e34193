import type { MachineExit } from "../../../machines.js";
import type { Cloud, Region } from "../../cloud.js";
import { discardUnused } from "../images/layers.js";
import type { Instance, Phase } from "../model.js";
import { imageState, instanceState, isLiving } from "../states.js";

/** Has a job done on an instance's machine once the earlier ones are; the caller does not wait for it. */
export function afterwards(instance: Instance, job: () => Promise<void>): void {
  instance.work = instance.work.then(job);
}

/**
 * Begins a phase of an instance and has its machine follow. The phase ends when its time is over and the machine has followed.
 * A machine that fails ends the instance, as EC2 does with Server.InternalError.
 */
function enter(cloud: Cloud, region: Region, instance: Instance, phase: Phase, follow: () => Promise<void>): void {
  instance.phase = phase;
  instance.settled = cloud.machines === undefined;
  if (cloud.machines === undefined) return;
  afterwards(instance, async () => {
    try {
      await follow();
    } catch (error) {
      if (isLiving(instance)) {
        terminate(cloud, region, instance, {
          code: "Server.InternalError",
          message: `Server.InternalError: ${error instanceof Error ? error.message : String(error)}`,
        });
      }
    }
    if (instance.phase === phase) instance.settled = true;
  });
}

/** Launches the machine of a new instance. */
export function launchMachine(
  cloud: Cloud,
  region: Region,
  instance: Instance,
  authorizedKeys: readonly string[],
): void {
  const { machines, time } = cloud;
  enter(cloud, region, instance, { kind: "starting", at: time.now() }, async () => {
    const launched = await machines?.launch({
      instanceId: instance.id,
      hostName: `ip-${instance.privateIp.replaceAll(".", "-")}`,
      image: { sourceName: instance.sourceName, layers: instance.layers },
      authorizedKeys,
      userData: instance.userData,
    });
    instance.address = launched?.address;
  });
}

export function start(cloud: Cloud, region: Region, instance: Instance): void {
  delete instance.reason;
  enter(cloud, region, instance, { kind: "starting", at: cloud.time.now() }, async () => {
    instance.address = (await cloud.machines?.start(instance.id))?.address;
  });
}

/** Why an instance is no longer running, as EC2 says it. */
export interface StateReason {
  readonly code: string;
  readonly message: string;
}

export const BY_USER: StateReason = {
  code: "Client.UserInitiatedShutdown",
  message: "Client.UserInitiatedShutdown: User initiated shutdown",
};

const BY_INSTANCE: StateReason = {
  code: "Client.InstanceInitiatedShutdown",
  message: "Client.InstanceInitiatedShutdown: Instance initiated shutdown",
};

export function stop(cloud: Cloud, region: Region, instance: Instance, reason: StateReason): void {
  instance.reason = { ...reason, at: cloud.time.now() };
  enter(cloud, region, instance, { kind: "stopping", at: cloud.time.now() }, async () => {
    await cloud.machines?.stop(instance.id);
  });
}

/** Ends an instance, and fails the images that are still being made of it. */
export function terminate(cloud: Cloud, region: Region, instance: Instance, reason: StateReason): void {
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
  enter(cloud, region, instance, { kind: "terminating", at: now }, async () => {
    await cloud.machines?.terminate(instance.id);
    instance.settled = true;
    discardUnused(cloud, instance.layers);
  });
}

/** Has an instance end before it ever runs: pending until its launch time is over, then terminated with the reason. */
export function failLaunch(cloud: Cloud, region: Region, instance: Instance, reason: StateReason): void {
  instance.reason = { ...reason, at: cloud.time.now() };
  enter(cloud, region, instance, { kind: "failing", at: instance.phase.at }, async () => {
    await cloud.machines?.terminate(instance.id);
  });
}

/** Takes the spot instances of a region away, as EC2 does when it needs the capacity back. */
export function interruptSpot(cloud: Cloud, region: Region): void {
  for (const instance of region.instances.values()) {
    if (instance.spotRequestId !== undefined && isLiving(instance)) {
      terminate(cloud, region, instance, {
        code: "Server.SpotInstanceTermination",
        message: "Server.SpotInstanceTermination: Spot instance termination",
      });
    }
  }
}

export function reboot(cloud: Cloud, instance: Instance): void {
  const { machines } = cloud;
  if (machines !== undefined) {
    afterwards(instance, async () => {
      await machines.reboot(instance.id).catch((error: unknown) => {
        cloud.notice(`${instance.id} could not be rebooted: ${String(error)}`);
      });
    });
  }
}

/**
 * What becomes of an instance whose machine went down by itself: powered off, it stops or terminates as its shutdown
 * behaviour says (a one-time spot instance always terminates); a crash ends it; a reboot is the machine's own affair.
 */
export function machineExited(cloud: Cloud, instanceId: string, how: MachineExit): void {
  for (const region of cloud.regions.values()) {
    const instance = region.instances.get(instanceId);
    if (instance === undefined || !["pending", "running"].includes(instanceState(cloud, instance))) continue;
    if (how === "crash") {
      terminate(cloud, region, instance, {
        code: "Server.InternalError",
        message: "Server.InternalError: The machine behind the instance ended unexpectedly",
      });
    } else if (
      how === "poweroff" &&
      (instance.shutdownBehavior === "terminate" || instance.spotRequestId !== undefined)
    ) {
      terminate(cloud, region, instance, BY_INSTANCE);
    } else if (how === "poweroff") {
      stop(cloud, region, instance, BY_INSTANCE);
    }
  }
}
