import type { Cloud, Region } from "../cloud.js";
import type {
  Image,
  ImageState,
  Instance,
  InstanceState,
  Snapshot,
  SnapshotState,
  Volume,
  VolumeState,
} from "./model.js";

/** The state of an image, by the clock. */
export function imageState(cloud: Cloud, image: Image): ImageState {
  if (image.failure !== undefined && cloud.time.now() >= image.readyAt) return "failed";
  if (image.capturing || cloud.time.now() < image.readyAt) return "pending";
  return image.disabled ? "disabled" : "available";
}

/** The state of a snapshot, by the clock. */
export function snapshotState(cloud: Cloud, snapshot: Snapshot): SnapshotState {
  if (snapshot.capturing || cloud.time.now() < snapshot.readyAt) return "pending";
  return snapshot.failure === undefined ? "completed" : "error";
}

/** A volume of a terminated instance is deleted, or available if DeleteOnTermination is false. */
export function volumeState(cloud: Cloud, region: Region, volume: Volume): VolumeState {
  const { attachment } = volume;
  if (attachment === undefined) {
    return cloud.time.now() < volume.bornAt + cloud.time.of("volume") ? "creating" : "available";
  }
  const instance = region.instances.get(attachment.instanceId);
  if (instance !== undefined && instanceState(cloud, instance) !== "terminated") return "in-use";
  return attachment.deleteOnTermination ? "deleted" : "available";
}

const CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

const PHASES = {
  starting: { time: "launch", during: "pending", after: "running" },
  failing: { time: "launch", during: "pending", after: "terminated" },
  stopping: { time: "stop", during: "stopping", after: "stopped" },
  terminating: { time: "terminate", during: "shutting-down", after: "terminated" },
} as const;

/** The state of an instance, by its phase and the clock. */
export function instanceState(cloud: Cloud, instance: Instance): InstanceState {
  const { time, during, after } = PHASES[instance.phase.kind];
  const over = cloud.time.now() >= instance.phase.at + cloud.time.of(time);
  return over && instance.settled ? after : during;
}

/** Whether an instance is not on its way out. */
export function isLiving({ phase }: Instance): boolean {
  return phase.kind === "starting" || phase.kind === "stopping";
}

/** Whether the network interface of a terminated instance is deleted; until then it holds its security groups. */
export function isReleased(cloud: Cloud, instance: Instance): boolean {
  const { time } = cloud;
  const over = instance.phase.at + time.of("terminate") + time.of("release");
  return instanceState(cloud, instance) === "terminated" && time.now() >= over;
}

/** A state in a response of EC2. */
export function stateItem(state: InstanceState): { readonly code: number; readonly name: InstanceState } {
  return { code: CODES[state], name: state };
}
