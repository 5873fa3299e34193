import { PLACEHOLDER } from "../../../options/context.js";
import type { Decode } from "../../../options/decoding.js";
import { choice, duration, flag, integer, list, object, objects, text } from "../../../options/fields.js";
import { pathHint } from "../../../options/path-hint.js";
import type { CheckContext, Complaints } from "../../../options/schema.js";
import { filterFields, namedTagBlocks, tagBlocks, tagMap } from "./shared.js";
import { isSpot, type spotFields } from "./spot.js";

/** The build instance (Packer's "run configuration", §3.1.2). */
export const instanceFields = {
  instance_type: text({ doc: "Type of the build instance. Set this or `spot_instance_types`." }),
  // The fingerprint contains the id of the source AMI, not the options that find it.
  source_ami: text({
    doc: "Id of the source AMI. Set this or `source_ami_filter`.",
    unfingerprinted: true,
  }),
  source_ami_filter: object(
    {
      ...filterFields,
      owners: list(text({ doc: "Owner." }), {
        doc: "Account ids, `self`, `amazon`, `aws-marketplace` or `aws-backup-vault`. Required, because anyone can publish an image with any name.",
      }),
      most_recent: flag({
        doc: "Use the newest of several images. Otherwise several images are an error.",
        default: false,
      }),
      include_deprecated: flag({ doc: "Include deprecated images.", default: false }),
    },
    { unfingerprinted: true, doc: "Filter that finds the source AMI." },
  ),
  associate_public_ip_address: flag({
    doc: "Whether the instance gets a public address. Without `subnet_id`, a subnet is chosen.",
    defaultDoc: "the setting of the subnet",
    unfingerprinted: true,
  }),
  availability_zone: text({
    doc: "Zone of the instance.",
    defaultDoc: "the subnet's, or EC2's choice",
    unfingerprinted: true,
  }),
  block_duration_minutes: integer({
    doc: "No effect: EC2 no longer has spot blocks.",
    deprecated: "it has no effect, because EC2 no longer has spot blocks",
  }),
  capacity_reservation_preference: choice(["none", "open"], {
    doc: "Whether open capacity reservations are used.",
    defaultDoc: "`none`",
    unfingerprinted: true,
  }),
  capacity_reservation_id: text({ doc: "Capacity reservation to launch into.", unfingerprinted: true }),
  capacity_reservation_group_arn: text({
    doc: "Resource group of capacity reservations to launch into.",
    unfingerprinted: true,
  }),
  disable_stop_instance: flag({
    doc: "Do not stop the instance: wait until a provisioner stops it (for a generalized Windows or a seal script).",
    default: false,
  }),
  ebs_optimized: flag({ doc: "Launch EBS-optimized.", default: false }),
  enable_nitro_enclave: flag({ doc: "Launch with Nitro Enclaves.", default: false }),
  enable_nested_virtualization: flag({
    doc: "Launch with nested virtualization.",
    unsupported: "Use a metal instance type, which supports virtualization without this option.",
  }),
  enable_unlimited_credits: flag({
    doc: "Unlimited CPU credits on t2, t3, t3a and t4g.",
    default: false,
    unfingerprinted: true,
  }),
  enable_t2_unlimited: flag({
    doc: "Old name of `enable_unlimited_credits`.",
    deprecated: 'use "enable_unlimited_credits"',
    unfingerprinted: true,
  }),
  iam_instance_profile: text({ doc: "Name of the instance profile." }),
  skip_profile_validation: flag({
    doc: "Do not check that the profile exists.",
    default: false,
    unfingerprinted: true,
  }),
  temporary_iam_instance_profile_policy_document: object(
    {
      Version: text({ doc: "Version of the policy language.", default: "2012-10-17" }),
      Statement: objects(
        {
          Effect: choice(["Allow", "Deny"], { doc: "Allow or Deny.", required: true }),
          Action: list(text({ doc: "Action." }), { doc: "Actions, e.g. `s3:GetObject`." }),
          Resource: list(text({ doc: "Resource." }), { doc: "ARNs of resources." }),
        },
        { doc: "Statements of the policy." },
      ),
    },
    {
      doc: "Policy of a temporary instance profile and role. Not used with `iam_instance_profile`.",
    },
  ),
  metadata_options: object(
    {
      http_endpoint: choice(["enabled", "disabled"], {
        doc: "Whether the metadata service is enabled.",
        default: "enabled",
      }),
      http_tokens: choice(["required", "optional"], {
        doc: "Whether IMDSv2 tokens are required.",
        defaultDoc: "`required`; `optional` for images from before IMDSv2",
      }),
      http_put_response_hop_limit: integer({
        doc: "Hop limit of token responses, 1 to 64. 0 is the default.",
        default: 1,
      }),
      instance_metadata_tags: choice(["enabled", "disabled"], {
        doc: "Whether tags can be read from the metadata service.",
        default: "disabled",
      }),
    },
    {
      doc: "Metadata service of the build instance. For the AMI, use `imds_support`.",
      defaultDoc: "IMDSv2 required, except on images from before it",
    },
  ),
  license_specifications: objects(
    {
      license_configuration_request: object(
        { license_configuration_arn: text({ doc: "ARN of the license configuration.", required: true }) },
        { doc: "License configuration." },
      ),
    },
    { doc: "License configurations of the instance." },
  ),
  placement: object(
    {
      host_resource_group_arn: text({ doc: "Host resource group." }),
      host_id: text({ doc: "Dedicated host." }),
      tenancy: choice(["default", "dedicated", "host"], { doc: "Tenancy." }),
    },
    { doc: "Where the instance is placed.", unfingerprinted: true },
  ),
  tenancy: choice(["default", "dedicated", "host"], {
    doc: "Tenancy.",
    deprecated: 'use "tenancy" in "placement"',
    unfingerprinted: true,
  }),
  run_tags: tagMap(
    "Tags on the instance and the resources created for it, and on the image and its snapshots unless `skip_ami_run_tags` is set.",
  ),
  run_tag: tagBlocks("Same as `run_tags`, as blocks."),
  run_volume_tags: tagMap("Tags on the instance's volumes."),
  run_volume_tag: namedTagBlocks("Same as `run_volume_tags`, as blocks."),
  shutdown_behavior: choice(["stop", "terminate"], {
    doc: "What happens when the instance shuts itself down.",
    defaultDoc: "`stop`; `terminate` with a dead-man timer",
    unfingerprinted: true,
  }),
  user_data: text({ doc: "User data. Set this or `user_data_file`." }),
  user_data_file: text({ doc: "File with the user data.", isFile: true }),
  windows_password_timeout: duration({
    doc: "How long to wait until Windows has set the administrator's password. With `winrm_password` there is no wait.",
    default: 1_200_000,
    unfingerprinted: true,
  }),
  no_ephemeral: flag({ doc: "Suppress the instance store mappings xvdca to xvdcz (Windows).", default: false }),
};

/** The options of the instance, and the spot options. */
export type InstanceOptions = Decode<typeof instanceFields & typeof spotFields>;

/** Checks the source AMI, the instance, its reservation and its user data (Packer §3.1.2). */
export function checkInstance(options: InstanceOptions, complaints: Complaints, context: CheckContext): void {
  checkSource(options, complaints);
  checkTypeAndProfile(options, complaints);
  checkMetadata(options, complaints);
  checkReservation(options, complaints);
  checkUserData(options, complaints, context);
}

function checkSource(options: InstanceOptions, complaints: Complaints): void {
  const filter = options.source_ami_filter;
  const filtered = filter !== undefined && Object.keys(filter.filters).length + filter.filter.length > 0;
  const chosen = filtered || (filter !== undefined && filter.owners.length > 0);
  if (!options.source_ami && !chosen) {
    complaints.error(
      filter ? "source_ami_filter" : "source_ami",
      'A "source_ami" or a "source_ami_filter" with filters must be specified',
      'Set "source_ami_filter" with "filters", "owners" and "most_recent". AMI ids are different in each Region and become outdated.',
    );
  }
  if (!options.source_ami && filter && filtered && filter.owners.length === 0) {
    complaints.error(
      "source_ami_filter",
      '"source_ami_filter" must declare "owners", because anyone can publish an image with any name',
      'Set "owners" to the account id of the publisher, such as "099720109477" (Canonical), or to "amazon" or "self".',
    );
  }
}

function checkTypeAndProfile(options: InstanceOptions, complaints: Complaints): void {
  const types = options.spot_instance_types.length > 0;
  if (!options.instance_type && !types) {
    complaints.error(
      "instance_type",
      'An "instance_type" must be specified',
      'Set "instance_type", for example to "t3.small".',
    );
  }
  if (options.instance_type && types) {
    complaints.error("spot_instance_types", 'Only one of "instance_type" and "spot_instance_types" can be specified');
  }
  const type = options.instance_type ?? "";
  const unlimited = options.enable_unlimited_credits || options.enable_t2_unlimited === true;
  if (unlimited && type !== PLACEHOLDER && !/^t(2|3|3a|4g)\./.test(type)) {
    complaints.error(
      "enable_unlimited_credits",
      `Instance type "${type}" has no CPU credits. Only t2, t3, t3a and t4g types have them`,
    );
  }
  if (unlimited && type.startsWith("t2.") && isSpot(options)) {
    complaints.error("enable_unlimited_credits", "Spot instances of t2 types cannot have unlimited credits");
  }
  if (options.enable_nitro_enclave && (isSpot(options) || type.startsWith("t"))) {
    complaints.error("enable_nitro_enclave", "Nitro Enclaves do not work on spot instances or on t types");
  }
  if (options.temporary_iam_instance_profile_policy_document && options.iam_instance_profile) {
    complaints.warning(
      "temporary_iam_instance_profile_policy_document",
      '"temporary_iam_instance_profile_policy_document" is not used, because "iam_instance_profile" is set',
    );
  }
}

function checkMetadata(options: InstanceOptions, complaints: Complaints): void {
  const metadata = options.metadata_options;
  if (!metadata) return;
  const hops = metadata.http_put_response_hop_limit;
  // Packer reads 0 as unset.
  if (hops < 0 || hops > 64) {
    complaints.error(
      "metadata_options.http_put_response_hop_limit",
      '"http_put_response_hop_limit" must be between 1 and 64',
    );
  }
  if (metadata.http_endpoint === "disabled" && metadata.instance_metadata_tags === "enabled") {
    complaints.error(
      "metadata_options.instance_metadata_tags",
      '"instance_metadata_tags" needs an enabled "http_endpoint"',
    );
  }
}

function checkReservation(options: InstanceOptions, complaints: Complaints): void {
  const given = (
    ["capacity_reservation_preference", "capacity_reservation_id", "capacity_reservation_group_arn"] as const
  ).filter((name) => options[name]);
  const [, second] = given;
  if (second) complaints.error(second, `Only one of ${given.map((name) => `"${name}"`).join(", ")} can be specified`);
  const placement = options.placement;
  if (options.tenancy && placement?.tenancy) {
    complaints.error("tenancy", 'Only one of "tenancy" and "placement.tenancy" can be specified');
  }
  if (placement?.host_id && placement.host_resource_group_arn) {
    complaints.error(
      "placement.host_resource_group_arn",
      'Only one of "host_id" and "host_resource_group_arn" can be specified in "placement"',
    );
  }
  const tenancy = placement?.tenancy ?? options.tenancy;
  if ((placement?.host_id || placement?.host_resource_group_arn) && tenancy && tenancy !== "host") {
    complaints.error("placement", '"host_id" and "host_resource_group_arn" need "tenancy" to be "host" or unset');
  }
  const minutes = options.block_duration_minutes;
  if (minutes && minutes % 60 !== 0)
    complaints.error("block_duration_minutes", '"block_duration_minutes" must be a multiple of 60');
}

function checkUserData(options: InstanceOptions, complaints: Complaints, context: CheckContext): void {
  const file = options.user_data_file;
  if (options.user_data && file) {
    complaints.error("user_data_file", 'Only one of "user_data" and "user_data_file" can be specified');
  } else if (file && file !== PLACEHOLDER && context.pathKind(file) === "missing") {
    complaints.error("user_data_file", `"user_data_file": no such file: "${file}"`, pathHint(file, context));
  }
}
