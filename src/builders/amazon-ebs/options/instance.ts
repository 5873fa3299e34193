import { choice, duration, flag, integer, list, object, objects, text } from "../../../options/fields.js";
import { filterFields, namedTagBlocks, tagBlocks, tagMap } from "./shared.js";

/** The instance that is built on (Packer's "run configuration", §3.1.2). */
export const instanceFields = {
  instance_type: text({ doc: "Type of the build instance; exactly one of this and `spot_instance_types`." }),
  // Of the source AMI only the id that was found counts, not how.
  source_ami: text({
    doc: "Id of the image to start from; one of this and `source_ami_filter`.",
    unfingerprinted: true,
  }),
  source_ami_filter: object(
    {
      ...filterFields,
      owners: list(text({ doc: "Owner." }), {
        doc: "Account ids, `self`, `amazon`, `aws-marketplace` or `aws-backup-vault`; always needed, as anyone may use any image name.",
      }),
      most_recent: flag({ doc: "Take the newest of several images; without it several are an error.", default: false }),
      include_deprecated: flag({ doc: "Also look at deprecated images.", default: false }),
    },
    { unfingerprinted: true, doc: "Finds the image to start from." },
  ),
  associate_public_ip_address: flag({
    doc: "Whether the instance gets a public address; without `subnet_id` a subnet is chosen for it.",
    defaultDoc: "as the subnet says",
    unfingerprinted: true,
  }),
  availability_zone: text({
    doc: "Zone of the instance.",
    defaultDoc: "the subnet's, or EC2's choice",
    unfingerprinted: true,
  }),
  block_duration_minutes: integer({
    doc: "No effect: EC2 has no spot blocks any more.",
    deprecated: "EC2 has no spot blocks any more; it has no effect",
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
    doc: "Do not stop the instance: wait until a provisioner has (for a generalised Windows or a seal script).",
    default: false,
  }),
  ebs_optimized: flag({ doc: "Launch EBS-optimized.", default: false }),
  enable_nitro_enclave: flag({ doc: "Launch with Nitro Enclaves.", default: false }),
  enable_nested_virtualization: flag({
    doc: "Launch with nested virtualization.",
    unsupported: "Build on a metal instance type, which needs no such option.",
  }),
  enable_unlimited_credits: flag({
    doc: "Unlimited CPU credits on t2, t3, t3a and t4g.",
    default: false,
    unfingerprinted: true,
  }),
  enable_t2_unlimited: flag({
    doc: "Old name of `enable_unlimited_credits`.",
    deprecated: "write enable_unlimited_credits",
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
      doc: "Policy of an instance profile and role that live as long as the build; used without `iam_instance_profile`.",
    },
  ),
  metadata_options: object(
    {
      http_endpoint: choice(["enabled", "disabled"], {
        doc: "Whether the metadata service answers.",
        default: "enabled",
      }),
      http_tokens: choice(["required", "optional"], {
        doc: "Whether IMDSv2 tokens are required.",
        default: "required",
      }),
      http_put_response_hop_limit: integer({ doc: "Hops of a token's answer, 1 to 64.", default: 1 }),
      instance_metadata_tags: choice(["enabled", "disabled"], {
        doc: "Whether tags can be read there.",
        default: "disabled",
      }),
    },
    {
      doc: "Metadata service of the build instance; for the AMI use `imds_support`.",
      defaultDoc: "IMDSv2 required",
    },
  ),
  license_specifications: objects(
    {
      license_configuration_request: object(
        { license_configuration_arn: text({ doc: "ARN of the licence configuration.", required: true }) },
        { doc: "One licence configuration." },
      ),
    },
    { doc: "Licence configurations of the instance." },
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
    deprecated: "write placement { tenancy }",
    unfingerprinted: true,
  }),
  run_tags: tagMap(
    "Tags on the instance and all that is made for it, and on the image and its snapshots unless `skip_ami_run_tags`.",
  ),
  run_tag: tagBlocks("The same as `run_tags`, as blocks."),
  run_volume_tags: tagMap("Tags on the instance's volumes."),
  run_volume_tag: namedTagBlocks("The same as `run_volume_tags`, as blocks."),
  shutdown_behavior: choice(["stop", "terminate"], {
    doc: "What a shutdown from within does.",
    defaultDoc: "`stop`; `terminate` while a dead-man timer runs",
    unfingerprinted: true,
  }),
  user_data: text({ doc: "User data; one of this and `user_data_file`." }),
  user_data_file: text({ doc: "File with the user data." }),
  windows_password_timeout: duration({
    doc: "How long to wait for the Windows password.",
    unsupported: "Windows instances are not built yet.",
  }),
  no_ephemeral: flag({ doc: "Suppress the instance store mappings xvdca to xvdcz (Windows).", default: false }),
};
