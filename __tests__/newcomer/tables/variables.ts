import type { Mistake } from "../play.js";
import { FILE, fileTemplate, hclTemplate } from "../templates.js";

const TYPED = hclTemplate(
  'variable "version" {\n  type = string\n}\n\nvariable "count" {\n  type    = number\n  default = 1\n}\n\n',
);
const JSON_VERSION = fileTemplate({ variables: { version: "" } });

/** Mistakes with variables. */
export const VARIABLES: readonly Mistake[] = [
  {
    mistake: "quotes a value in the input variables",
    files: { "web.pkr.hcl": TYPED },
    does: { template: "web.pkr.hcl", variables: 'version="1.2"' },
    reads: [
      'warning: Input "variables" sets "version" to a value with quotes',
      "  Hint: Write version=VALUE without quotes and without spaces next to the equals sign.",
    ],
  },
  {
    mistake: "writes the input variables as YAML",
    files: { "web.pkr.hcl": TYPED },
    does: { template: "web.pkr.hcl", variables: "version: 1.2" },
    reads: [
      'error: Input "variables" must have the form name=value, not "version: 1.2"',
      "  Hint: Write version=VALUE, with an equals sign instead of the colon, and without quotes.",
    ],
  },
  {
    mistake: "writes the input variables as HCL2",
    files: { "web.pkr.hcl": TYPED },
    does: { template: "web.pkr.hcl", variables: 'version = "1.2"' },
    reads: [
      'warning: Input "variables" sets "version" to a value with quotes',
      "  Hint: Write version=VALUE without quotes and without spaces next to the equals sign.",
    ],
  },
  {
    mistake: "writes the input variables as flags",
    files: { "web.pkr.hcl": TYPED },
    does: { template: "web.pkr.hcl", variables: "-var version=1.2" },
    reads: ['error: Input "variables" must have the form name=value, without "-var"', "  Hint: Write version=VALUE."],
  },
  {
    mistake: "separates variables by commas",
    files: { "web.pkr.hcl": TYPED },
    does: { template: "web.pkr.hcl", variables: "count=2,version=1.2" },
    reads: [
      'error: The value of variable "count" is not compatible with its type',
      "  A number is required.",
      'error: Unset variable "version"',
      "  at web.pkr.hcl:1:1",
      "  A used variable must be set or have a default value.",
      '  Hint: Set it in the input "variables" or in a file of the input "variable-files", or add a default.',
    ],
  },
  {
    mistake: "writes the input variables as JSON",
    files: { "web.pkr.hcl": TYPED },
    does: { template: "web.pkr.hcl", variables: '{"version": "1.2"}' },
    reads: [
      'error: Input "variables" must have the form name=value, not "{"version": "1.2"}"',
      "  Hint: Write name=value, one variable per line.",
    ],
  },
  {
    mistake: "sets no required variable in HCL2",
    files: { "web.pkr.hcl": TYPED },
    does: { template: "web.pkr.hcl" },
    reads: [
      'error: Unset variable "version"',
      "  at web.pkr.hcl:1:1",
      "  A used variable must be set or have a default value.",
      '  Hint: Set it in the input "variables" or in a file of the input "variable-files", or add a default.',
    ],
  },
  {
    mistake: "sets no required variable in JSON",
    files: { "web.json": fileTemplate({ variables: { version: null } }) },
    does: { template: "web.json" },
    reads: [
      "error: Required variable not set: version",
      "  at web.json:3:3",
      '  Hint: Set it in the input "variables", or in a file of the input "variable-files".',
    ],
  },
  {
    mistake: "sets no required variable on the command line",
    files: { "web.pkr.hcl": TYPED },
    does: ["validate", "web.pkr.hcl"],
    reads: [
      'Error: Unset variable "version"',
      "  at web.pkr.hcl:1:1",
      "  A used variable must be set or have a default value.",
      "  Hint: Set it with -var version=VALUE, in a variable file or with PKR_VAR_version, or add a default.",
    ],
  },
  {
    mistake: "misspells a variable",
    files: { "web.pkr.hcl": TYPED },
    does: { template: "web.pkr.hcl", variables: "version=1\nvesion=2" },
    reads: ['error: Variable "vesion" was set but is not declared in the template', '  Hint: Did you mean "version"?'],
  },
  {
    mistake: "misspells a variable in JSON",
    files: { "web.json": JSON_VERSION },
    does: { template: "web.json", variables: "vesion=2" },
    reads: [],
  },
  {
    mistake: "sets a word for a number",
    files: { "web.pkr.hcl": TYPED },
    does: { template: "web.pkr.hcl", variables: "version=1\ncount=two" },
    reads: ['error: The value of variable "count" is not compatible with its type', "  A number is required."],
  },
  {
    mistake: "names a variable file that does not exist",
    files: { "web.pkr.hcl": TYPED },
    does: { template: "web.pkr.hcl", "variable-files": "prod.pkrvars.hcl" },
    reads: [
      'error: Could not read "prod.pkrvars.hcl": no such file or directory',
      '  Hint: Check the path. Relative paths start from "DIR".',
      'error: Unset variable "version"',
      "  at web.pkr.hcl:1:1",
      "  A used variable must be set or have a default value.",
      '  Hint: Set it in the input "variables" or in a file of the input "variable-files", or add a default.',
    ],
  },
  {
    mistake: "names a directory as variable file",
    files: { "web.pkr.hcl": TYPED, "vars/prod.hcl": "" },
    does: { template: "web.pkr.hcl", "variable-files": "vars" },
    reads: [
      'error: "vars" is not a variable file',
      '  Hint: Use a file whose name ends with ".hcl" or ".json".',
      'error: Unset variable "version"',
      "  at web.pkr.hcl:1:1",
      "  A used variable must be set or have a default value.",
      '  Hint: Set it in the input "variables" or in a file of the input "variable-files", or add a default.',
    ],
  },
  {
    mistake: "writes a variable file in YAML",
    files: { "web.pkr.hcl": TYPED, "vars.yml": "version: 1.2\n" },
    does: { template: "web.pkr.hcl", "variable-files": "vars.yml" },
    reads: [
      'error: "vars.yml" is not a variable file',
      '  Hint: Use a file whose name ends with ".hcl" or ".json".',
      'error: Unset variable "version"',
      "  at web.pkr.hcl:1:1",
      "  A used variable must be set or have a default value.",
      '  Hint: Set it in the input "variables" or in a file of the input "variable-files", or add a default.',
    ],
  },
  {
    mistake: "uses a variable that is not declared",
    files: {
      "web.json": fileTemplate({ variables: {}, builders: [{ ...FILE, content: "{{user `nmae`}}" }] }).replace(
        /"builders": \[\n {2}\{\n[\s\S]*$/,
        '"builders": [{"type": "file", "target": "t", "content": "{{user `nmae`}}"}]\n}',
      ),
    },
    does: { template: "web.json" },
    reads: [
      'warning: Variable "nmae" is not declared: its value is empty',
      "  at web.json:3:61",
      '  Hint: Declare it in the template, or set it in the input "variables".',
    ],
  },
  {
    mistake: "uses a misspelled variable in HCL2",
    files: { "web.pkr.hcl": hclTemplate('variable "name" {\n  default = "a"\n}\n\nlocals {\n  x = var.nmae\n}\n\n') },
    does: { template: "web.pkr.hcl" },
    reads: ['error: Variable "nmae" is not declared', "  at web.pkr.hcl:6:11", '  Hint: Did you mean "name"?'],
  },
  {
    mistake: "uses a local as a variable",
    files: { "web.pkr.hcl": hclTemplate('locals {\n  name = "a"\n  x    = var.name\n}\n\n') },
    does: { template: "web.pkr.hcl" },
    reads: [
      'error: Variable "name" is not declared',
      "  at web.pkr.hcl:3:14",
      '  Hint: Declare it with variable "name" { … }.',
    ],
  },
  {
    mistake: "gives -var no equals sign",
    files: { "web.pkr.hcl": TYPED },
    does: ["build", "-var", "version", "web.pkr.hcl"],
    reads: [
      'Error: Flag "-var" must have the form name=value, not "version"',
      "  Hint: Write name=value, one variable per line.",
    ],
  },
  {
    mistake: "puts a space after the equals sign of -var",
    files: { "web.pkr.hcl": TYPED },
    does: ["build", "-var", "version=", "1.2", "web.pkr.hcl"],
    reads: [
      "Usage: bake-ami build [options] TEMPLATE",
      'Too many arguments: "1.2", "web.pkr.hcl"; at most 1 is allowed',
    ],
  },
  {
    mistake: "breaks a validation",
    files: {
      "web.pkr.hcl": hclTemplate(
        'variable "env" {\n  type = string\n  validation {\n    condition     = contains(["dev", "prod"], var.env)\n    error_message = "The env must be dev or prod."\n  }\n}\n\n',
      ),
    },
    does: { template: "web.pkr.hcl", variables: "env=production" },
    reads: [
      'error: Invalid value for variable "env"',
      "  The env must be dev or prod.",
      "  Checked by this validation rule:",
      "  at web.pkr.hcl:3:3",
    ],
  },
];
