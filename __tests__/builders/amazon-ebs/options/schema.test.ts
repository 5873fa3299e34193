import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import type { Json } from "../../../../src/options/collections.js";
import { decode, LEAST } from "../options.js";

const without = (name: string) => Object.fromEntries(Object.entries(LEAST).filter(([key]) => key !== name));
const told = (given: Readonly<Record<string, Json>>, severity: string) =>
  decode(given)
    .diagnostics.filter((each) => each.severity === severity)
    .map((each) => each.summary);
const device = (more: Readonly<Record<string, Json>>) => ({
  launch_block_device_mappings: [{ device_name: "/dev/sda1", ...more }],
});

test("the least that a build says is enough", () => {
  expect(decode(LEAST).diagnostics).toEqual([]);
});

describe("what is refused", () => {
  test.each<[string, Readonly<Record<string, Json>>, RegExp]>([
    ["no source", without("source_ami"), /source_ami or a source_ami_filter/],
    [
      "a filter without owners",
      { ...without("source_ami"), source_ami_filter: { filters: { name: "x" } } },
      /needs owners/,
    ],
    ["no instance type", without("instance_type"), /instance_type is required/],
    [
      "two kinds of types",
      { ...LEAST, spot_price: "auto", spot_instance_types: ["m5.large"] },
      /only one of instance_type/,
    ],
    [
      "spot types without a price",
      { ...without("instance_type"), spot_instance_types: ["m5.large"] },
      /needs spot_price/,
    ],
    ["spot tags without a price", { ...LEAST, spot_tags: { a: "b" } }, /spot_tags needs spot_price/],
    ["a price that is none", { ...LEAST, spot_price: "cheap" }, /dollars or "auto"/],
    [
      "enhanced networking on spot",
      { ...LEAST, spot_price: "auto", ena_support: true },
      /spot instances cannot be stopped/,
    ],
    ["credits on m5", { ...LEAST, instance_type: "m5.large", enable_unlimited_credits: true }, /no CPU credits/],
    ["enclaves on t3", { ...LEAST, enable_nitro_enclave: true }, /Nitro Enclaves/],
    ["a hop limit of 65", { ...LEAST, metadata_options: { http_put_response_hop_limit: 65 } }, /between 1 and 64/],
    [
      "two reservations",
      { ...LEAST, capacity_reservation_id: "cr-1", capacity_reservation_preference: "open" },
      /only one of capacity_reservation_preference, capacity_reservation_id/,
    ],
    [
      "a host without its tenancy",
      { ...LEAST, placement: { host_id: "h-1", tenancy: "default" } },
      /need the tenancy "host"/,
    ],
    [
      "user data twice",
      { ...LEAST, user_data: "x", user_data_file: fileURLToPath(import.meta.url) },
      /only one of user_data/,
    ],
    [
      "a user data file that is not there",
      { ...LEAST, user_data_file: "/nowhere/x" },
      /no such file or directory: '\/nowhere\/x'/,
    ],
    [
      "groups twice",
      { ...LEAST, security_group_id: "sg-1", security_group_ids: ["sg-2"] },
      /only one of security_group_id/,
    ],
    [
      "a CIDR without a prefix",
      { ...LEAST, temporary_security_group_source_cidrs: ["198.51.100.7"] },
      /not a CIDR block/,
    ],
    [
      "a CIDR with a prefix of 33",
      { ...LEAST, temporary_security_group_source_cidrs: ["198.51.100.7/33"] },
      /not a CIDR block/,
    ],
    ["a key pair without its key", { ...LEAST, ssh_keypair_name: "mine" }, /needs the private key/],
    ["a name of two characters", { ...LEAST, ami_name: "ab" }, /between 3 and 128/],
    ["a name of 129 characters", { ...LEAST, ami_name: "a".repeat(129) }, /has 129/],
    ["a name with a colon", { ...LEAST, ami_name: "web:1" }, /may not contain :/],
    ["a key without encryption", { ...LEAST, kms_key_id: "alias/a" }, /kms_key_id needs encrypt_boot/],
    ["a key that is none", { ...LEAST, encrypt_boot: true, kms_key_id: "my key" }, /"my key" is not a KMS key/],
    [
      "a key for a region that is no target",
      { ...LEAST, ami_regions: ["eu-west-1"], region_kms_key_ids: { "eu-west-1": "", "eu-west-2": "" } },
      /eu-west-2, which is not in ami_regions/,
    ],
    [
      "a target region without a key",
      { ...LEAST, ami_regions: ["eu-west-1", "eu-west-2"], region_kms_key_ids: { "eu-west-1": "" } },
      /names no key for eu-west-2/,
    ],
    [
      "sharing what the default key encrypts",
      { ...LEAST, encrypt_boot: true, ami_users: ["123456789012"] },
      /cannot be shared/,
    ],
    ["a deprecation that is no time", { ...LEAST, deprecate_at: "tomorrow" }, /not a time/],
    ["replacing without making", { ...LEAST, skip_create_ami: true, force_deregister: true }, /make no new one/],
    ["a group that is not all", { ...LEAST, ami_groups: ["some"] }, /knows only "all"/],
    [
      "a key on an unencrypted device",
      { ...LEAST, ...device({ encrypted: false, kms_key_id: "alias/a" }) },
      /encrypted: false/,
    ],
    ["too many iops", { ...LEAST, ...device({ volume_type: "io1", iops: 64001 }) }, /between 100 and 64000/],
    [
      "too many iops for the size",
      { ...LEAST, ...device({ volume_type: "io1", iops: 5001, volume_size: 100 }) },
      /at most 50 per GiB/,
    ],
    ["throughput on gp2", { ...LEAST, ...device({ volume_type: "gp2", throughput: 200 }) }, /for gp3 volumes/],
    ["too much throughput", { ...LEAST, ...device({ volume_type: "gp3", throughput: 2001 }) }, /between 125 and 2000/],
    ["a virtual name that is none", { ...LEAST, ...device({ virtual_name: "disk0" }) }, /ephemeral0/],
    ["an access key alone", { ...LEAST, access_key: "AKIA" }, /without "secret_key"/],
    ["an unknown key", { ...LEAST, ami_nmae: "x" }, /Unknown configuration key: "ami_nmae"/],
  ])("%s", (_, given, expected) => {
    const errors = told(given, "error");
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(expected);
  });
});

describe("what is warned of", () => {
  test.each<[string, Readonly<Record<string, Json>>, RegExp]>([
    ["an old name", { enhanced_networking: true }, /"enhanced_networking" was renamed to "ena_support"/],
    ["an old name of a list", { temporary_security_group_source_cidr: "10.0.0.0/8" }, /was renamed to/],
    ["an option without effect", { spot_price_auto_product: "Linux/UNIX" }, /deprecated/],
    ["Session Manager", { ssh_interface: "session_manager" }, /not supported yet/],
    ["Windows fast launch", { fast_launch: { enable_fast_launch: true } }, /"fast_launch" is not supported yet/],
    ["tags of a fleet", { fleet_tags: { a: "b" } }, /"fleet_tags" is not supported yet/],
    [
      "a policy that is not used",
      { iam_instance_profile: "p", temporary_iam_instance_profile_policy_document: { Statement: [] } },
      /is not used/,
    ],
  ])("%s", (_, more, expected) => {
    expect(told({ ...LEAST, ...more }, "error")).toEqual([]);
    expect(told({ ...LEAST, ...more }, "warning").join("\n")).toMatch(expected);
  });
});

describe("what is taken", () => {
  test.each<[string, Readonly<Record<string, Json>>]>([
    [
      "empty texts, the defaults of variables",
      { access_key: "", secret_key: "", ssh_interface: "", subnet_id: "", encrypt_boot: "" },
    ],
    [
      "a mark for the default key",
      { encrypt_boot: true, ami_regions: ["eu-west-1"], region_kms_key_ids: { "eu-west-1": "" } },
    ],
    ["a multi-region key", { encrypt_boot: true, kms_key_id: "mrk-0123456789abcdef0123456789abcdef" }],
    ["regions as one text", { ami_regions: "eu-west-1,eu-west-2" }],
    ["an IPv6 block", { temporary_security_group_source_cidrs: ["2001:db8::/64"] }],
    ["tags as blocks", { tag: [{ key: "Name", value: "{{ .SourceAMI }}" }] }],
  ])("%s", (_, more) => {
    expect(decode({ ...LEAST, ...more }).diagnostics).toEqual([]);
  });
});
