import { suggest } from "../../../core/diagnostics.js";
import { PLACEHOLDER } from "../../../options/context.js";
import type { Decode } from "../../../options/decoding.js";
import { flag, integer, text } from "../../../options/fields.js";
import type { Complaints } from "../../../options/schema.js";

/** One block device of the AMI or of the launch (Packer §3.1.7). */
export const blockDeviceFields = {
  device_name: text({ doc: "Device name, e.g. `/dev/sda1`.", required: true }),
  delete_on_termination: flag({
    doc: "Delete the volume with its instance.",
    default: false,
    defaultDoc: "`false`, recorded in the AMI; volumes of the build instance are always deleted",
  }),
  encrypted: flag({ doc: "Encrypt the volume.", defaultDoc: "the setting of the account and the snapshot" }),
  kms_key_id: text({ doc: "KMS key of the volume. Needs `encrypted`." }),
  volume_type: text({ doc: "`gp3`, `gp2`, `io1`, `io2`, `st1`, `sc1` or `standard`.", defaultDoc: "the snapshot's" }),
  volume_size: integer({ doc: "Size in GiB.", defaultDoc: "the snapshot's size" }),
  iops: integer({ doc: "Provisioned IOPS, for gp3; required for io1 and io2." }),
  throughput: integer({ doc: "Throughput in MiB/s, for gp3." }),
  snapshot_id: text({ doc: "Snapshot to create the volume from." }),
  virtual_name: text({ doc: "Instance store: `ephemeral0` to `ephemeral23`." }),
  no_device: flag({ doc: "Suppress the device.", default: false }),
};

/** One decoded block device. */
export type BlockDevice = Decode<typeof blockDeviceFields>;

/** Provisioned IOPS by type: the range, and the maximum per GiB (EBS volume types, 2026; Packer uses older limits). */
const IOPS: Readonly<Record<string, { readonly least: number; readonly most: number; readonly perGib: number }>> = {
  io1: { least: 100, most: 64_000, perGib: 50 },
  io2: { least: 100, most: 256_000, perGib: 1000 },
  gp3: { least: 3000, most: 80_000, perGib: 500 },
};

/** All EBS volume types (EC2 API, EbsBlockDevice). */
const TYPES = ["gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"];

/** Types that EC2 creates only with provisioned IOPS. */
const NEED_IOPS = new Set(["io1", "io2"]);

/** Throughput of gp3 volumes in MiB/s. */
const THROUGHPUT = { least: 125, most: 2000 };

/** Checks block devices (Packer §3.1.7). */
export function checkBlockDevices(option: string, devices: readonly BlockDevice[], complaints: Complaints): void {
  devices.forEach((device, index) => {
    checkDevice(`${option}[${index}]`, device, complaints);
  });
}

function checkDevice(path: string, device: BlockDevice, complaints: Complaints): void {
  const { volume_type: type = "", iops, throughput, volume_size: size, virtual_name: virtual } = device;
  if (device.device_name === "") complaints.error(path, 'A block device needs a "device_name"');
  if (device.kms_key_id && device.encrypted !== true) {
    complaints.error(
      `${path}.kms_key_id`,
      '"kms_key_id" of a block device needs "encrypted"',
      'Set "encrypted" to true, or remove "kms_key_id". EC2 refuses a key without it.',
    );
  }
  if (virtual && !/^ephemeral\d+$/.test(virtual)) {
    complaints.refusal(
      `${path}.virtual_name`,
      `"virtual_name" must be "ephemeral0", "ephemeral1", …, not "${virtual}"; the build fails`,
      'Name an instance store volume, or remove "virtual_name" for an EBS volume.',
    );
  }
  if (device.no_device || virtual) return;
  checkType(path, device, complaints);
  const limits = IOPS[type];
  // For io1 and io2, 0 is reported as missing.
  if (limits && iops !== undefined && !(iops === 0 && NEED_IOPS.has(type))) {
    if (iops < limits.least || iops > limits.most) {
      complaints.error(`${path}.iops`, `"iops" of ${type} volumes must be between ${limits.least} and ${limits.most}`);
    } else if (type !== "gp3" && size && iops / size > limits.perGib) {
      complaints.error(`${path}.iops`, `"iops" of ${type} volumes must be at most ${limits.perGib} per GiB`);
    }
  }
  if (throughput === undefined) return;
  if (type !== "gp3") {
    complaints.error(
      `${path}.throughput`,
      `"throughput" is only for gp3 volumes, not for ${type || "the default type"}`,
    );
  } else if (throughput < THROUGHPUT.least || throughput > THROUGHPUT.most) {
    complaints.error(
      `${path}.throughput`,
      `"throughput" must be between ${THROUGHPUT.least} and ${THROUGHPUT.most} MiB/s`,
    );
  }
}

/** EC2 refuses these only at the launch, or when the image is created. */
function checkType(path: string, { volume_type: type = "", iops }: BlockDevice, complaints: Complaints): void {
  if (type === "" || type === PLACEHOLDER) return;
  if (!TYPES.includes(type)) {
    const near = suggest(type, TYPES);
    complaints.error(
      `${path}.volume_type`,
      `Unknown "volume_type": "${type}"`,
      near ? `Did you mean "${near}"?` : `Use one of ${TYPES.map((each) => `"${each}"`).join(", ")}.`,
    );
  } else if (NEED_IOPS.has(type) && !iops) {
    complaints.error(`${path}.volume_type`, `"iops" is required for ${type} volumes`);
  }
}
