import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import type { Json } from "../../../../src/options/collections.js";
import { decode, MINIMUM } from "../options.js";

const without = (name: string) => Object.fromEntries(Object.entries(MINIMUM).filter(([key]) => key !== name));
const messages = (given: Readonly<Record<string, Json>>, severity: string) =>
  decode(given)
    .diagnostics.filter((each) => each.severity === severity)
    .map((each) => each.summary);
const device = (more: Readonly<Record<string, Json>>) => ({
  launch_block_device_mappings: [{ device_name: "/dev/sda1", ...more }],
});

test("the minimal options are enough", () => {
  expect(decode(MINIMUM).diagnostics).toEqual([]);
});

const WINRM = { communicator: "winrm", winrm_username: "Administrator" } as const;

describe("an error is reported for", () => {
  test.each<[string, Readonly<Record<string, Json>>, RegExp]>([
    ["no source", without("source_ami"), /"source_ami" or a "source_ami_filter"/],
    [
      "a filter without owners",
      { ...without("source_ami"), source_ami_filter: { filters: { name: "x" } } },
      /must declare "owners"/,
    ],
    ["no instance type", without("instance_type"), /"instance_type" must be specified/],
    [
      "instance_type and spot_instance_types",
      { ...MINIMUM, spot_price: "auto", spot_instance_types: ["m5.large"] },
      /Only one of "instance_type" and "spot_instance_types"/,
    ],
    [
      "spot types without a price",
      { ...without("instance_type"), spot_instance_types: ["m5.large"] },
      /"spot_instance_types" needs "spot_price"/,
    ],
    [
      "a sent key and a password",
      { ...MINIMUM, ssh_keypair: "instance-connect", ssh_username: "ubuntu", ssh_password: "x" },
      /"ssh_keypair": "instance-connect" cannot be combined with "ssh_password"/,
    ],
    [
      "a sent key and a key pair",
      { ...MINIMUM, ssh_keypair: "instance-connect", ssh_keypair_name: "web", ssh_agent_auth: true },
      /cannot be combined with "ssh_keypair_name"/,
    ],
    [
      "a sent key of a size that is not accepted",
      {
        ...MINIMUM,
        ssh_keypair: "instance-connect",
        temporary_key_pair_type: "rsa",
        temporary_key_pair_bits: 3072,
      },
      /accepts RSA keys with 2048 or 4096 bits, not 3072/,
    ],
    ["spot tags without a price", { ...MINIMUM, spot_tags: { a: "b" } }, /"spot_tags" needs "spot_price"/],
    ["an invalid price", { ...MINIMUM, spot_price: "cheap" }, /dollars or "auto"/],
    [
      "enhanced networking on spot",
      { ...MINIMUM, spot_price: "auto", ena_support: true },
      /spot instances cannot be stopped/,
    ],
    ["credits on m5", { ...MINIMUM, instance_type: "m5.large", enable_unlimited_credits: true }, /no CPU credits/],
    ["enclaves on t3", { ...MINIMUM, enable_nitro_enclave: true }, /Nitro Enclaves/],
    ["a hop limit of 65", { ...MINIMUM, metadata_options: { http_put_response_hop_limit: 65 } }, /between 1 and 64/],
    [
      "two reservations",
      { ...MINIMUM, capacity_reservation_id: "cr-1", capacity_reservation_preference: "open" },
      /Only one of "capacity_reservation_preference", "capacity_reservation_id"/,
    ],
    [
      "a host without its tenancy",
      { ...MINIMUM, placement: { host_id: "h-1", tenancy: "default" } },
      /need "tenancy" to be "host"/,
    ],
    [
      "user data twice",
      { ...MINIMUM, user_data: "x", user_data_file: fileURLToPath(import.meta.url) },
      /Only one of "user_data" and "user_data_file"/,
    ],
    ["a missing user data file", { ...MINIMUM, user_data_file: "/nowhere/x" }, /no such file: "\/nowhere\/x"/],
    [
      "security groups twice",
      { ...MINIMUM, security_group_id: "sg-1", security_group_ids: ["sg-2"] },
      /Only one of "security_group_id" and "security_group_ids"/,
    ],
    [
      "a CIDR without a prefix",
      { ...MINIMUM, temporary_security_group_source_cidrs: ["198.51.100.7"] },
      /invalid CIDR block/,
    ],
    [
      "a CIDR with a prefix of 33",
      { ...MINIMUM, temporary_security_group_source_cidrs: ["198.51.100.7/33"] },
      /invalid CIDR block/,
    ],
    ["a key pair without its key", { ...MINIMUM, ssh_keypair_name: "mine" }, /needs the private key/],
    ["a name of two characters", { ...MINIMUM, ami_name: "ab" }, /between 3 and 128/],
    ["a name of 129 characters", { ...MINIMUM, ami_name: "a".repeat(129) }, /has 129/],
    ["a name with a colon", { ...MINIMUM, ami_name: "web:1" }, /"ami_name" must not contain :/],
    ["a key without encryption", { ...MINIMUM, kms_key_id: "alias/a" }, /"kms_key_id" needs "encrypt_boot"/],
    [
      "an invalid KMS key",
      { ...MINIMUM, encrypt_boot: true, kms_key_id: "my key" },
      /"kms_key_id" is not a KMS key: "my key"/,
    ],
    [
      "a key for a Region that is not a target",
      { ...MINIMUM, ami_regions: ["eu-west-1"], region_kms_key_ids: { "eu-west-1": "", "eu-west-2": "" } },
      /eu-west-2, which is not in "ami_regions"/,
    ],
    [
      "a target Region without a key",
      { ...MINIMUM, ami_regions: ["eu-west-1", "eu-west-2"], region_kms_key_ids: { "eu-west-1": "" } },
      /has no key for eu-west-2/,
    ],
    [
      "sharing an image encrypted with the default key",
      { ...MINIMUM, encrypt_boot: true, ami_users: ["123456789012"] },
      /Cannot share an AMI/,
    ],
    ["an invalid deprecation time", { ...MINIMUM, deprecate_at: "tomorrow" }, /not a time/],
    [
      "replacing without creating an image",
      { ...MINIMUM, skip_create_ami: true, force_deregister: true },
      /create no new one/,
    ],
    [
      "a key on an unencrypted device",
      { ...MINIMUM, ...device({ encrypted: false, kms_key_id: "alias/a" }) },
      /"kms_key_id" of a block device needs "encrypted"/,
    ],
    [
      "a key on a device without encryption",
      { ...MINIMUM, ...device({ kms_key_id: "alias/a" }) },
      /"kms_key_id" of a block device needs "encrypted"/,
    ],
    ["an unknown volume type", { ...MINIMUM, ...device({ volume_type: "gp4" }) }, /Unknown "volume_type": "gp4"/],
    ["io1 without iops", { ...MINIMUM, ...device({ volume_type: "io1" }) }, /"iops" is required for io1/],
    ["io2 without iops", { ...MINIMUM, ...device({ volume_type: "io2", iops: 0 }) }, /"iops" is required for io2/],
    [
      "keys of Regions without encryption",
      { ...MINIMUM, ami_regions: ["eu-west-1"], region_kms_key_ids: { "eu-west-1": "alias/a" } },
      /"region_kms_key_ids" needs "encrypt_boot"/,
    ],
    ...[10, 20, 2895, -15].map((minutes): [string, Readonly<Record<string, Json>>, RegExp] => [
      `copies within ${minutes} minutes`,
      { ...MINIMUM, snapshot_copy_duration_minutes: minutes },
      /multiple of 15 between 15 and 2880/,
    ]),
    [
      "a host and a group of hosts",
      { ...MINIMUM, placement: { host_id: "h-1", host_resource_group_arn: "arn:aws:resource-groups:x" } },
      /Only one of "host_id" and "host_resource_group_arn"/,
    ],
    ["an empty source filter", { ...without("source_ami"), source_ami_filter: {} }, /must be specified/],
    [
      "a certificate for the bastion without its key",
      {
        ...MINIMUM,
        ssh_bastion_host: "bastion",
        ssh_bastion_agent_auth: true,
        ssh_bastion_certificate_file: fileURLToPath(import.meta.url),
      },
      /needs "ssh_bastion_private_key_file"/,
    ],
    ["too many iops", { ...MINIMUM, ...device({ volume_type: "io1", iops: 64001 }) }, /between 100 and 64000/],
    [
      "too many iops for the size",
      { ...MINIMUM, ...device({ volume_type: "io1", iops: 5001, volume_size: 100 }) },
      /at most 50 per GiB/,
    ],
    ["throughput on gp2", { ...MINIMUM, ...device({ volume_type: "gp2", throughput: 200 }) }, /for gp3 volumes/],
    [
      "too much throughput",
      { ...MINIMUM, ...device({ volume_type: "gp3", throughput: 2001 }) },
      /between 125 and 2000/,
    ],
    ["gp3 with 0 iops", { ...MINIMUM, ...device({ volume_type: "gp3", iops: 0 }) }, /between 3000 and 80000/],
    [
      "gp3 without throughput",
      { ...MINIMUM, ...device({ volume_type: "gp3", throughput: 0 }) },
      /between 125 and 2000/,
    ],
    ["gp2 with 0 throughput", { ...MINIMUM, ...device({ volume_type: "gp2", throughput: 0 }) }, /for gp3 volumes/],
    [
      "Session Manager without an instance profile",
      { ...MINIMUM, ssh_interface: "session_manager" },
      /needs an instance profile/,
    ],
    [
      "an EC2 Instance Connect Endpoint with WinRM",
      { ...MINIMUM, ...WINRM, ssh_interface: "instance_connect_endpoint" },
      /connects only to the ports 22 and 3389, not to 5985/,
    ],
    [
      "an ed25519 key for the password of Windows",
      { ...MINIMUM, ...WINRM, temporary_key_pair_type: "ed25519" },
      /"temporary_key_pair_type" must be "rsa" with "communicator": "winrm"/,
    ],
    [
      "a key pair without its private key for the password of Windows",
      { ...MINIMUM, ...WINRM, ssh_keypair_name: "k" },
      /needs "ssh_private_key_file" to decrypt the password/,
    ],
    ["an access key alone", { ...MINIMUM, access_key: "AKIA" }, /"access_key" needs "secret_key"/],
    ["an unknown key", { ...MINIMUM, ami_nmae: "x" }, /Unknown configuration key: "ami_nmae"/],
  ])("%s", (_, given, expected) => {
    const errors = messages(given, "error");
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(expected);
  });
});

describe("no error is reported for", () => {
  test.each<[string, Readonly<Record<string, Json>>]>([
    ["Session Manager with WinRM", { ssh_interface: "session_manager", iam_instance_profile: "p" }],
    ["a key type with a password", { winrm_password: "x", temporary_key_pair_type: "ed25519" }],
    ["a key pair with a password", { winrm_password: "x", ssh_keypair_name: "k" }],
  ])("%s", (_, given) => {
    expect(messages({ ...MINIMUM, ...WINRM, ...given }, "error")).toEqual([]);
  });
});

describe("a warning is reported for", () => {
  test.each<[string, Readonly<Record<string, Json>>, RegExp]>([
    ["an old name", { enhanced_networking: true }, /"enhanced_networking" was renamed to "ena_support"/],
    ["an old name of a list", { temporary_security_group_source_cidr: "10.0.0.0/8" }, /was renamed to/],
    ["an option without effect", { spot_price_auto_product: "Linux/UNIX" }, /deprecated/],
    ["tags of a fleet", { fleet_tags: { a: "b" } }, /"fleet_tags" is not supported yet/],
    ["a group other than all", { ami_groups: ["some"] }, /supports only "all", not "some"; the build fails/],
    ["a token without its keys", { token: "t" }, /"token" needs "access_key" and "secret_key"/],
    ["an invalid virtual name", device({ virtual_name: "disk0" }), /ephemeral0/],
    [
      "an unused policy",
      { iam_instance_profile: "p", temporary_iam_instance_profile_policy_document: { Statement: [] } },
      /is not used/,
    ],
  ])("%s", (_, more, expected) => {
    expect(messages({ ...MINIMUM, ...more }, "error")).toEqual([]);
    expect(messages({ ...MINIMUM, ...more }, "warning").join("\n")).toMatch(expected);
  });
});

describe("no error or warning is reported for", () => {
  test.each<[string, Readonly<Record<string, Json>>]>([
    [
      "empty strings, the defaults of variables",
      { access_key: "", secret_key: "", ssh_interface: "", subnet_id: "", encrypt_boot: "" },
    ],
    ["empty performance of a volume", device({ volume_type: "gp3", iops: "", throughput: "" })],
    [
      "an empty key for the default key",
      { encrypt_boot: true, ami_regions: ["eu-west-1"], region_kms_key_ids: { "eu-west-1": "" } },
    ],
    [
      "a source filter with owners alone",
      { source_ami: "", source_ami_filter: { owners: ["self"], most_recent: true } },
    ],
    ["a hop limit of 0, the default", { metadata_options: { http_put_response_hop_limit: 0 } }],
    ...["aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "aws-cn", "aws-us-gov"].map(
      (partition): [string, Readonly<Record<string, Json>>] => [
        `a KMS key of the partition ${partition}`,
        { encrypt_boot: true, kms_key_id: `arn:${partition}:kms:x-y-1:123456789012:alias/a` },
      ],
    ),
    ["a device that is suppressed", device({ no_device: true, volume_type: "io1" })],
    ["a multi-region key", { encrypt_boot: true, kms_key_id: "mrk-0123456789abcdef0123456789abcdef" }],
    ["Regions in one string", { ami_regions: "eu-west-1,eu-west-2" }],
    ["an IPv6 block", { temporary_security_group_source_cidrs: ["2001:db8::/64"] }],
    ["tags as blocks", { tag: [{ key: "Name", value: "{{ .SourceAMI }}" }] }],
  ])("%s", (_, more) => {
    expect(decode({ ...MINIMUM, ...more }).diagnostics).toEqual([]);
  });
});
