import type { Mistake } from "../play.js";
import { fileTemplate, template } from "../templates.js";

const GOOD = { "web.json": fileTemplate() };

/** Mistakes in the inputs of the action. */
export const INPUTS: readonly Mistake[] = [
  {
    mistake: "sets no template",
    does: {},
    reads: [
      'error: Input "template" is required',
      '  Hint: Set it under "with:", for example "template: images/web.json".',
    ],
  },
  {
    mistake: "misspells a boolean",
    files: GOOD,
    does: { template: "web.json", force: "yse" },
    reads: ['error: Input "force" must be true or false, not "yse"'],
  },
  {
    mistake: "writes yes for true",
    files: GOOD,
    does: { template: "web.json", "skip-unchanged": "yes" },
    reads: ['error: Input "skip-unchanged" must be true or false, not "yes"'],
  },
  {
    mistake: "writes a number as a word",
    files: GOOD,
    does: { template: "web.json", "parallel-builds": "two" },
    reads: ['error: Input "parallel-builds" must be a whole number of at least 0, not "two"'],
  },
  {
    mistake: "keeps no image",
    files: GOOD,
    does: { template: "web.json", keep: "0" },
    reads: ['error: Input "keep" must be a whole number of at least 1, not "0"'],
  },
  {
    mistake: "forgets the unit of an age",
    files: GOOD,
    does: { template: "web.json", "skip-unchanged": "true", "max-age": "7" },
    reads: [
      'error: Input "max-age" must be a duration such as "7d" or "12h", not "7"',
      "  Hint: Write a number followed by a unit: s, m, h, d or w.",
    ],
  },
  {
    mistake: "misspells the mode of the comment",
    files: GOOD,
    does: { template: "web.json", comment: "true" },
    reads: ['error: Input "comment" must be one of "auto", "always", "never", not "true"'],
  },
  {
    mistake: "misspells on-error",
    files: GOOD,
    does: { template: "web.json", "on-error": "clean" },
    reads: ['error: Input "on-error" must be one of "cleanup", "abort", "ask", "run-cleanup-provisioner", not "clean"'],
  },
  {
    mistake: "misspells packages",
    files: GOOD,
    does: { template: "web.json", packages: "on" },
    reads: ['error: Input "packages" must be one of "auto", "compare", "off", not "on"'],
  },
  {
    mistake: "misspells missing-region",
    files: GOOD,
    does: { template: "web.json", "missing-region": "ignore" },
    reads: ['error: Input "missing-region" must be one of "fail", "warn", not "ignore"'],
  },
  {
    mistake: "writes a Region without hyphens",
    files: GOOD,
    does: { template: "web.json", "aws-region": "useast1" },
    reads: [
      'error: Input "aws-region" is not a valid Region name: "useast1"',
      '  Hint: Use a name such as "eu-west-1".',
    ],
  },
  {
    mistake: "writes a zone as the Region",
    files: GOOD,
    does: { template: "web.json", "aws-region": "us-east-1a" },
    reads: [
      'error: Input "aws-region" is not a valid Region name: "us-east-1a"',
      '  Hint: Use "us-east-1": "us-east-1a" is an Availability Zone.',
    ],
  },
  {
    mistake: "writes a display name as the Region",
    files: GOOD,
    does: { template: "web.json", "aws-region": "US East (Ohio)" },
    reads: [
      'error: Input "aws-region" is not a valid Region name: "US East (Ohio)"',
      '  Hint: Use names such as "eu-west-1". Several names are separated by commas or line breaks, without brackets, quotes or hyphens.',
    ],
  },
  {
    mistake: "writes the Region in capitals",
    files: GOOD,
    does: { template: "web.json", "aws-region": "US-EAST-1" },
    reads: ['error: Input "aws-region" is not a valid Region name: "US-EAST-1"', '  Hint: Use "us-east-1".'],
  },
  {
    mistake: "names a Region that does not exist",
    files: { "web.json": template({ region: null }) },
    does: { template: "web.json", "aws-region": "us-east-9" },
    reads: [
      'error: Input "aws-region" is a Region that does not exist: "us-east-9"',
      "  at web.json:3:3",
      '  Hint: Did you mean "us-east-1"?',
    ],
  },
  {
    mistake: "lists a Region that does not exist",
    files: { "web.json": template() },
    does: { template: "web.json", regions: "eu-west-1,us-esat-2" },
    reads: [
      'error: Input "regions" contains a Region that does not exist: "us-esat-2"',
      "  at web.json:3:3",
      '  Hint: Did you mean "us-east-2"?',
    ],
  },
  {
    mistake: "lists the Regions as JSON",
    files: GOOD,
    does: { template: "web.json", regions: '["us-east-1", "eu-west-1"]' },
    reads: [
      'error: Input "regions" is not a valid Region name: "["us-east-1""',
      '  Hint: Use names such as "eu-west-1". Several names are separated by commas or line breaks, without brackets, quotes or hyphens.',
      'error: Input "regions" is not a valid Region name: ""eu-west-1"]"',
      '  Hint: Use names such as "eu-west-1". Several names are separated by commas or line breaks, without brackets, quotes or hyphens.',
    ],
  },
  {
    mistake: "lists the Regions with spaces",
    files: GOOD,
    does: { template: "web.json", regions: "us-east-1 eu-west-1" },
    reads: [
      'error: Input "regions" is not a valid Region name: "us-east-1 eu-west-1"',
      '  Hint: Use names such as "eu-west-1". Several names are separated by commas or line breaks, without brackets, quotes or hyphens.',
    ],
  },
  {
    mistake: "lists the Regions as YAML items",
    files: GOOD,
    does: { template: "web.json", regions: "- us-east-1\n- eu-west-1" },
    reads: [
      'error: Input "regions" is not a valid Region name: "- us-east-1"',
      '  Hint: Use names such as "eu-west-1". Several names are separated by commas or line breaks, without brackets, quotes or hyphens.',
      'error: Input "regions" is not a valid Region name: "- eu-west-1"',
      '  Hint: Use names such as "eu-west-1". Several names are separated by commas or line breaks, without brackets, quotes or hyphens.',
    ],
  },
  {
    mistake: "writes an address that is no network",
    files: GOOD,
    does: { template: "web.json", "ssh-source-cidrs": "203.0.113.7/33" },
    reads: [
      'error: Input "ssh-source-cidrs" is not a valid CIDR block: "203.0.113.7/33"',
      '  Hint: Use the form "203.0.113.7/32".',
    ],
  },
  {
    mistake: "writes the name of a role for its ARN",
    files: GOOD,
    does: { template: "web.json", "role-to-assume": "bake" },
    reads: [
      'error: Input "role-to-assume" must be the ARN of an IAM role, not "bake"',
      '  Hint: Use an ARN such as "arn:aws:iam::123456789012:role/bake".',
    ],
  },
  {
    mistake: "writes the ARN of a user for a role",
    files: GOOD,
    does: { template: "web.json", "role-to-assume": "arn:aws:iam::123456789012:user/ci" },
    reads: [
      'error: Input "role-to-assume" must be the ARN of an IAM role, not "arn:aws:iam::123456789012:user/ci"',
      '  Hint: Use an ARN such as "arn:aws:iam::123456789012:role/bake".',
    ],
  },
  {
    mistake: "writes the ARN of an instance profile for a role",
    files: GOOD,
    does: { template: "web.json", "role-to-assume": "arn:aws:iam::123456789012:instance-profile/web" },
    reads: [
      'error: Input "role-to-assume" must be the ARN of an IAM role, not "arn:aws:iam::123456789012:instance-profile/web"',
      '  Hint: Use an ARN such as "arn:aws:iam::123456789012:role/bake".',
    ],
  },
  {
    mistake: "writes a session name with spaces",
    files: GOOD,
    does: { template: "web.json", "role-session-name": "my bake" },
    reads: [
      'error: Input "role-session-name" must have 2 to 64 characters (letters, digits and +=,.@-_), not "my bake"',
    ],
  },
  {
    mistake: "writes a session policy that is no JSON",
    files: GOOD,
    does: { template: "web.json", "role-session-policy": "Version: 2012-10-17" },
    reads: [
      'error: Input "role-session-policy" must be valid JSON',
      "  Hint: Set an IAM policy document that limits the permissions of the role.",
    ],
  },
  {
    mistake: "sets a max-age without skip-unchanged",
    files: GOOD,
    does: { template: "web.json", "max-age": "7d" },
    reads: ['warning: Input "max-age" has no effect without "skip-unchanged"', '  Hint: Set "skip-unchanged" to true.'],
  },
  {
    mistake: "forgets the unit of test-timeout",
    files: GOOD,
    does: { template: "web.json", "boot-test": "true", "test-timeout": "45" },
    reads: [
      'error: Input "test-timeout" must be a duration such as "45m" or "1h", not "45"',
      "  Hint: Write a number followed by a unit: s, m or h.",
    ],
  },
  {
    mistake: "keeps failed images without testing any",
    files: GOOD,
    does: { template: "web.json", "on-test-failure": "keep" },
    reads: [
      'warning: Input "on-test-failure" has no effect without "test" or "boot-test"',
      '  Hint: Set "test", or set "boot-test" to true.',
    ],
  },
  {
    mistake: "compares packages without a parameter",
    files: GOOD,
    does: { template: "web.json", packages: "compare" },
    reads: [
      'warning: Input "packages" is set to "compare", which has no effect without "ssm-parameter"',
      '  Hint: The packages are compared with those of the image that "ssm-parameter" names. Set "ssm-parameter".',
    ],
  },
  {
    mistake: "sets keep-names alone",
    files: GOOD,
    does: { template: "web.json", "keep-names": "web-*" },
    reads: [
      'error: Input "keep-names" has no effect without "keep" or "keep-days"',
      '  Hint: Set "keep", "keep-days" or both.',
    ],
  },
  {
    mistake: "keeps the names of all images",
    files: GOOD,
    does: { template: "web.json", keep: "3", "keep-names": "*" },
    reads: [
      'error: Input "keep-names" must have at least three letters or digits, not "*"',
      '  Hint: Use a longer part of the name, with * for the part that changes, such as "web-*".',
    ],
  },
  {
    mistake: "asks for a comment without a token",
    files: { "web.json": fileTemplate() },
    event: { pull_request: { number: 7, head: { sha: "abc", repo: { full_name: "acme/images" } } } },
    env: { GITHUB_REPOSITORY: "acme/images", GITHUB_EVENT_NAME: "pull_request" },
    does: { template: "web.json", comment: "always", "github-token": "" },
    reads: [
      'notice: No comment was written: the input "github-token" is empty',
      "  Hint: Remove the input to use the token of the job, or set it to ${{ github.token }}.",
    ],
  },
  {
    mistake: "asks for a comment without pull-requests: write",
    files: { "web.json": fileTemplate() },
    event: { pull_request: { number: 7, head: { sha: "abc", repo: { full_name: "acme/images" } } } },
    env: { GITHUB_REPOSITORY: "acme/images", GITHUB_EVENT_NAME: "pull_request" },
    github: { readOnly: true },
    does: { template: "web.json", comment: "always", "github-token": "secret" },
    reads: [
      "notice: The token has no permission to comment on the pull request",
      '  Hint: Set the permission "pull-requests: write" in the job, or set the input "comment" to "never".',
    ],
  },
];
