import type { Mistake } from "../play.js";
import { fileTemplate } from "../templates.js";

/** Mistakes in the inputs of the other actions. */
export const OTHER_ACTIONS: readonly Mistake[] = [
  {
    mistake: "promotes without a parameter",
    step: "promote",
    does: { artifact: "ami-0123456789abcdef0" },
    reads: [
      'error: Input "parameter" is required',
      '  Hint: Set it under "with:", for example "parameter: /images/web/latest".',
    ],
  },
  {
    mistake: "promotes without an artifact",
    step: "promote",
    does: { parameter: "/images/web/prod" },
    reads: [
      'error: Input "artifact" is required',
      '  Hint: Set it under "with:", for example "artifact: ${{ steps.bake.outputs.artifact-id }}".',
    ],
  },
  {
    mistake: "promotes the output of a bake that was skipped",
    step: "promote",
    does: { parameter: "/images/web/prod", artifact: "{}" },
    reads: [
      'error: Input "artifact" contains no AMI ID: "{}"',
      "  Hint: The bake that set this value made no AMI. Promote only after a successful bake.",
    ],
  },
  {
    mistake: "promotes a name",
    step: "promote",
    does: { parameter: "/images/web/prod", artifact: "web-1" },
    reads: [
      'error: Input "artifact" is not an AMI ID, a parameter or a fingerprint: "web-1"',
      '  Hint: Use an AMI ID, IDs by Region ("us-east-1:ami-1,eu-west-1:ami-2", or the JSON of the output "ami-ids"), a parameter ("/images/web/latest", optionally with ":label" or ":version"; "parameter:NAME" for a name without a slash), or "fingerprint:HASH".',
    ],
  },
  {
    mistake: "promotes an image that does not exist",
    step: "promote",
    env: { AWS_REGION: "us-east-1" },
    does: { parameter: "/images/web/prod", artifact: "ami-0123456789abcdef0" },
    reads: [
      "error: The checks before the update failed: us-east-1: ami-0123456789abcdef0 does not exist, is disabled, or is not shared with this account",
      '  Hint: Fix the problems listed above, or set the input "regions". Nothing was changed: all Regions are checked first.',
    ],
  },
  {
    mistake: "promotes a parameter that does not exist",
    step: "promote",
    env: { AWS_REGION: "us-east-1" },
    does: { parameter: "/images/web/prod", artifact: "/images/web/latest" },
    reads: [
      'error: Parameter "/images/web/latest" has no image in any Region. Nothing was changed',
      '  Hint: Use an AMI ID, IDs by Region ("us-east-1:ami-1,eu-west-1:ami-2", or the JSON of the output "ami-ids"), a parameter ("/images/web/latest", optionally with ":label" or ":version"; "parameter:NAME" for a name without a slash), or "fingerprint:HASH".',
    ],
  },
  {
    mistake: "promotes without a Region",
    step: "promote",
    does: { parameter: "/images/web/prod", artifact: "ami-0123456789abcdef0" },
    reads: [
      "error: No AWS Region is set",
      '  Hint: Set the input "aws-region", AWS_REGION, or a profile with a Region.',
    ],
  },
  {
    mistake: "rolls back with an artifact",
    step: "promote",
    does: { parameter: "/images/web/prod", rollback: "true", artifact: "ami-0123456789abcdef0" },
    reads: [
      'error: Input "artifact" cannot be used with "rollback"',
      "  Hint: A rollback always uses the previous image. Remove one of the two inputs.",
    ],
  },
  {
    mistake: "rolls back and prunes",
    step: "promote",
    does: { parameter: "/images/web/prod", rollback: "true", keep: "3" },
    reads: [
      'error: Input "keep" cannot be used with "rollback"',
      "  Hint: A rollback removes no images. Remove one of the two inputs.",
    ],
  },
  {
    mistake: "shares with an account's name",
    step: "promote",
    does: { parameter: "/images/web/prod", artifact: "ami-0123456789abcdef0", "shared-with": "staging" },
    reads: [
      'error: Input "shared-with" is not a valid AWS account ID: "staging"',
      "  Hint: An account ID has 12 digits.",
    ],
  },
  {
    mistake: "rolls back a parameter that does not exist",
    step: "promote",
    env: { AWS_REGION: "us-east-1" },
    does: { parameter: "/images/web/prod", rollback: "true", regions: "us-east-1" },
    reads: [
      'error: Parameter "/images/web/prod" does not exist in us-east-1. Nothing was changed',
      '  Hint: Set "regions" to the Regions in which it exists.',
    ],
  },
  {
    mistake: "writes a label that begins with a digit",
    step: "promote",
    env: { AWS_REGION: "us-east-1" },
    does: { parameter: "/images/web/prod", artifact: "ami-0123456789abcdef0", label: "1st" },
    reads: [
      'error: Label "1st" is invalid: use letters, digits and . - _, and do not start with a digit, "aws" or "ssm"',
    ],
  },
  {
    mistake: "prunes without a number",
    step: "prune",
    does: {},
    reads: [
      'error: One of the inputs "keep" and "keep-days" is required',
      '  Hint: Set which images to keep, for example "keep: 5" (the newest five) or "keep-days: 30".',
    ],
  },
  {
    mistake: "prunes a Region that does not exist",
    step: "prune",
    env: { AWS_REGION: "us-east-1" },
    does: { keep: "3", regions: "us-east-9" },
    reads: [
      'error: Input "regions" contains a Region that does not exist: "us-east-9"',
      '  Hint: Did you mean "us-east-1"?',
    ],
  },
  {
    mistake: "sweeps a Region that does not exist",
    step: "sweep",
    env: { AWS_REGION: "us-east-1" },
    does: { regions: "us-east-9" },
    reads: [
      'error: Input "regions" contains a Region that does not exist: "us-east-9"',
      '  Hint: Did you mean "us-east-1"?',
    ],
  },
  {
    mistake: "sweeps with a word for a boolean",
    step: "sweep",
    does: { "dry-run": "sure" },
    reads: ['error: Input "dry-run" must be true or false, not "sure"'],
  },
  {
    mistake: "lists the jobs of a directory that does not exist",
    step: "matrix",
    does: { path: "imags" },
    reads: [
      'error: Could not read "imags": no such file or directory',
      '  Hint: Check the path. Relative paths start from "DIR".',
    ],
  },
  {
    mistake: "lists the jobs of a directory without templates",
    step: "matrix",
    files: { "images/README.md": "" },
    does: { path: "images" },
    reads: [
      'error: No template found in "images"',
      "  Hint: A template is a JSON file with builders, or a directory with *.pkr.hcl or *.pkr.json files.",
    ],
  },
  {
    mistake: "lists the jobs of a broken template",
    step: "matrix",
    files: { "images/web.json": '{"builders": [' },
    does: { path: "images" },
    reads: ['error: Missing "]"', "  at images/web.json:1:15", '  Hint: Close every list that starts with "[".'],
  },
  {
    mistake: "plans without a template",
    step: "plan",
    does: { local: "true" },
    reads: [
      'error: Input "template" is required',
      '  Hint: Set it under "with:", for example "template: images/web.json".',
    ],
  },
  {
    mistake: "plans in a directory that does not exist",
    step: "plan",
    does: { template: "web.json", "working-directory": "imgaes" },
    reads: [
      'error: Input "working-directory" is not a directory: "DIR/imgaes"',
      "  Hint: The path is relative to the workspace. Check out the repository before this step.",
    ],
  },
  {
    mistake: "plans with a word for local",
    step: "plan",
    does: { template: "web.json", local: "localhost" },
    reads: ['error: Input "local" must be true or false, not "localhost"'],
  },
  {
    mistake: "rehearses without a template",
    step: "rehearse",
    does: {},
    reads: [
      'error: Input "template" is required',
      '  Hint: Set it under "with:", for example "template: images/web.json".',
    ],
  },
  {
    mistake: "rehearses a template that does not exist",
    step: "rehearse",
    files: { "web.json": fileTemplate() },
    does: { template: "wbe.json" },
    reads: [
      'error: Could not read "wbe.json": no such file or directory',
      '  Hint: Check the path. Relative paths start from the input "working-directory". If the repository is missing, run actions/checkout before this step.',
    ],
  },
];
