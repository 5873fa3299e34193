import type { accessFields } from "../../../aws/client/options.js";
import { PLACEHOLDER } from "../../../options/context.js";
import type { Decode } from "../../../options/decoding.js";
import { choice, flag, integer, late, list, map, object, objects, text } from "../../../options/fields.js";
import type { Complaints } from "../../../options/schema.js";
import { blockDeviceFields } from "./block-devices.js";
import { tagBlocks, tagMap } from "./shared.js";

const NO_FAST_LAUNCH = "Windows fast launch is not supported yet; enable it on the finished image.";
const account = text({ doc: "Account id." });

/** The image that is made (Packer's "AMI configuration", §3.1.6 to §3.1.8). */
export const imageFields = {
  ami_name: text({
    doc: "Name of the image: 3 to 128 characters, unique in each region.",
    required: true,
    changesByRun: true,
  }),
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

/** The options of the image, and the region that it is built in. */
export type ImageOptions = Decode<typeof imageFields & Pick<typeof accessFields, "region">>;

/** Rules over the image that is made (Packer §3.1.6). */
export function checkImage(options: ImageOptions, complaints: Complaints): void {
  checkName(options.ami_name, complaints);
  checkKeys(options, complaints);
  checkSharing(options, complaints);
  const { deprecate_at: at, snapshot_copy_duration_minutes: minutes } = options;
  if (at && at !== PLACEHOLDER && !isTimestamp(at)) {
    complaints.error(
      "deprecate_at",
      `deprecate_at is not a time: "${at}"`,
      "Write it as 2027-01-31T00:00:00Z (RFC 3339).",
    );
  }
  if (minutes && minutes % 15 !== 0) {
    complaints.error("snapshot_copy_duration_minutes", "snapshot_copy_duration_minutes must be a multiple of 15");
  }
  if (options.skip_create_ami && options.force_deregister) {
    complaints.error(
      "force_deregister",
      "force_deregister with skip_create_ami would remove the old image and make no new one",
      "Take one of them out.",
    );
  }
  for (const group of options.ami_groups) {
    if (group !== "all" && group !== PLACEHOLDER)
      complaints.error("ami_groups", `ami_groups knows only "all", not "${group}"`);
  }
}

function checkName(name: string, complaints: Complaints): void {
  if (name.includes(PLACEHOLDER)) return;
  if (name.length < 3 || name.length > 128) {
    complaints.error(
      "ami_name",
      `ami_name must be between 3 and 128 characters long, and "${name}" has ${name.length}`,
      name.length > 128
        ? "Shorten it; tags and ami_description take more text."
        : 'Write a name such as "web-{{timestamp}}".',
    );
    return;
  }
  const illegal = [...new Set(name.replace(/[\w()[\] ./\-'@]/g, ""))].join(" ");
  if (illegal === "") return;
  complaints.error(
    "ami_name",
    `ami_name may not contain ${illegal}`,
    "Allowed are letters, digits, spaces and ( ) [ ] . / - ' @ _; the template function clean_resource_name replaces what is not.",
  );
}

const KEY_FORMS = [
  /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i,
  /^alias\/[\w/-]+$/,
  /^arn:aws(-cn|-us-gov)?:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]+$/i,
];

function isKey(text: string): boolean {
  return text === "" || text === PLACEHOLDER || KEY_FORMS.some((form) => form.test(text));
}

function checkKeys(options: ImageOptions, complaints: Complaints): void {
  const hint = "Write a key id, alias/NAME, or the ARN of either.";
  const { kms_key_id: key, region_kms_key_ids: keys, ami_regions: regions } = options;
  if (key && !isKey(key)) complaints.error("kms_key_id", `"${key}" is not a KMS key`, hint);
  if (key && options.encrypt_boot !== true) {
    complaints.error(
      "kms_key_id",
      "kms_key_id needs encrypt_boot",
      "Write encrypt_boot: true, or take kms_key_id out.",
    );
  }
  const named = Object.keys(keys);
  for (const region of named) {
    const value = keys[region] ?? "";
    if (!isKey(value)) complaints.error(`region_kms_key_ids.${region}`, `"${value}" is not a KMS key`, hint);
    if (!regions.includes(region) && region !== options.region) {
      complaints.error(
        `region_kms_key_ids.${region}`,
        `region_kms_key_ids names ${region}, which is not in ami_regions`,
      );
    }
  }
  if (named.length === 0) return;
  for (const region of regions) {
    if (named.includes(region) || region === options.region) continue;
    complaints.error(
      "region_kms_key_ids",
      `region_kms_key_ids names no key for ${region}`,
      'Write "" for the default key.',
    );
  }
}

/** What is encrypted with the account's default key cannot be shared. */
function checkSharing(options: ImageOptions, complaints: Complaints): void {
  const shared = (["ami_users", "ami_org_arns", "ami_ou_arns", "snapshot_users"] as const).find(
    (name) => options[name].length > 0,
  );
  if (!shared || options.encrypt_boot !== true) return;
  const keys = Object.values(options.region_kms_key_ids);
  if ((options.kms_key_id || keys.length > 0) && keys.every((key) => key !== "")) return;
  complaints.error(
    shared,
    "an image that is encrypted with the account's default key cannot be shared",
    "Give a key of your own by kms_key_id and region_kms_key_ids.",
  );
}

function isTimestamp(text: string): boolean {
  const form = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
  return form.test(text) && !Number.isNaN(Date.parse(text));
}
