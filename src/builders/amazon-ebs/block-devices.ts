import type { BlockDeviceMapping } from "../../aws/instance.js";
import type { BlockDevice } from "./options/block-devices.js";

/** Instance store mappings that Windows images carry, suppressed by `no_ephemeral`. */
const EPHEMERAL_DEVICES = "cdefghijklmnopqrstuvwxyz".split("").map((letter) => `xvd${letter}`);

/** Mappings of the launch: volumes go with the build instance unless the template says otherwise (Packer leaves them behind). */
export function launchMappings(devices: readonly BlockDevice[], noEphemeral: boolean): readonly BlockDeviceMapping[] {
  const suppressed = noEphemeral ? EPHEMERAL_DEVICES.map((DeviceName) => ({ DeviceName, NoDevice: "" })) : [];
  return [...devices.map((device) => mapping(device, device.delete_on_termination ?? true)), ...suppressed];
}

/** Mappings that the image records. EC2 takes only `delete_on_termination` for devices that the instance already has. */
export function imageMappings(devices: readonly BlockDevice[], noEphemeral: boolean): readonly BlockDeviceMapping[] {
  const suppressed = noEphemeral ? EPHEMERAL_DEVICES.map((DeviceName) => ({ DeviceName, NoDevice: "" })) : [];
  return [...devices.map((device) => mapping(device, device.delete_on_termination)), ...suppressed];
}

function mapping(device: BlockDevice, deleteOnTermination: boolean | undefined): BlockDeviceMapping {
  const DeviceName = device.device_name;
  if (device.no_device) return { DeviceName, NoDevice: "" };
  if (device.virtual_name) return { DeviceName, VirtualName: device.virtual_name };
  const type = device.volume_type;
  const iops = device.iops !== undefined && (type === "io1" || type === "io2" || type === "gp3");
  return {
    DeviceName,
    Ebs: {
      ...(deleteOnTermination === undefined ? {} : { DeleteOnTermination: deleteOnTermination }),
      ...(device.volume_size ? { VolumeSize: device.volume_size } : {}),
      ...(type ? { VolumeType: type as NonNullable<NonNullable<BlockDeviceMapping["Ebs"]>["VolumeType"]> } : {}),
      ...(iops ? { Iops: device.iops } : {}),
      ...(device.throughput !== undefined && type === "gp3" ? { Throughput: device.throughput } : {}),
      ...(device.snapshot_id ? { SnapshotId: device.snapshot_id } : {}),
      ...(device.encrypted === undefined ? {} : { Encrypted: device.encrypted }),
      ...(device.kms_key_id ? { KmsKeyId: device.kms_key_id } : {}),
    },
  };
}
