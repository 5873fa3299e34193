import type { Mistake } from "../play.js";
import { template } from "../templates.js";

const WEB = { "web.json": template() };
const filter = (name: string, owner: string) => ({ filters: { name }, owners: [owner], most_recent: true });
const web = (options: Parameters<typeof template>[0]): Pick<Mistake, "files" | "does"> => ({
  files: { "web.json": template(options) },
  does: { template: "web.json" },
});
const ROLE = "arn:aws:iam::123456789012:role/bake";
const NO_KEYS = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_EC2_METADATA_DISABLED: "true" };

/** Mistakes that show only in the account, or with credentials. */
export const ACCOUNT: readonly Mistake[] = [
  {
    mistake: "has no credentials",
    files: WEB,
    env: NO_KEYS,
    does: { template: "web.json" },
    reads: [
      "error: No AWS credentials were found",
      "  at web.json:3:3",
      "  Region: us-east-1",
      '  Hint: Set the input "role-to-assume" (GitHub OpenID Connect), AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE or the option "profile"), or "access_key" and "secret_key" in the template. On EC2, attach an instance profile.',
    ],
  },
  {
    mistake: "has no credentials on the command line",
    files: WEB,
    env: NO_KEYS,
    does: ["build", "web.json"],
    reads: [
      "==> amazon-ebs: Error: No AWS credentials were found",
      "==> amazon-ebs:   at web.json:3:3",
      "==> amazon-ebs:   Region: us-east-1",
      '==> amazon-ebs:   Hint: Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE or the option "profile"), or keys in the template. On EC2, attach an instance profile.',
    ],
  },
  {
    mistake: "names a profile that does not exist",
    ...web({ profile: "prod" }),
    env: NO_KEYS,
    reads: [
      'error: No AWS credentials were found: profile "prod" has none',
      "  at web.json:3:3",
      "  Region: us-east-1",
      '  Hint: Set the input "role-to-assume" (GitHub OpenID Connect), AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE or the option "profile"), or "access_key" and "secret_key" in the template. On EC2, attach an instance profile.',
    ],
  },
  {
    mistake: "sets no Region",
    files: { "web.json": template({ region: null }) },
    does: { template: "web.json" },
    reads: [
      "error: No AWS Region is set",
      "  at web.json:3:3",
      '  Hint: Set "region" in the template, the input "aws-region", AWS_REGION, or a profile with a Region.',
    ],
  },
  {
    mistake: "sets no Region on the command line",
    files: { "web.json": template({ region: null }) },
    does: ["build", "web.json"],
    reads: [
      "==> amazon-ebs: Error: No AWS Region is set",
      "==> amazon-ebs:   at web.json:3:3",
      '==> amazon-ebs:   Hint: Set "region" in the template, -region, AWS_REGION, or a profile with a Region.',
    ],
  },
  {
    mistake: "forgets id-token: write",
    files: WEB,
    does: { template: "web.json", "role-to-assume": ROLE },
    reads: [
      'error: The job cannot request an OpenID Connect token, which the input "role-to-assume" needs',
      "  at web.json:3:3",
      "  Hint: Set these permissions in the job: { id-token: write, contents: read }.",
    ],
  },
  {
    mistake: "bakes with a role on a fork's pull request",
    files: WEB,
    env: { GITHUB_REPOSITORY: "acme/images" },
    event: { pull_request: { number: 7, head: { sha: "abc", repo: { full_name: "me/images" } } } },
    does: { template: "web.json", "role-to-assume": ROLE },
    reads: [
      'error: The job cannot request an OpenID Connect token, which the input "role-to-assume" needs',
      "  at web.json:3:3",
      "  Hint: Jobs of pull requests from forks get no secrets and no OpenID Connect token. Use the rehearse action for them, and bake after the merge.",
    ],
  },
  {
    mistake: "bakes with secrets on a fork's pull request",
    files: WEB,
    env: { ...NO_KEYS, GITHUB_REPOSITORY: "acme/images" },
    event: { pull_request: { number: 7, head: { sha: "abc", repo: { full_name: "me/images" } } } },
    does: { template: "web.json" },
    reads: [
      "error: No AWS credentials were found",
      "  at web.json:3:3",
      "  Region: us-east-1",
      "  Hint: Jobs of pull requests from forks get no secrets and no OpenID Connect token. Use the rehearse action for them, and bake after the merge.",
    ],
  },
  {
    mistake: "sets an endpoint at which nothing listens",
    files: WEB,
    env: { AWS_ENDPOINT_URL: "http://127.0.0.1:9" },
    does: { template: "web.json" },
    reads: [
      "error: Could not connect to URL for DescribeImages: connection refused (ECONNREFUSED)",
      "  at web.json:3:3",
      "  Region: us-east-1",
      '  Hint: Check "AWS_ENDPOINT_URL", which sets this address: start the server, correct the address, or remove the setting.',
    ],
  },
  {
    mistake: "filters for an image that does not exist",
    ...web({ source_ami_filter: filter("ubuntu-jammy-*", "099720109477") }),
    reads: [
      "error: No source AMI matches in us-east-1: name = ubuntu-jammy-*; owners 099720109477",
      "  at web.json:9:25",
      "  Region: us-east-1",
      '  Hint: Check the filter values and owners. Set "include_deprecated" to true to include deprecated AMIs. If the account uses the Allowed AMIs settings of EC2, they hide other AMIs.',
    ],
  },
  {
    mistake: "matches several images",
    ...web({ source_ami_filter: { filters: { name: "ubuntu*" }, owners: ["099720109477"] } }),
    reads: [
      "error: 15 source AMIs match in us-east-1, but exactly one is required: ami-086abf82925e5abc1 (ubuntu/images/hvm-ssd/ubuntu-trusty-14.04-amd64-server-20191107), ami-0f20e5ca7d8400d64 (ubuntu/images/hvm-ssd/ubuntu-xenial-16.04-amd64-server-20210928), ami-0750f196cecb99846 (ubuntu/images/hvm-ssd/ubuntu-xenial-16.04-arm64-server-20210928), …",
      "  at web.json:9:25",
      "  Region: us-east-1",
      '  Hint: Set "most_recent" to true to use the newest, or add filters.',
    ],
  },
  {
    mistake: "names a source AMI of another Region",
    ...web({ source_ami_filter: null, source_ami: "ami-0123456789abcdef0" }),
    reads: [
      "error: No source AMI matches in us-east-1: id ami-0123456789abcdef0",
      "  at web.json:9:18",
      "  Region: us-east-1",
      '  Hint: Check the id: AMI ids differ between Regions, and the AMI must exist and be shared with the account. "source_ami_filter" finds the newest AMI. If the account uses the Allowed AMIs settings of EC2, they hide other AMIs.',
    ],
  },
  {
    mistake: "names the source AMI by its name",
    ...web({ source_ami_filter: null, source_ami: "ubuntu-22.04" }),
    reads: [
      "error: No source AMI matches in us-east-1: id ubuntu-22.04",
      "  at web.json:9:18",
      "  Region: us-east-1",
      '  Hint: Check the id: AMI ids differ between Regions, and the AMI must exist and be shared with the account. "source_ami_filter" finds the newest AMI. If the account uses the Allowed AMIs settings of EC2, they hide other AMIs.',
    ],
  },
  {
    mistake: "names a subnet that does not exist",
    ...web({ subnet_id: "subnet-0123456789abcdef0" }),
    reads: [
      "error: AWS call ec2:DescribeSubnets in us-east-1 failed: \"The subnet ID 'subnet-0123456789abcdef0' does not exist\" (InvalidSubnetID.NotFound)",
      "  at web.json:18:17",
      "  Region: us-east-1",
      '  Hint: Set "subnet_id" to the ID of a subnet in us-east-1 (subnet-…), or use "subnet_filter".',
    ],
  },
  {
    mistake: "names a subnet by its ARN",
    ...web({ subnet_id: "arn:aws:ec2:us-east-1:123456789012:subnet/subnet-0123456789abcdef0" }),
    reads: [
      'error: AWS call ec2:DescribeSubnets in us-east-1 failed: "Invalid id: "arn:aws:ec2:us-east-1:123456789012:subnet/subnet-0123456789abcdef0" (expecting "subnet-...")" (InvalidSubnetID.Malformed)',
      "  at web.json:18:17",
      "  Region: us-east-1",
      '  Hint: Set "subnet_id" to the ID of a subnet in us-east-1 (subnet-…), or use "subnet_filter".',
    ],
  },
  {
    mistake: "names a VPC that does not exist",
    ...web({ vpc_id: "vpc-0123456789abcdef0" }),
    reads: [
      "error: AWS call ec2:DescribeVpcs in us-east-1 failed: \"The vpc ID 'vpc-0123456789abcdef0' does not exist\" (InvalidVpcID.NotFound)",
      "  at web.json:18:14",
      "  Region: us-east-1",
      '  Hint: Set "vpc_id" to the ID of a VPC in us-east-1 (vpc-…), or use "vpc_filter".',
    ],
  },
  {
    mistake: "names an instance type that does not exist",
    ...web({ instance_type: "t3.mirco" }),
    reads: [
      "error: AWS call ec2:RunInstances in us-east-1 failed: \"Invalid value 't3.mirco' for InstanceType.\" (InvalidParameterValue)",
      "  at web.json:6:21",
      "  Region: us-east-1",
      '  Hint: Set "instance_type" to an instance type that us-east-1 offers, for example "t3.small".',
    ],
  },
  {
    mistake: "names a security group that does not exist",
    ...web({ security_group_id: "sg-0123456789abcdef0" }),
    reads: [
      "error: AWS call ec2:RunInstances in us-east-1 failed: \"The security group 'sg-0123456789abcdef0' does not exist\" (InvalidGroup.NotFound)",
      "  at web.json:18:25",
      "  Region: us-east-1",
      '  Hint: Set "security_group_ids" to IDs of security groups (sg-…) of the subnet\'s VPC in us-east-1, or remove it: bake-ami creates a group.',
    ],
  },
  {
    mistake: "names an instance profile that does not exist",
    ...web({ iam_instance_profile: "web" }),
    reads: [
      'error: Instance profile "web" does not exist',
      "  at web.json:18:28",
      "  Resource: web",
      '  Hint: Set "iam_instance_profile" to the name of an instance profile. A role name or an ARN is not accepted.',
    ],
  },
  {
    mistake: "names a zone of another Region",
    ...web({ availability_zone: "eu-west-1a" }),
    reads: [
      'error: AWS call ec2:RunInstances in us-east-1 failed: "Value (eu-west-1a) for parameter availabilityZone is invalid. Invalid availability zone." (InvalidParameterValue)',
      "  at web.json:18:25",
      "  Region: us-east-1",
      '  Hint: Set "availability_zone" to a zone of us-east-1, or remove it: EC2 chooses a zone.',
    ],
  },
  {
    mistake: "names a key pair without its file",
    ...web({ communicator: "ssh", ssh_username: "ubuntu", ssh_keypair_name: "mine" }),
    reads: [
      'error: "ssh_keypair_name" needs the private key: "ssh_private_key_file" or "ssh_agent_auth"',
      "  at web.json:19:24",
    ],
  },
  {
    mistake: "names a private key that does not exist",
    ...web({ communicator: "ssh", ssh_username: "ubuntu", ssh_keypair_name: "mine", ssh_private_key_file: "mine.pem" }),
    reads: [
      'error: "ssh_private_key_file" is invalid: no such file: "mine.pem"',
      "  at web.json:20:28",
      "  Hint: Check the path. Relative paths start from the working directory, not from the template's directory.",
    ],
  },
  {
    mistake: "names a key pair that does not exist",
    files: {
      "web.json": template({
        communicator: "ssh",
        ssh_username: "ubuntu",
        ssh_keypair_name: "mine",
        ssh_agent_auth: true,
      }),
    },
    env: { SSH_AUTH_SOCK: "agent" },
    does: { template: "web.json" },
    reads: [
      "error: AWS call ec2:RunInstances in us-east-1 failed: \"The key pair 'mine' does not exist\" (InvalidKeyPair.NotFound)",
      "  at web.json:19:24",
      "  Region: us-east-1",
      '  Hint: Set "ssh_keypair_name" to the name of a key pair in us-east-1, or remove it: bake-ami creates a key pair.',
    ],
  },
];
