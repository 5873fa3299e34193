import type { Mistake } from "../play.js";
import { fileTemplate, hclTemplate, template } from "../templates.js";

const GOOD = { "web.json": fileTemplate() };

/** Mistakes in the inputs of the action that name the template, builds and the parameter. */
export const TEMPLATE_INPUTS: readonly Mistake[] = [
  {
    mistake: "names a working directory that does not exist",
    files: GOOD,
    does: { template: "web.json", "working-directory": "imags" },
    reads: [
      'error: Input "working-directory" is not a directory: "DIR/imags"',
      "  Hint: The path is relative to the workspace. Check out the repository before this step.",
    ],
  },
  {
    mistake: "names a file as the working directory",
    files: GOOD,
    does: { template: "web.json", "working-directory": "web.json" },
    reads: [
      'error: Input "working-directory" is not a directory: "DIR/web.json"',
      "  Hint: The path is relative to the workspace. Check out the repository before this step.",
    ],
  },
  {
    mistake: "repeats the working directory in the template's path",
    files: { "images/web.json": fileTemplate() },
    does: { template: "images/web.json", "working-directory": "images" },
    reads: [
      'error: Could not read "images/web.json": no such file or directory',
      '  Hint: Check the path. Relative paths start from the input "working-directory". If the repository is missing, run actions/checkout before this step.',
    ],
  },
  {
    mistake: "misspells the template",
    files: GOOD,
    does: { template: "wbe.json" },
    reads: [
      'error: Could not read "wbe.json": no such file or directory',
      '  Hint: Check the path. Relative paths start from the input "working-directory". If the repository is missing, run actions/checkout before this step.',
    ],
  },
  {
    mistake: "forgets to check out the repository",
    does: { template: "images/web.json" },
    reads: [
      'error: Could not read "images/web.json": no such file or directory',
      '  Hint: Check the path. Relative paths start from the input "working-directory". If the repository is missing, run actions/checkout before this step.',
    ],
  },
  {
    mistake: "sets a YAML file as the template",
    files: { "web.yaml": "builders:\n  - type: amazon-ebs\n" },
    does: { template: "web.yaml" },
    reads: [
      'error: Template "web.yaml" is a YAML file',
      "  Hint: Packer templates are JSON or HCL2. Convert the template to HCL2 (.pkr.hcl) or JSON (.json).",
      'error: Expected a key in double quotes, found "builders"',
      "  at web.yaml:1:1",
      "  Hint: Put the key in double quotes.",
    ],
  },
  {
    mistake: "sets a directory without templates",
    files: { "images/README.md": "" },
    does: { template: "images" },
    reads: [
      'error: Could not find any config file in "images"',
      '  The name of a config file must end with ".pkr.hcl" or ".pkr.json".',
      "  Hint: Set the path of a template, or of a directory with templates.",
    ],
  },
  {
    mistake: "sets a directory of JSON templates",
    files: { "images/web.json": fileTemplate() },
    does: { template: "images" },
    reads: [
      'error: Could not find any config file in "images"',
      '  The name of a config file must end with ".pkr.hcl" or ".pkr.json".',
      '  Hint: Set the path of one JSON template, for example "images/web.json".',
    ],
  },
  {
    mistake: "names an HCL2 file .hcl",
    files: { "web.hcl": hclTemplate() },
    does: { template: "web.hcl" },
    reads: [
      'error: Template "web.hcl" is read as JSON, because its name does not end with ".pkr.hcl"',
      '  Hint: If it is an HCL2 template, rename it to "web.pkr.hcl".',
      'error: Unexpected "source"',
      "  at web.hcl:1:1",
    ],
  },
  {
    mistake: "lists two templates",
    files: GOOD,
    does: { template: "web.json\ndb.json" },
    reads: [
      'error: Input "template" must be the path of one template',
      "  Hint: Use one job per template. The matrix action lists them.",
    ],
  },
  {
    mistake: "writes a glob as the template",
    files: GOOD,
    does: { template: "*.json" },
    reads: [
      'error: Could not read "*.json": no such file or directory',
      '  Hint: Check the path. Relative paths start from the input "working-directory". If the repository is missing, run actions/checkout before this step.',
    ],
  },
  {
    mistake: "selects a build that does not exist",
    files: GOOD,
    does: { template: "web.json", only: "fiel" },
    reads: [
      'warning: Input "only" contains "fiel", but no build has this name',
      "  Hint: Use one of these names: file.",
      "error: No builds to run: all builds are excluded",
      "  Hint: Select one of these builds: file.",
    ],
  },
  {
    mistake: "excludes all builds",
    files: GOOD,
    does: { template: "web.json", except: "file" },
    reads: ["error: No builds to run: all builds are excluded", "  Hint: Select one of these builds: file."],
  },
  {
    mistake: "writes a parameter without a slash",
    files: { "web.json": template() },
    does: { template: "web.json", "ssm-parameter": "images/web/latest" },
    reads: [
      'error: Parameter name "images/web/latest" has levels but does not start with "/"',
      '  Hint: Change "ssm-parameter" or "image".',
    ],
  },
  {
    mistake: "writes a parameter with an unknown placeholder",
    files: { "web.json": template() },
    does: { template: "web.json", "ssm-parameter": "/images/{name}/latest" },
    reads: [
      'error: Unknown placeholder "{name}" in the parameter name "/images/{name}/latest"',
      "  Hint: Use {image}, {build}, {region}, {arch}.",
    ],
  },
  {
    mistake: "writes a parameter below /aws",
    files: { "web.json": template() },
    does: { template: "web.json", "ssm-parameter": "/aws/images/web" },
    reads: [
      'error: Parameter name "/aws/images/web" starts with "aws" or "ssm", which are reserved',
      '  Hint: Change "ssm-parameter" or "image".',
    ],
  },
  {
    mistake: "writes the ARN of a parameter",
    files: { "web.json": template() },
    does: { template: "web.json", "ssm-parameter": "arn:aws:ssm:us-east-1:123456789012:parameter/web" },
    reads: [
      'error: Parameter name "arn:aws:ssm:us-east-1:123456789012:parameter/web" has characters other than letters, digits and . - _ /',
      '  Hint: Change "ssm-parameter" or "image".',
    ],
  },
  {
    mistake: "leaves out the placeholder of several builds",
    files: { "web.json": template() },
    does: { template: "web.json", "ssm-parameter": "/images/{image" },
    reads: [
      'error: Parameter name "/images/{image" has characters other than letters, digits and . - _ /',
      '  Hint: Change "ssm-parameter" or "image".',
    ],
  },
];
