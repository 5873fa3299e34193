import { PLACEHOLDER } from "../../../options/context.js";
import type { Complaints } from "../../../options/schema.js";
import type { AmazonEbsOptions } from "./schema.js";

/** Rules over the image that is made (Packer §3.1.6). */
export function checkImage(options: AmazonEbsOptions, complaints: Complaints): void {
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

function checkKeys(options: AmazonEbsOptions, complaints: Complaints): void {
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
function checkSharing(options: AmazonEbsOptions, complaints: Complaints): void {
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
