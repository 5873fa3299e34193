import { describe, expect, test } from "@jest/globals";
import { InvalidTemplate, toDiagnostic } from "../../../../src/core/errors.js";
import { testCloud } from "../../../support/cloud.js";
import {
  ARN,
  asLine,
  type Broken,
  bakeChecked,
  breakAccount,
  changes,
  denied,
  type Given,
  KEY,
  noPolicy,
} from "./preflight-bakes.js";

const cloud = testCloud();

/** Returns the problems of a bake that preflight ended, with the warnings. */
async function problemsOf(given: Given) {
  const { error, events } = await bakeChecked(cloud, given);
  if (!(error instanceof InvalidTemplate)) throw error ?? new Error("the bake did not fail");
  const warnings = events.flatMap((event) => (event.type === "diagnostic" ? [event.diagnostic] : []));
  return [...error.diagnostics, ...warnings].map(asLine);
}

const BROKEN: readonly (readonly [name: string, broken: Broken, problem: string])[] = [
  [
    "an image key that does not exist",
    { given: { encrypt_boot: true, kms_key_id: "alias/gone" } },
    'error kms_key_id: KMS key "alias/gone" does not exist in us-east-1: "Alias alias/gone is not found." (NotFoundException)',
  ],
  [
    "a disabled key in a Region to copy to",
    {
      given: { encrypt_boot: true, ami_regions: ["eu-west-1"], region_kms_key_ids: { "eu-west-1": KEY } },
      elsewhere: { kmsKeys: { [KEY]: { state: "Disabled" } } },
    },
    `error region_kms_key_ids.eu-west-1: KMS key "${KEY}" in eu-west-1 is in the state "Disabled", but must be "Enabled"`,
  ],
  [
    "a volume key for signatures",
    {
      given: {
        launch_block_device_mappings: [{ device_name: "/dev/sdf", volume_size: 1, encrypted: true, kms_key_id: KEY }],
      },
      rules: { kmsKeys: { [KEY]: { usage: "SIGN_VERIFY", spec: "RSA_2048" } } },
    },
    `error launch_block_device_mappings[0].kms_key_id: KMS key "${KEY}" in us-east-1 has the usage SIGN_VERIFY and the spec RSA_2048, but EBS needs a symmetric key for encryption`,
  ],
  [
    "a key of a volume of the image that is being deleted",
    {
      given: {
        ami_block_device_mappings: [{ device_name: "/dev/sdf", volume_size: 1, encrypted: true, kms_key_id: KEY }],
      },
      rules: { kmsKeys: { [KEY]: { state: "PendingDeletion" } } },
    },
    `error ami_block_device_mappings[0].kms_key_id: KMS key "${KEY}" in us-east-1 is in the state "PendingDeletion"`,
  ],
  [
    "a key pair that does not exist",
    { given: { ssh_keypair_name: "gone", ssh_agent_auth: true } },
    `error ssh_keypair_name: AWS call ec2:RunInstances in us-east-1 failed: "The key pair 'gone' does not exist" (InvalidKeyPair.NotFound)`,
  ],
  [
    "a security group that does not exist",
    { given: { security_group_id: "sg-0123456789abcdef0" } },
    `error security_group_id: AWS call ec2:RunInstances in us-east-1 failed: "The security group 'sg-0123456789abcdef0' does not exist" (InvalidGroup.NotFound)`,
  ],
  [
    "an instance type that does not exist",
    { given: { instance_type: "t9.micro" } },
    `error instance_type: AWS call ec2:RunInstances in us-east-1 failed: "Invalid value 't9.micro' for InstanceType." (InvalidParameterValue)`,
  ],
  [
    "an instance profile that does not exist",
    { given: { iam_instance_profile: "gone" } },
    'error iam_instance_profile: Instance profile "gone" does not exist',
  ],
  [
    "a subnet that does not exist",
    { given: { subnet_id: "subnet-0123456789abcdef0" } },
    `error subnet_id: AWS call ec2:DescribeSubnets in us-east-1 failed: "The subnet ID 'subnet-0123456789abcdef0' does not exist" (InvalidSubnetID.NotFound)`,
  ],
  [
    "a tag policy that does not allow a tag of the instance",
    { given: { run_tags: { Team: "web" }, skip_ami_run_tags: true }, rules: { tagValues: { Team: ["data"] } } },
    `error run_tags: AWS call ec2:RunInstances in us-east-1 failed: "The tag policy does not allow the specified value for the following tag key: 'Team'." (TagPolicyViolation)`,
  ],
  [
    "a tag policy that does not allow a tag of a copy",
    { given: { tags: { Cost: "x" }, ami_regions: ["eu-west-1"] }, elsewhere: { tagValues: { Cost: ["1"] } } },
    `error tags: AWS call ec2:CopyImage in eu-west-1 failed: "The tag policy does not allow the specified value for the following tag key: 'Cost'." (TagPolicyViolation)`,
  ],
  [
    "a snapshot that does not exist",
    { given: { launch_block_device_mappings: [{ device_name: "/dev/sdf", snapshot_id: "snap-0123456789abcdef0" }] } },
    "error launch_block_device_mappings: AWS call ec2:RunInstances in us-east-1 failed",
  ],
  [
    "a launch that is denied",
    {
      faults: [
        denied(
          "RunInstances",
          `is not authorized to perform: ec2:RunInstances on resource: ${ARN}:instance/* ${noPolicy}`,
        ),
      ],
    },
    "error builder: AWS denied ec2:RunInstances in us-east-1",
  ],
  [
    "a role that may not be passed",
    {
      given: { iam_instance_profile: "web", skip_profile_validation: true },
      faults: [
        denied(
          "RunInstances",
          `is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/web ${noPolicy}`,
        ),
      ],
    },
    "error iam_instance_profile: AWS denied iam:PassRole in us-east-1",
  ],
  [
    "a copy that is denied",
    {
      given: { ami_regions: ["eu-west-1"] },
      faults: [
        denied(
          "CopyImage",
          `is not authorized to perform: ec2:CopyImage on resource: arn:aws:ec2:eu-west-1::image/* ${noPolicy}`,
        ),
      ],
    },
    "error ami_regions[0]: AWS denied ec2:CopyImage in eu-west-1",
  ],
  [
    "a security group that may not be created",
    {
      faults: [
        denied(
          "CreateSecurityGroup",
          `is not authorized to perform: ec2:CreateSecurityGroup on resource: ${ARN}:vpc/* ${noPolicy}`,
        ),
      ],
    },
    "error builder: AWS denied ec2:CreateSecurityGroup in us-east-1",
  ],
];

describe("preflight ends a bake before it creates anything for", () => {
  test.each(BROKEN)("%s", async (_name, broken, problem) => {
    await breakAccount(cloud, broken);
    const { error, events } = await bakeChecked(cloud, broken.given ?? {});
    const problems = error instanceof InvalidTemplate ? error.diagnostics : [toDiagnostic(error)];
    expect(problems.map(asLine)).toEqual([expect.stringContaining(problem)]);
    expect(changes(cloud)).toEqual([]);
    expect(events.filter(({ type }) => type === "resource")).toEqual([]);
  });
});

test("all problems of an account are reported at once, each at its option, with the warnings", async () => {
  await breakAccount(cloud, {
    rules: {
      kmsKeys: { [KEY]: { state: "PendingDeletion" } },
      quotas: { "L-1216C47A": 2 },
      tagValues: { Team: ["data"] },
    },
    elsewhere: { kmsKeys: { [KEY]: { state: "Disabled" } } },
    faults: [
      denied(
        "CreateSecurityGroup",
        `is not authorized to perform: ec2:CreateSecurityGroup on resource: ${ARN}:vpc/* ${noPolicy}`,
      ),
      denied(
        "CopyImage",
        `is not authorized to perform: ec2:CopyImage on resource: arn:aws:ec2:eu-west-1::image/* ${noPolicy}`,
        { region: "eu-west-1" },
      ),
    ],
  });
  const given = {
    encrypt_boot: true,
    kms_key_id: KEY,
    ami_regions: ["eu-west-1"],
    region_kms_key_ids: { "eu-west-1": KEY },
    instance_type: "m5.4xlarge",
    iam_instance_profile: "gone",
    ssh_keypair_name: "gone",
    ssh_agent_auth: true,
    run_tags: { Team: "web" },
    launch_block_device_mappings: [{ device_name: "/dev/sdf", snapshot_id: "snap-0123456789abcdef0" }],
    availability_zone: "us-east-1z",
  };
  expect((await problemsOf(given)).map((line) => line.replace(/: .*/, "")).toSorted()).toEqual([
    "error ami_regions[0]",
    "error availability_zone",
    "error builder",
    "error iam_instance_profile",
    "error instance_type",
    "error kms_key_id",
    "error launch_block_device_mappings",
    "error region_kms_key_ids.eu-west-1",
    "error run_tags",
    "error ssh_keypair_name",
  ]);
  expect(changes(cloud)).toEqual([]);
});

test("a source AMI that is not found does not hide the other problems", async () => {
  await breakAccount(cloud, {
    rules: {
      allowedImages: { state: "enabled", managedBy: "declarative-policy", owners: ["amazon"] },
      quotas: { "L-1216C47A": 1 },
    },
  });
  const given = {
    encrypt_boot: true,
    kms_key_id: "alias/gone",
    subnet_id: "subnet-0123456789abcdef0",
    iam_instance_profile: "gone",
  };
  const problems = await problemsOf(given);
  expect(problems.map((line) => line.replace(/: .*/, "")).toSorted()).toEqual([
    "error iam_instance_profile",
    "error instance_type",
    "error kms_key_id",
    "error source_ami_filter",
    "error subnet_id",
    "warning source_ami_filter",
  ]);
  expect(problems).toContainEqual(
    expect.stringContaining(
      "Allowed AMIs is enabled in us-east-1 (managed by a declarative policy of the organization)",
    ),
  );
});
