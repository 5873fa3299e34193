import type { TagMap } from "../records.js";
import type { Params } from "../wire/query.js";
import type { Members } from "../wire/xml.js";
import type { Subnet } from "./networks/model.js";

/** The EBS half of a block device mapping. Sizes in GiB, throughput in MiB/s. */
export interface EbsDevice {
  readonly snapshotId: string | undefined;
  readonly volumeSize: number | undefined;
  readonly volumeType: string | undefined;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
  readonly encrypted: boolean | undefined;
  readonly kmsKeyId: string | undefined;
  readonly deleteOnTermination: boolean | undefined;
}

/** One block device mapping of an image or a launch. */
export interface DeviceMapping {
  readonly deviceName: string;
  readonly ebs: EbsDevice | undefined;
  /** `ephemeral0` and so on. */
  readonly virtualName: string | undefined;
  /** The device of the image is left out. */
  readonly noDevice: boolean;
}

/** Who may launch an image. */
export type LaunchPermission =
  | { readonly userId: string }
  | { readonly group: "all" }
  | { readonly organizationArn: string }
  | { readonly organizationalUnitArn: string };

/** An image. The account's own last from run to run; the stock images are the same in each run. */
export interface Image {
  readonly id: string;
  readonly bornAt: number;
  /** When it is available, or fails. */
  readyAt: number;
  /** When its mappings name their snapshots. */
  readonly mappedAt: number;
  /** True while the sandbox's files are still being captured: the state stays pending, whatever the clock says. */
  capturing: boolean;
  failure: { readonly code: string; readonly message: string } | undefined;
  readonly stock: boolean;
  readonly name: string;
  description: string;
  readonly owner: string;
  readonly ownerAlias: string | undefined;
  /** The date in the catalogue, or when it was created. Milliseconds. */
  readonly createdAt: number;
  readonly architecture: string;
  readonly virtualizationType: string;
  readonly rootDeviceName: string;
  readonly enaSupport: boolean;
  readonly sriovNetSupport: string | undefined;
  readonly bootMode: string | undefined;
  imdsSupport: string | undefined;
  readonly tpmSupport: string | undefined;
  readonly platform: string | undefined;
  readonly mappings: readonly DeviceMapping[];
  permissions: readonly LaunchPermission[];
  /** Milliseconds since the epoch. */
  deprecateAt: number | undefined;
  protection: "disabled" | "enabled" | "enabled-with-cooldown";
  disabled: boolean;
  readonly sourceImageId: string | undefined;
  readonly sourceImageRegion: string | undefined;
  readonly sourceInstanceId: string | undefined;
  readonly tags: TagMap;
  /** Layers of the root disk, oldest first. */
  layers: readonly string[];
  /** Name of the stock image whose files lie below the layers. */
  readonly sourceName: string;
  /** Fast launch of a Windows image; undefined where it never was enabled. */
  fastLaunch: FastLaunch | undefined;
}

/** Fast launch of an image. Its state follows from its times and the clock; times in milliseconds since the epoch. */
export interface FastLaunch {
  readonly enabledAt: number;
  readonly disabledAt: number | undefined;
  /** Why it ends as `enabling-failed`. */
  readonly failure: string | undefined;
  readonly targetResourceCount: number;
  readonly maxParallelLaunches: number;
  readonly launchTemplate: { readonly id: string; readonly version: string } | undefined;
}

/** As DescribeImages writes it. */
export type ImageState = "pending" | "available" | "failed" | "disabled";

/** A snapshot. It lasts from run to run. */
export interface Snapshot {
  readonly id: string;
  readonly bornAt: number;
  /** When it is completed, or fails. */
  readyAt: number;
  description: string;
  readonly volumeId: string;
  /** GiB. */
  readonly volumeSize: number;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | undefined;
  /** Why it ends in `error`. */
  failure: string | undefined;
  readonly tags: TagMap;
  /** Accounts that may make volumes of it; `all` for everybody. */
  sharedWith: readonly string[];
  /** Layers of the root disk it is of, oldest first. */
  layers: readonly string[];
  /** Name of the stock image whose files lie below the layers. */
  sourceName: string;
  /** True while the sandbox's files are still being captured: the state stays pending, whatever the clock says. */
  capturing: boolean;
}

/** As DescribeSnapshots writes it. */
export type SnapshotState = "pending" | "completed" | "error";

/** A volume, on an instance or free. */
export interface Volume {
  readonly id: string;
  readonly bornAt: number;
  /** GiB. */
  readonly size: number;
  readonly type: string;
  readonly iops: number | undefined;
  /** MiB/s. */
  readonly throughput: number | undefined;
  readonly snapshotId: string;
  readonly zone: string;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | undefined;
  readonly tags: TagMap;
  readonly attachment:
    | {
        readonly instanceId: string;
        readonly device: string;
        deleteOnTermination: boolean;
        readonly at: number;
      }
    | undefined;
}

/** As DescribeVolumes writes it. */
export type VolumeState = "creating" | "available" | "in-use" | "deleted";

/** What an instance is on its way to, and since when (milliseconds). Its state follows from it and the clock. */
export interface Phase {
  readonly kind: "starting" | "failing" | "stopping" | "terminating";
  readonly at: number;
}

/** As DescribeInstances writes it. */
export type InstanceState = "pending" | "running" | "shutting-down" | "terminated" | "stopping" | "stopped";

/** What an image of an instance inherits from the image that the instance was launched from. */
type ImageTraits = Pick<
  Image,
  "architecture" | "virtualizationType" | "bootMode" | "imdsSupport" | "tpmSupport" | "platform"
>;

/** How an instance reaches its metadata service, as DescribeInstances writes it. */
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
  readonly imageTraits: ImageTraits;
  readonly sourceName: string;
  readonly layers: readonly string[];
  readonly rootDeviceName: string;
  readonly devices: readonly DeviceMapping[];
  type: string;
  readonly keyName: string | undefined;
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
  readonly publicIp: string | undefined;
  /** The address of its sandbox, once known; it is both the private and the public one. */
  address: string | undefined;
  readonly tags: TagMap;
  readonly spotRequestId: string | undefined;
  readonly profile: { readonly arn: string; readonly id: string; readonly associationId: string } | undefined;
  userData: Uint8Array | undefined;
  /** The administrator's password; undefined where the image is not of Windows. */
  readonly windowsPassword: string | undefined;
  shutdownBehavior: "stop" | "terminate";
  disableApiTermination: boolean;
  disableApiStop: boolean;
  sourceDestCheck: boolean;
  ebsOptimized: boolean;
  enaSupport: boolean;
  sriovNetSupport: string | undefined;
  readonly monitoring: boolean;
  readonly metadataOptions: MetadataOptions;
  phase: Phase;
  /** The status check that it fails; undefined for none. */
  impaired: "instance" | "system" | undefined;
  /** When it last rebooted while it was running, in milliseconds since the epoch; 0 if it never did. */
  rebootedAt: number;
  /** Whether its sandbox has followed the phase. */
  settled: boolean;
  /** What its sandbox is still to do, in order. */
  work: Promise<void>;
  reason: { readonly code: string; readonly message: string; readonly at: number } | undefined;
}

/** A key pair; only the public half is kept. */
export interface KeyPair {
  readonly id: string;
  readonly bornAt: number;
  readonly name: string;
  readonly type: "rsa" | "ed25519";
  readonly fingerprint: string;
  /** One line, as in `authorized_keys`. */
  readonly publicKey: string;
  readonly tags: TagMap;
}

/** One version of a launch template. Its data is as the call wrote it. */
export interface TemplateVersion {
  readonly number: number;
  readonly createdAt: number;
  readonly description: string;
  readonly data: Params;
}

/** A launch template. It lasts from run to run. */
export interface LaunchTemplate {
  readonly id: string;
  readonly bornAt: number;
  readonly name: string;
  defaultVersion: number;
  versions: readonly TemplateVersion[];
  readonly tags: TagMap;
}

/** An instant fleet, as far as its token and tags need it. */
export interface FleetRecord {
  readonly id: string;
  readonly bornAt: number;
  readonly tags: TagMap;
  readonly response: Members;
}

/** What a client token created: the fingerprint of its call, and the ids of the resources. */
export interface Remembered {
  readonly fingerprint: string;
  readonly ids: readonly string[];
}
