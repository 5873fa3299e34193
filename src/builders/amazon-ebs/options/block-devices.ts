import type { Decode } from "../../../options/decoding.js";
import { flag, integer, text } from "../../../options/fields.js";

/** One block device: what is recorded in the AMI, or used at launch (Packer §3.1.7). */
export const blockDeviceFields = {
  device_name: text({ doc: "Device name, e.g. `/dev/sda1`.", required: true }),
  delete_on_termination: flag({
    doc: "Delete the volume with its instance.",
    defaultDoc: "true at launch (Packer: false, which leaves a volume after each build); as launched in the AMI",
  }),
  encrypted: flag({ doc: "Encrypt the volume.", defaultDoc: "as the account and the snapshot say" }),
  kms_key_id: text({ doc: "KMS key of the volume; needs `encrypted` not to be false." }),
  volume_type: text({ doc: "`gp3`, `gp2`, `io1`, `io2`, `st1`, `sc1` or `standard`.", defaultDoc: "the snapshot's" }),
  volume_size: integer({ doc: "Size in GiB.", defaultDoc: "the snapshot's size" }),
  iops: integer({ doc: "Provisioned IOPS; of io1, io2 and gp3." }),
  throughput: integer({ doc: "Throughput in MiB/s; of gp3." }),
  snapshot_id: text({ doc: "Snapshot that the volume is made from." }),
  virtual_name: text({ doc: "Instance store: `ephemeral0` to `ephemeral23`." }),
  no_device: flag({ doc: "Suppress the device.", default: false }),
};

/** One decoded block device. */
export type BlockDevice = Decode<typeof blockDeviceFields>;
