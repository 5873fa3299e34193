import { choice, flag, integer, late, list, map, object, objects, text } from "../../../options/fields.js";
import { blockDeviceFields } from "./block-devices.js";
import { tagBlocks, tagMap } from "./shared.js";

const NO_FAST_LAUNCH = "Windows fast launch is not supported yet; enable it on the finished image.";
const account = text({ doc: "Account id." });

/** The image that is made (Packer's "AMI configuration", §3.1.6 to §3.1.8). */
export const imageFields = {
  ami_name: text({ doc: "Name of the image: 3 to 128 characters, unique in each region.", required: true }),
  ami_description: late({ doc: "Description of the image.", unfingerprinted: true }),
  ami_virtualization_type: text({
    doc: "EC2 takes the virtualization type from the source image; `ena_support` and `sriov_support` are refused where it is not `hvm`.",
  }),
  ami_users: list(account, { doc: "Accounts that may launch the image.", unfingerprinted: true }),
  ami_groups: list(text({ doc: "Group." }), { doc: "`all` makes the image public.", unfingerprinted: true }),
  ami_org_arns: list(text({ doc: "ARN." }), { doc: "Organizations that may launch the image.", unfingerprinted: true }),
  ami_ou_arns: list(text({ doc: "ARN." }), {
    doc: "Organizational units that may launch the image.",
    unfingerprinted: true,
  }),
  ami_product_codes: list(text({ doc: "Code." }), { doc: "Marketplace product codes.", unfingerprinted: true }),
  ami_regions: list(text({ doc: "Region." }), {
    doc: "Regions to copy the image to; the input `regions` adds more.",
    unfingerprinted: true,
  }),
  skip_region_validation: flag({ doc: "Do not check that the regions exist.", default: false, unfingerprinted: true }),
  snapshot_copy_duration_minutes: integer({
    doc: "Time-based copies: minutes, a multiple of 15.",
    unfingerprinted: true,
  }),
  tags: tagMap("Tags on the image and its snapshots, in every region."),
  tag: tagBlocks("The same as `tags`, as blocks."),
  ena_support: flag({ doc: "Switch enhanced networking (ENA) on before imaging." }),
  sriov_support: flag({ doc: "Switch SR-IOV networking on before imaging.", default: false }),
  force_deregister: flag({
    doc: "Replace images of the same name: the old one goes when the new one is there. Also by `-force`.",
    default: false,
    unfingerprinted: true,
  }),
  force_delete_snapshot: flag({
    doc: "With `force_deregister`, delete the old image's snapshots too.",
    default: false,
    unfingerprinted: true,
  }),
  encrypt_boot: flag({
    doc: "Encrypt the image by a copy; unset keeps the source's encryption.",
    defaultDoc: "as the source",
  }),
  kms_key_id: text({
    doc: "KMS key of the build region; needs `encrypt_boot`.",
    defaultDoc: "the account's default key",
  }),
  region_kms_key_ids: map({
    doc: "KMS key of each region of `ami_regions`; an empty one is the default key.",
  }),
  skip_save_build_region: flag({ doc: "Keep only the copies.", default: false, unfingerprinted: true }),
  imds_support: choice(["", "v2.0"], { doc: "`v2.0`: instances of the image require IMDSv2." }),
  deprecate_at: text({ doc: "When the image becomes deprecated: RFC 3339, UTC.", unfingerprinted: true }),
  deregistration_protection: object(
    {
      enabled: flag({ doc: "Protect the image from being deregistered.", default: false }),
      with_cooldown: flag({
        doc: "Protect it for 24 hours more once protection is switched off; implies `enabled`.",
        default: false,
      }),
    },
    { doc: "Deregistration protection.", unfingerprinted: true },
  ),
  snapshot_tags: tagMap("Tags on the snapshots; they beat `tags`."),
  snapshot_tag: tagBlocks("The same as `snapshot_tags`, as blocks."),
  snapshot_users: list(account, { doc: "Accounts that may make volumes of the snapshots.", unfingerprinted: true }),
  snapshot_groups: list(text({ doc: "Group." }), { doc: "`all` makes the snapshots public.", unfingerprinted: true }),
  skip_create_ami: flag({ doc: "Run everything but make no image.", default: false, unfingerprinted: true }),
  skip_ami_run_tags: flag({ doc: "Do not put `run_tags` on the image.", default: false, unfingerprinted: true }),
  ami_block_device_mappings: objects(blockDeviceFields, { doc: "Block devices recorded in the image." }),
  launch_block_device_mappings: objects(blockDeviceFields, { doc: "Block devices of the build instance." }),
  fast_launch: object(
    {
      enable_fast_launch: flag({ doc: "Enable it." }),
      template_id: text({ doc: "Launch template." }),
      template_name: text({ doc: "Launch template by name." }),
      template_version: integer({ doc: "Version of the template." }),
      region_launch_templates: objects(
        {
          region: text({ doc: "Region.", required: true }),
          enable_fast_launch: flag({ doc: "Enable it there." }),
          template_id: text({ doc: "Launch template." }),
          template_name: text({ doc: "Launch template by name." }),
          template_version: integer({ doc: "Version of the template." }),
        },
        { doc: "Launch template of each region." },
      ),
      max_parallel_launches: integer({ doc: "Instances launched at once." }),
      target_resource_count: integer({ doc: "Snapshots kept ready." }),
    },
    { doc: "Windows fast launch.", unsupported: NO_FAST_LAUNCH, unfingerprinted: true },
  ),
};
