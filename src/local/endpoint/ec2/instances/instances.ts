import type { ApiCall } from "../../call.js";
import type { Cloud } from "../../cloud.js";
import { refusal } from "../../wire/errors.js";
import { findNew } from "../ids.js";
import type { DeviceMapping } from "../images/block-devices.js";
import type { Image } from "../images/images.js";
import type { Subnet } from "../networks/networks.js";
import type { TagMap } from "../tags.js";

/** What an instance is on its way to, and since when (milliseconds). Its state follows from it and the clock. */
export interface Phase {
  readonly kind: "starting" | "failing" | "stopping" | "terminating";
  readonly at: number;
}

export type InstanceState = "pending" | "running" | "shutting-down" | "terminated" | "stopping" | "stopped";

const CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

/** What an image made of an instance takes over from the image the instance was launched from. */
export type ImageTraits = Pick<
  Image,
  "architecture" | "virtualizationType" | "bootMode" | "imdsSupport" | "tpmSupport" | "platform"
>;

export interface MetadataOptions {
  readonly httpTokens: string;
  readonly httpEndpoint: string;
  readonly httpPutResponseHopLimit: number;
  readonly instanceMetadataTags: string;
}

/** An instance. It lives in memory only. */
export interface Instance {
  readonly id: string;
  readonly bornAt: number;
  readonly reservationId: string;
  readonly launchIndex: number;
  readonly clientToken: string;
  readonly imageId: string;
  readonly imageFacts: ImageTraits;
  readonly sourceName: string;
  readonly layers: readonly string[];
  readonly rootDeviceName: string;
  readonly devices: readonly DeviceMapping[];
  type: string;
  readonly keyName?: string | undefined;
  readonly subnet: Subnet;
  groupIds: readonly string[];
  readonly networkInterface: {
    readonly id: string;
    readonly bornAt: number;
    readonly tags: TagMap;
    readonly mac: string;
  };
  /** What EC2 would give it. */
  readonly privateIp: string;
  /** Undefined for an instance without a public address. */
  readonly publicIp?: string | undefined;
  /** Where its machine answers; both its private and its public address, once known. */
  address: string | undefined;
  readonly tags: TagMap;
  readonly spotRequestId?: string | undefined;
  readonly profile?: { readonly arn: string; readonly id: string; readonly associationId: string } | undefined;
  userData?: Uint8Array | undefined;
  shutdownBehavior: "stop" | "terminate";
  disableApiTermination: boolean;
  disableApiStop: boolean;
  sourceDestCheck: boolean;
  ebsOptimized: boolean;
  enaSupport: boolean;
  sriovNetSupport?: string | undefined;
  readonly monitoring: boolean;
  readonly metadataOptions: MetadataOptions;
  phase: Phase;
  /** Whether its machine has followed the phase. */
  settled: boolean;
  /** What its machine is still to do, in order. */
  work: Promise<void>;
  reason?: { readonly code: string; readonly message: string; readonly at: number } | undefined;
}

const PHASES = {
  starting: { time: "launch", during: "pending", after: "running" },
  failing: { time: "launch", during: "pending", after: "terminated" },
  stopping: { time: "stop", during: "stopping", after: "stopped" },
  terminating: { time: "terminate", during: "shutting-down", after: "terminated" },
} as const;

export function instanceState(cloud: Cloud, instance: Instance): InstanceState {
  const { time, during, after } = PHASES[instance.phase.kind];
  const over = cloud.time.now() >= instance.phase.at + cloud.time.of(time);
  return over && instance.settled ? after : during;
}

/** Whether an instance is not on its way out. */
export function isLiving({ phase }: Instance): boolean {
  return phase.kind === "starting" || phase.kind === "stopping";
}

/** Whether the network interface of a terminated instance is gone; until then it holds its security groups. */
export function isReleased(cloud: Cloud, instance: Instance): boolean {
  const { time } = cloud;
  const over = instance.phase.at + time.of("terminate") + time.of("release");
  return instanceState(cloud, instance) === "terminated" && time.now() >= over;
}

/** A state as EC2 answers it. */
export function stateItem(state: InstanceState): { readonly code: number; readonly name: InstanceState } {
  return { code: CODES[state], name: state };
}

/** The instances a call names, new ones too. Throws NotFound for the first that is not there. */
export function namedInstances(call: ApiCall, ids: readonly string[]): readonly Instance[] {
  if (ids.length === 0) throw refusal("MissingParameter", "The request must contain the parameter InstanceId");
  return ids.map((id) => findNew("instance", call.region.instances, id));
}
