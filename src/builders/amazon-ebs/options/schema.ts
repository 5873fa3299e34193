import { accessFields, checkAccess } from "../../../aws/client/options.js";
import { checkCommunication } from "../../../communicators/check.js";
import { communicationFields } from "../../../communicators/options.js";
import type { Decode } from "../../../options/decoding.js";
import { flag } from "../../../options/fields.js";
import { type CheckContext, type Complaints, schema } from "../../../options/schema.js";
import { checkBlockDevices } from "./block-devices.js";
import { checkImage, imageFields } from "./image.js";
import { checkInstance, instanceFields } from "./instance.js";
import { checkNetwork, checkTunnels, networkFields } from "./network.js";
import { checkSpot, spotFields } from "./spot.js";

/** Every option of the amazon-ebs builder (Packer's documentation of the Amazon EBS builder). */
const fields = {
  ...accessFields,
  ...instanceFields,
  ...networkFields,
  ...spotFields,
  ...imageFields,
  ...communicationFields,
  ssh_private_ip: flag({
    doc: "Old form of `ssh_interface` set to `private_ip`.",
    deprecated: 'set "ssh_interface" to "private_ip"',
    unfingerprinted: true,
  }),
};

/** The decoded options. */
export type AmazonEbsOptions = Decode<typeof fields>;

/** The amazon-ebs builder's options. */
export const amazonEbsSchema = schema(fields, {
  renamed: {
    ssh_key_path: "ssh_private_key_file",
    enhanced_networking: "ena_support",
    temporary_security_group_source_cidr: "temporary_security_group_source_cidrs",
    shutdown_behaviour: "shutdown_behavior",
  },
  check: checkOptions,
});

/** Checks all options (Packer §3.1), including mistakes that Packer accepts (appendix A). */
function checkOptions(options: AmazonEbsOptions, complaints: Complaints, context: CheckContext): void {
  checkAccess(options, complaints);
  checkCommunication(options, complaints, context);
  checkInstance(options, complaints, context);
  checkSpot(options, complaints);
  checkNetwork(options, complaints);
  checkTunnels(options, complaints);
  checkImage(options, complaints);
  checkBlockDevices("launch_block_device_mappings", options.launch_block_device_mappings, complaints);
  checkBlockDevices("ami_block_device_mappings", options.ami_block_device_mappings, complaints);
}

/** Keys that `build.X` and `{{ build "X" }}` have in addition to those of every machine (Packer §1.11). */
export const GENERATED_DATA: readonly string[] = [
  "BuildRegion",
  "SourceAMI",
  "SourceAMICreationDate",
  "SourceAMIName",
  "SourceAMIOwner",
  "SourceAMIOwnerName",
];
