import { describe, expect, test } from "@jest/globals";
import type { PermissionStatement } from "../../src/core/permissions.js";
import type { RequestedSettings } from "../../src/engine/request.js";
import { type Options, statementsOf } from "./statements.js";

const ec2 = (resource: string) => `arn:aws:ec2:us-east-1:123456789012:${resource}`;
const TESTS: NonNullable<RequestedSettings["tests"]> = {
  lines: [],
  instanceTypes: [],
  timeout: 1,
  sshUsername: undefined,
  userData: undefined,
  instanceProfile: "web-test",
  onFailure: "remove",
};
const POLICY = { Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["*"] }] };

/** An action and a resource that a policy allows with an option, and not without it. */
type Case = readonly [
  given: string,
  options: Options,
  settings: Partial<RequestedSettings>,
  action: string,
  resource: string,
];

const allows = (statements: readonly PermissionStatement[], action: string, resource: string) =>
  statements.some(({ actions, resources }) => actions.includes(action) && resources.includes(resource));

test.each<[string, Options, Partial<RequestedSettings>, readonly string[]]>([
  ["of a generated name", {}, {}, ["key-pair/packer_*"]],
  ["of the name of the template", { temporary_key_pair_name: "bake" }, {}, ["key-pair/bake"]],
  [
    "of both, because tests of the image have one too",
    { temporary_key_pair_name: "bake" },
    { tests: TESTS },
    ["key-pair/bake", "key-pair/packer_*"],
  ],
  ["not at all with a password", { ssh_password: "x" }, { tests: TESTS }, []],
  [
    "for tests with another user than the password",
    { ssh_password: "x" },
    { tests: { ...TESTS, sshUsername: "web" } },
    ["key-pair/packer_*"],
  ],
  ["not at all with EC2 Instance Connect", { ssh_keypair: "instance-connect" }, {}, []],
])("key pairs are created %s", (_what, options, settings, keys) => {
  const created = statementsOf(options, settings).find(({ sid }) => sid === "CreateForInstance");
  expect((created?.resources ?? []).filter((arn) => arn.includes("key-pair"))).toEqual(keys.map(ec2));
});

test.each<[string, Options, boolean]>([
  ["by SSH", {}, true],
  ["through Session Manager", { ssh_interface: "session_manager", iam_instance_profile: "web" }, false],
  ["without a communicator", { communicator: "none" }, false],
  ["in a group of the template", { security_group_id: "sg-1" }, false],
])("a port is opened for a build %s: %j", (_what, options, isOpened) => {
  expect(statementsOf(options).some(({ actions }) => actions.includes("ec2:AuthorizeSecurityGroupIngress"))).toBe(
    isOpened,
  );
});

describe("a policy has a statement for an option, and none without it:", () => {
  test.each<Case>([
    ["ami_regions", { ami_regions: ["eu-west-1"] }, {}, "ec2:CopyImage", "arn:aws:ec2:eu-west-1::image/*"],
    ["the input regions", {}, { regions: ["eu-west-1"] }, "ec2:CopyImage", "arn:aws:ec2:eu-west-1::snapshot/*"],
    ["encrypt_boot", { encrypt_boot: true }, {}, "ec2:CopyImage", "arn:aws:ec2:us-east-1::image/*"],
    ["ami_users", { ami_users: ["210987654321"] }, {}, "ec2:ModifyImageAttribute", "arn:aws:ec2:us-east-1::image/*"],
    [
      "snapshot_users",
      { snapshot_users: ["210987654321"] },
      {},
      "ec2:ModifySnapshotAttribute",
      "arn:aws:ec2:us-east-1::snapshot/*",
    ],
    ["ami_groups", { ami_groups: ["all"] }, {}, "ec2:GetImageBlockPublicAccessState", "*"],
    ["snapshot_groups", { snapshot_groups: ["all"] }, {}, "ec2:GetSnapshotBlockPublicAccessState", "*"],
    [
      "deprecate_at",
      { deprecate_at: "2030-01-01T00:00:00Z" },
      {},
      "ec2:EnableImageDeprecation",
      "arn:aws:ec2:us-east-1::image/*",
    ],
    [
      "deregistration_protection",
      { deregistration_protection: { enabled: true } },
      {},
      "ec2:EnableImageDeregistrationProtection",
      "arn:aws:ec2:us-east-1::image/*",
    ],
    ["ena_support", { ena_support: true }, {}, "ec2:ModifyInstanceAttribute", ec2("instance/*")],
    ["spot_price", { spot_price: "auto" }, {}, "ec2:RunInstances", ec2("spot-instances-request/*")],
    ["subnet_id", { subnet_id: "subnet-1" }, {}, "ec2:RunInstances", ec2("subnet/subnet-1")],
    ["vpc_filter", { vpc_filter: { filters: { "is-default": "true" } } }, {}, "ec2:DescribeVpcs", "*"],
    ["security_group_id", { security_group_id: "sg-1" }, {}, "ec2:RunInstances", ec2("security-group/sg-1")],
    ["temporary_key_pair_name", { temporary_key_pair_name: "bake" }, {}, "ec2:ImportKeyPair", ec2("key-pair/bake")],
    ["iam_instance_profile", { iam_instance_profile: "web" }, {}, "iam:PassRole", "arn:aws:iam::123456789012:role/web"],
    [
      "temporary_iam_instance_profile_policy_document",
      { temporary_iam_instance_profile_policy_document: POLICY },
      {},
      "iam:PutRolePolicy",
      "arn:aws:iam::123456789012:role/bake-ami-*",
    ],
    [
      "session_manager",
      { ssh_interface: "session_manager", iam_instance_profile: "web" },
      {},
      "ssm:StartSession",
      "arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSession",
    ],
    [
      "instance_connect_endpoint",
      { ssh_interface: "instance_connect_endpoint", instance_connect_endpoint_id: "eice-1" },
      {},
      "ec2-instance-connect:OpenTunnel",
      ec2("instance-connect-endpoint/eice-1"),
    ],
    [
      "ssh_keypair",
      { ssh_keypair: "instance-connect" },
      {},
      "ec2-instance-connect:SendSSHPublicKey",
      ec2("instance/*"),
    ],
    ["access: auto", {}, { access: "auto" }, "ec2:DescribeRouteTables", "*"],
    [
      "communicator winrm",
      { communicator: "winrm", winrm_username: "Administrator" },
      {},
      "ec2:GetPasswordData",
      ec2("instance/*"),
    ],
    [
      "kms_key_id",
      { encrypt_boot: true, kms_key_id: "0123abcd-0123-abcd-0123-0123456789ab" },
      {},
      "kms:CreateGrant",
      "arn:aws:kms:us-east-1:123456789012:key/0123abcd-0123-abcd-0123-0123456789ab",
    ],
    [
      "fast_launch",
      { fast_launch: { enable_fast_launch: true } },
      {},
      "ec2:EnableFastLaunch",
      "arn:aws:ec2:us-east-1::image/*",
    ],
    [
      "assume_role",
      { assume_role: { role_arn: "arn:aws:iam::210987654321:role/x" } },
      {},
      "sts:AssumeRole",
      "arn:aws:iam::210987654321:role/x",
    ],
    [
      "decode_authorization_messages",
      { decode_authorization_messages: true },
      {},
      "sts:DecodeAuthorizationMessage",
      "*",
    ],
    [
      "skip-unchanged with ami_users",
      { ami_users: ["210987654321"] },
      { skipUnchanged: { enabled: true, maxAge: undefined } },
      "ec2:DescribeImageAttribute",
      "arn:aws:ec2:us-east-1::image/*",
    ],
    ["the profile of image tests", {}, { tests: TESTS }, "iam:PassRole", "arn:aws:iam::123456789012:role/web-test"],
  ])("%s", (_given, options, settings, action, resource) => {
    expect(allows(statementsOf(options, settings), action, resource)).toBe(true);
    expect(allows(statementsOf({}), action, resource)).toBe(false);
  });
});
