import type { Change } from "./fixer.js";
import { isList, isNumber, isObject, type JsonMap, type JsonTree, renameKey, withKey, withoutKeys } from "./values.js";

/** `iso_md5` becomes `iso_checksum` and `iso_checksum_type`. */
export const isoMd5: Change = (section) =>
  typeof section.get("iso_md5") === "string"
    ? withKey(renameKey(section, ["iso_md5", "iso_checksum"], "replace"), "iso_checksum_type", "md5")
    : section;

/** `iso_checksum_url` and `iso_checksum_type` become a prefix of `iso_checksum`. */
export const isoChecksum: Change = (section) => {
  const [url, type, checksum] = ["url", "type", ""].map((part) => textOf(section, `iso_checksum${part && `_${part}`}`));
  const rest = withoutKeys(section, "iso_checksum_url", "iso_checksum_type");
  if (url) return withKey(rest, "iso_checksum", `file:${url}`);
  return checksum ? withKey(rest, "iso_checksum", type ? `${type}:${checksum}` : checksum) : rest;
};

/** `ssh_private_ip` becomes `ssh_interface`. A value that is no boolean is unchanged. */
export const sshInterface: Change = (section) => {
  const isPrivate = booleanOf(section.get("ssh_private_ip"));
  if (isPrivate === undefined || section.has("ssh_interface")) return section;
  const renamed = renameKey(section, ["ssh_private_ip", "ssh_interface"], "replace");
  return withKey(renamed, "ssh_interface", isPrivate ? "private_ip" : "public_ip");
};

/** Returns the boolean of a value as Go's `strconv.ParseBool` reads its text; undefined if it is none. */
export function booleanOf(value: JsonTree | undefined): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return undefined;
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  return /^(0|f|F|FALSE|false|False)$/.test(value) ? false : undefined;
}

/** The text of `temporary_security_group_source_cidr` becomes a list. */
export const sourceCidrs: Change = (section) => {
  const [old, now] = ["temporary_security_group_source_cidr", "temporary_security_group_source_cidrs"];
  const cidr = section.get(old);
  return typeof cidr === "string" ? withKey(renameKey(section, [old, now], "replace"), now, [cidr]) : section;
};

/** `{{ .CreateTime }}` in names becomes `{{timestamp}}`. */
export const createTime: Change = (section) =>
  ["ami_name", "bundle_prefix", "snapshot_name"].reduce((changed, key) => {
    const name = changed.get(key);
    if (typeof name !== "string") return changed;
    return withKey(changed, key, name.replace(/\{\{\s*\.CreateTime\s*\}\}/g, "{{timestamp}}"));
  }, section);

/** `guest_additions_attach` becomes `guest_additions_mode`. */
export const guestAdditions: Change = (section) => {
  const attach = section.get("guest_additions_attach");
  if (typeof attach !== "boolean") return section;
  const renamed = renameKey(section, ["guest_additions_attach", "guest_additions_mode"], "replace");
  return withKey(renamed, "guest_additions_mode", attach ? "attach" : "upload");
};

/** Overrides for `virtualbox` become those for `virtualbox-iso`. */
export const virtualboxOverride: Change = (section) => {
  const override = section.get("override");
  if (!isObject(override) || !override.has("virtualbox")) return section;
  return withKey(section, "override", renameKey(override, ["virtualbox", "virtualbox-iso"], "replace"));
};

const VAGRANT_PROVIDERS = ["aws", "digitalocean", "virtualbox", "vmware"];

/** Options of Vagrant's providers become `override`. */
export const vagrantOverride: Change = (section) => {
  const providers = VAGRANT_PROVIDERS.flatMap((name): readonly (readonly [string, JsonTree])[] => {
    const options = section.get(name);
    return options === undefined ? [] : [[name, options]];
  });
  if (providers.length === 0) return section;
  return withKey(withoutKeys(section, ...VAGRANT_PROVIDERS), "override", new Map(providers));
};

/** `tag` and `tags` become one list without duplicates. */
export const dockerTags: Change = (section) => {
  if (!section.has("tag") && !section.has("tags")) return section;
  const tags = ["tag", "tags"].flatMap((key) => {
    const value = section.get(key);
    if (typeof value === "string") return value.split(",").map((tag) => tag.trim());
    return isList(value) ? value : [];
  });
  return withKey(renameKey(section, ["tag", "tags"], "replace"), "tags", [...new Set(tags)]);
};

/** Removes the escapes of PowerShell: the provisioner adds them itself. */
export const powershellEscapes: Change = (section) => {
  const unescaped = (value: JsonTree) =>
    typeof value === "string" ? value.replace(/`([$"`'])/g, (_, escaped: string) => escaped) : value;
  return ["elevated_user", "elevated_password", "environment_vars"].reduce((changed, key) => {
    const value = changed.get(key);
    return value === undefined
      ? changed
      : withKey(changed, key, isList(value) ? value.map(unescaped) : unescaped(value));
  }, section);
};

/** Sets `skip_compaction` where a disk on ESXi cannot be compacted. */
export const skipCompaction: Change = (section) => {
  if (section.get("remote_type") !== "esx5") return section;
  const typed = section.has("disk_type_id") ? section : withKey(section, "disk_type_id", "zeroedthick");
  const disk = typed.get("disk_type_id");
  const skip = typed.get("skip_compaction");
  if (typeof disk !== "string" || disk === "thin") return typed;
  return skip === undefined || typeof skip === "boolean" ? withKey(typed, "skip_compaction", true) : typed;
};

/** A number of megabytes becomes text with a unit. */
export const diskSize: Change = (section) => {
  const size = section.get("disk_size");
  return isNumber(size) ? withKey(section, "disk_size", `${Math.trunc(Number(size.digits))}M`) : section;
};

/** `exlude_from_latest` of the destination becomes `exclude_from_latest`. */
export const excludeFromLatest: Change = (section) => {
  const destination = section.get("shared_image_destination");
  if (!isObject(destination)) return section;
  const fixed = renameKey(destination, ["exlude_from_latest", "exclude_from_latest"], "replace");
  return withKey(section, "shared_image_destination", fixed);
};

/** Options of one network card and one disk become the first of the lists `network_adapters` and `storage`. */
export const vsphereLists: Change = (section) => {
  const network = { network: "network", networkCard: "network_card", network_card: "network_card" };
  const disk = ["disk_size", "disk_thin_provisioned", "disk_eagerly_scrub"];
  const disks = Object.fromEntries(disk.map((key) => [key, key]));
  return intoList(intoList(section, "network_adapters", network), "storage", disks);
};

/** Moves options, under new names, into a new first object of a list. */
function intoList(section: JsonMap, list: string, names: Readonly<Record<string, string>>): JsonMap {
  const moved = Object.entries(names).flatMap(([from, to]): readonly (readonly [string, JsonTree])[] => {
    const value = section.get(from);
    return value === undefined ? [] : [[to, value]];
  });
  if (moved.length === 0) return section;
  const existing = section.get(list);
  const rest = withoutKeys(section, ...Object.keys(names));
  return withKey(rest, list, [new Map(moved), ...(isList(existing) ? existing : [])]);
}

function textOf(section: JsonMap, key: string): string {
  const value = section.get(key);
  return typeof value === "string" ? value : "";
}
