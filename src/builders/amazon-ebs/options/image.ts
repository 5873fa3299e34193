import type { accessFields } from "../../../aws/client/options.js";
import { PLACEHOLDER } from "../../../options/context.js";
import type { Decode } from "../../../options/decoding.js";
import { choice, flag, integer, late, list, map, object, objects, text } from "../../../options/fields.js";
import type { Complaints } from "../../../options/schema.js";
import { blockDeviceFields } from "./block-devices.js";
import { checkFastLaunch, fastLaunchFields } from "./fast-launch.js";
import { tagBlocks, tagMap } from "./shared.js";

const account = text({ doc: "Account id." });

/** The image (Packer's "AMI configuration", §3.1.6 to §3.1.8). */
export const imageFields = {
  ami_name: text({
    doc: "Name of the image: 3 to 128 characters, unique in each Region.",
    required: true,
    changesByRun: true,
  }),
  ami_description: late({ doc: "Description of the image.", unfingerprinted: true }),
  ami_virtualization_type: text({
    doc: "The virtualization type is that of the source image. `ena_support` and `sriov_support` need `hvm`.",
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
    doc: "Regions to copy the image to. The input `regions` adds more.",
    unfingerprinted: true,
  }),
  skip_region_validation: flag({ doc: "Do not check that the Regions exist.", default: false, unfingerprinted: true }),
  snapshot_copy_duration_minutes: integer({
    doc: "Completion duration of time-based copies in minutes: a multiple of 15, from 15 to 2880.",
    unfingerprinted: true,
  }),
  tags: tagMap("Tags on the image and its snapshots, in every Region."),
  tag: tagBlocks("Same as `tags`, as blocks."),
  ena_support: flag({ doc: "Enable enhanced networking (ENA) before the image is created." }),
  sriov_support: flag({ doc: "Enable SR-IOV networking before the image is created.", default: false }),
  force_deregister: flag({
    doc: "Replace images with the same name: the old image is deregistered when the new one is available. Also set by `-force`.",
    default: false,
    unfingerprinted: true,
  }),
  force_delete_snapshot: flag({
    doc: "With `force_deregister`, also delete the old image's snapshots.",
    default: false,
    unfingerprinted: true,
  }),
  encrypt_boot: flag({
    doc: "Encrypt the image by copying it. If unset, the encryption of the source stays.",
    defaultDoc: "same as the source",
  }),
  kms_key_id: text({
    doc: "KMS key of the build Region. Needs `encrypt_boot`.",
    defaultDoc: "the account's default key",
  }),
  region_kms_key_ids: map({
    doc: "KMS key of each Region of `ami_regions`. Empty for the default key.",
  }),
  skip_save_build_region: flag({
    doc: "Keep only the copies, not the image in the build Region.",
    default: false,
    unfingerprinted: true,
  }),
  imds_support: choice(["", "v2.0"], { doc: "`v2.0`: instances of the image require IMDSv2." }),
  deprecate_at: text({ doc: "Time when the image becomes deprecated: RFC 3339, UTC.", unfingerprinted: true }),
  deregistration_protection: object(
    {
      enabled: flag({ doc: "Protect the image from being deregistered.", default: false }),
      with_cooldown: flag({
        doc: "Protect it for another 24 hours after protection is disabled. Implies `enabled`.",
        default: false,
      }),
    },
    { doc: "Deregistration protection.", unfingerprinted: true },
  ),
  snapshot_tags: tagMap("Tags on the snapshots. They override `tags`."),
  snapshot_tag: tagBlocks("Same as `snapshot_tags`, as blocks."),
  snapshot_users: list(account, { doc: "Accounts that may create volumes from the snapshots.", unfingerprinted: true }),
  snapshot_groups: list(text({ doc: "Group." }), { doc: "`all` makes the snapshots public.", unfingerprinted: true }),
  skip_create_ami: flag({ doc: "Run all steps but create no image.", default: false, unfingerprinted: true }),
  skip_ami_run_tags: flag({ doc: "Do not put `run_tags` on the image.", default: false, unfingerprinted: true }),
  ami_block_device_mappings: objects(blockDeviceFields, { doc: "Block devices of the image." }),
  launch_block_device_mappings: objects(blockDeviceFields, { doc: "Block devices of the build instance." }),
  ...fastLaunchFields,
};

/** The options of the image, and the build Region. */
export type ImageOptions = Decode<typeof imageFields & Pick<typeof accessFields, "region">>;

/** Checks the options of the image (Packer §3.1.6). */
export function checkImage(options: ImageOptions, complaints: Complaints): void {
  checkName(options.ami_name, complaints);
  checkKeys(options, complaints);
  checkSharing(options, complaints);
  checkFastLaunch(options, complaints);
  const { deprecate_at: at, snapshot_copy_duration_minutes: minutes } = options;
  if (at && at !== PLACEHOLDER && !isTimestamp(at)) {
    complaints.error(
      "deprecate_at",
      `"deprecate_at" is not a time: "${at}"`,
      "Write a time such as 2027-01-31T00:00:00Z (RFC 3339).",
    );
  }
  if (minutes && (minutes % 15 !== 0 || minutes < 15 || minutes > 2880)) {
    complaints.error(
      "snapshot_copy_duration_minutes",
      `"snapshot_copy_duration_minutes" must be a multiple of 15 between 15 and 2880, not ${minutes}`,
    );
  }
  if (options.skip_create_ami && options.force_deregister) {
    complaints.error(
      "force_deregister",
      '"force_deregister" with "skip_create_ami" would deregister the old image and create no new one',
      "Remove one of them.",
    );
  }
  for (const group of options.ami_groups) {
    if (group !== "all" && group !== PLACEHOLDER)
      complaints.refusal(
        "ami_groups",
        `"ami_groups" supports only "all", not "${group}"; the build fails`,
        'EC2 has no other group. Share with accounts by "ami_users", with organizations by "ami_org_arns".',
      );
  }
}

function checkName(name: string, complaints: Complaints): void {
  if (name.includes(PLACEHOLDER)) return;
  if (name.length < 3 || name.length > 128) {
    complaints.error(
      "ami_name",
      `"ami_name" must be between 3 and 128 characters long, but "${name}" has ${name.length}`,
      name.length > 128
        ? 'Shorten the name. Longer text fits in tags and "ami_description".'
        : 'Set a name such as "web-{{timestamp}}".',
    );
    return;
  }
  const illegal = [...new Set(name.replace(/[\w()[\] ./\-'@]/g, ""))].join(" ");
  if (illegal === "") return;
  complaints.error(
    "ami_name",
    `"ami_name" must not contain ${illegal}`,
    "Use only letters, digits, spaces and ( ) [ ] . / - ' @ _, or the template function clean_resource_name, which replaces other characters.",
  );
}

const KEY_FORMS = [
  /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i,
  /^alias\/[\w/-]+$/,
  /^arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]+$/i,
];

function isKey(text: string): boolean {
  return text === "" || text === PLACEHOLDER || KEY_FORMS.some((form) => form.test(text));
}

function checkKeys(options: ImageOptions, complaints: Complaints): void {
  const hint = "Set a key id, alias/NAME, or the ARN of either.";
  const { kms_key_id: key, region_kms_key_ids: keys, ami_regions: regions } = options;
  if (key && !isKey(key)) complaints.error("kms_key_id", `"kms_key_id" is not a KMS key: "${key}"`, hint);
  if (key && options.encrypt_boot !== true) {
    complaints.error(
      "kms_key_id",
      '"kms_key_id" needs "encrypt_boot"',
      'Set "encrypt_boot" to true, or remove "kms_key_id".',
    );
  }
  const named = Object.keys(keys);
  if (!key && options.encrypt_boot !== true && Object.values(keys).some((each) => each !== "")) {
    complaints.error(
      "region_kms_key_ids",
      '"region_kms_key_ids" needs "encrypt_boot"',
      'Set "encrypt_boot" to true, or remove "region_kms_key_ids".',
    );
  }
  for (const region of named) {
    const value = keys[region] ?? "";
    if (!isKey(value))
      complaints.error(
        `region_kms_key_ids.${region}`,
        `"region_kms_key_ids" has an invalid KMS key for ${region}: "${value}"`,
        hint,
      );
    if (!regions.includes(region) && region !== options.region) {
      complaints.error(
        `region_kms_key_ids.${region}`,
        `"region_kms_key_ids" has a key for ${region}, which is not in "ami_regions"`,
      );
    }
  }
  if (named.length === 0) return;
  for (const region of regions) {
    if (named.includes(region) || region === options.region) continue;
    complaints.error(
      "region_kms_key_ids",
      `"region_kms_key_ids" has no key for ${region}`,
      'Set it to "" for the default key.',
    );
  }
}

/** Images encrypted with the account's default key cannot be shared. */
function checkSharing(options: ImageOptions, complaints: Complaints): void {
  const shared = (["ami_users", "ami_org_arns", "ami_ou_arns", "snapshot_users"] as const).find(
    (name) => options[name].length > 0,
  );
  if (!shared || options.encrypt_boot !== true) return;
  const keys = Object.values(options.region_kms_key_ids);
  if ((options.kms_key_id || keys.length > 0) && keys.every((key) => key !== "")) return;
  complaints.error(
    shared,
    "Cannot share an AMI that is encrypted with the account's default KMS key",
    'Set a customer managed key with "kms_key_id" and "region_kms_key_ids".',
  );
}

function isTimestamp(text: string): boolean {
  const form = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
  return form.test(text) && !Number.isNaN(Date.parse(text));
}
