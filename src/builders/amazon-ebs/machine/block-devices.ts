import type { BlockDeviceMapping } from "../../../aws/instance.js";
import type { BlockDevice } from "../options/block-devices.js";
import type { AmazonEbsOptions } from "../options/schema.js";

/** The options that set block devices. */
export type DeviceOptions = Pick<
  AmazonEbsOptions,
  "launch_block_device_mappings" | "ami_block_device_mappings" | "no_ephemeral"
>;

/** Instance store mappings of Windows images, which `no_ephemeral` suppresses. */
const EPHEMERAL_DEVICES = "cdefghijklmnopqrstuvwxyz".split("").map((letter) => `xvd${letter}`);

/** Returns the mappings for the launch. Volumes are always deleted with the build instance; Packer leaves them. */
export function launchMappings(options: DeviceOptions): readonly BlockDeviceMapping[] {
  return [...options.launch_block_device_mappings.map((device) => mapping(device, true)), ...suppressed(options)];
}

/**
 * Returns the mappings for the image: the template's, and the launch volumes that the template does not delete with their instance. They
 * are launched with `true`, so the image must record `false` by itself. EC2 allows no other change to a device that the instance has
 * (EC2 CreateImage). As in Packer, a mapping without `delete_on_termination` records `false`.
 */
export function imageMappings(options: DeviceOptions): readonly BlockDeviceMapping[] {
  const recorded = options.ami_block_device_mappings;
  const names = new Set(recorded.map((device) => device.device_name));
  const kept = options.launch_block_device_mappings.filter(
    (device) => isVolume(device) && !device.delete_on_termination && !names.has(device.device_name),
  );
  return [
    ...recorded.map((device) => mapping(device, device.delete_on_termination)),
    ...kept.map((device) => ({ DeviceName: device.device_name, Ebs: { DeleteOnTermination: false } })),
    ...suppressed(options),
  ];
}

function isVolume({ no_device: isSuppressed, virtual_name: instanceStore }: BlockDevice): boolean {
  return !isSuppressed && !instanceStore;
}

function suppressed(options: DeviceOptions): readonly BlockDeviceMapping[] {
  return options.no_ephemeral ? EPHEMERAL_DEVICES.map((DeviceName) => ({ DeviceName, NoDevice: "" })) : [];
}

function mapping(device: BlockDevice, deleteOnTermination: boolean): BlockDeviceMapping {
  const DeviceName = device.device_name;
  if (device.no_device) return { DeviceName, NoDevice: "" };
  if (device.virtual_name) return { DeviceName, VirtualName: device.virtual_name };
  const type = device.volume_type;
  const iops = device.iops !== undefined && (type === "io1" || type === "io2" || type === "gp3");
  return {
    DeviceName,
    Ebs: {
      DeleteOnTermination: deleteOnTermination,
      VolumeSize: device.volume_size || undefined,
      VolumeType: type ? (type as NonNullable<NonNullable<BlockDeviceMapping["Ebs"]>["VolumeType"]>) : undefined,
      Iops: iops ? device.iops : undefined,
      Throughput: device.throughput !== undefined && type === "gp3" ? device.throughput : undefined,
      SnapshotId: device.snapshot_id || undefined,
      Encrypted: device.encrypted,
      KmsKeyId: device.kms_key_id || undefined,
    },
  };
}
