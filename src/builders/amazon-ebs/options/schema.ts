import { accessFields } from "../../../aws/client/options.js";
import { communicationFields } from "../../../communicators/options.js";
import type { Decode } from "../../../options/decoding.js";
import { flag } from "../../../options/fields.js";
import { schema } from "../../../options/schema.js";
import { checkOptions } from "./check.js";
import { imageFields } from "./image.js";
import { instanceFields } from "./instance.js";
import { keyPairFields } from "./key-pair.js";
import { networkFields } from "./network.js";
import { spotFields } from "./spot.js";

/** Every option of the amazon-ebs builder (Packer's documentation of the Amazon EBS builder). */
const fields = {
  ...accessFields,
  ...instanceFields,
  ...networkFields,
  ...spotFields,
  ...imageFields,
  ...keyPairFields,
  ...communicationFields,
  ssh_private_ip: flag({
    doc: "Old form of `ssh_interface: private_ip`.",
    deprecated: "write ssh_interface: private_ip",
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

/** Keys that `build.X` and `{{ build "X" }}` answer beside those of every machine (Packer §1.11). */
export const GENERATED_DATA: readonly string[] = [
  "BuildRegion",
  "SourceAMI",
  "SourceAMICreationDate",
  "SourceAMIName",
  "SourceAMIOwner",
  "SourceAMIOwnerName",
];
