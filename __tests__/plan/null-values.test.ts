import { describe, expect, test } from "@jest/globals";
import { catalog } from "../../src/catalog.js";
import type { CheckContext } from "../../src/options/schema.js";
import { makePlan } from "../../src/plan/make-plan.js";
import { loadText } from "../template/hcl/loading.js";
import { load as loadJson } from "../template/json/loading.js";

const CHECKS: CheckContext = {
  pathKind: () => "file",
  pathFromTemplate: () => undefined,
  readText: () => "",
  env: () => undefined,
  now: () => 0,
};

type Loaded = ReturnType<typeof loadText>;

/** Errors as `summary @line:column`. */
function errorsOf(loaded: Loaded): readonly string[] {
  const planned = loaded.template && makePlan(loaded.template, catalog, CHECKS);
  return [...loaded.diagnostics, ...(planned?.diagnostics ?? [])]
    .filter(({ severity }) => severity === "error")
    .map(({ summary, range }) => `${summary} @${range?.start.line}:${range?.start.column}`);
}

const NOT_ALLOWED = "null value is not allowed";
const refused = (path: string, place: string) => [`"${path}" is null: ${NOT_ALLOWED} @${place}`];

/** A template whose builder has the option in line 8; `parts` begin in line 12. */
function hcl(option: string, parts = "", before = ""): Loaded {
  return loadText(`source "amazon-ebs" "a" {
  access_key = "a"
  secret_key = "b"
  region = "us-east-1"
  source_ami = "ami-12345678"
  instance_type = "t3.micro"
  ssh_username = "ubuntu"
  ${option}
  ami_name = "image"
}
build {
${parts}
  sources = ["amazon-ebs.a"]
}
${before}`);
}

/** Verdicts of Packer 1.16 with the Amazon plugin 1.8. */
describe("null in HCL2 gets Packer's verdict, at the place of the element", () => {
  test.each([
    ['ami_regions = ["us-west-2", null]', refused("ami_regions[1]", "8:31")],
    ['ami_regions = concat(["us-west-2"], [null])', refused("ami_regions[1]", "8:17")],
    ["ami_users = [null]", refused("ami_users[0]", "8:16")],
    ["security_group_ids = [null]", refused("security_group_ids[0]", "8:25")],
    ['tags = { a = null, b = "x" }', refused("tags.a", "8:16")],
    ['tags = merge({ a = "b" }, { c = null })', refused("tags.c", "8:10")],
    ["run_tags = { a = null }", refused("run_tags.a", "8:20")],
    [
      'source_ami_filter {\n filters = { name = null }\n owners = ["self"]\n}',
      refused("source_ami_filter.filters.name", "9:21"),
    ],
    [
      'source_ami_filter {\n filters = { name = "x" }\n owners = [null]\n}',
      refused("source_ami_filter.owners[0]", "10:12"),
    ],
    [
      'assume_role {\n role_arn = "arn:aws:iam::123456789012:role/x"\n tags = { a = null }\n}',
      refused("assume_role.tags.a", "10:15"),
    ],
    ["ami_regions = null", []],
    ["tags = null", []],
    ["assume_role {\n role_arn = null\n}", []],
    ['tag {\n key = "a"\n value = null\n}', []],
  ])("builder: %s", (option, errors) => {
    const found = errorsOf(hcl(option));
    expect(found.filter((each) => each.includes(NOT_ALLOWED))).toEqual(errors);
  });

  test.each([
    ["assume_role = null", ['"assume_role" must be a block, not an argument @8:3']],
    ["tag = null", ['"tag" must be a block, not an argument @8:3']],
    ["launch_block_device_mappings = null", ['"launch_block_device_mappings" must be a block, not an argument @8:3']],
    ["assume_role {\n}", []],
    ['tag {\n key = "a"\n}', []],
    ["assume_role {\n role_arn = null\n}", []],
  ])("block of the builder: %s", (option, errors) => expect(errorsOf(hcl(option))).toEqual(errors));

  const shell = (option: string) => `provisioner "shell-local" {\n  inline = ["a"]\n  ${option}\n}`;
  const manifest = (option: string) => `post-processor "manifest" {\n  ${option}\n}`;
  test.each([
    [shell("env = { A = null }"), refused("env.A", "14:15")],
    [shell("environment_vars = [null]"), refused("environment_vars[0]", "14:23")],
    [shell("valid_exit_codes = [0, null]"), refused("valid_exit_codes[1]", "14:26")],
    ['provisioner "shell-local" {\n  inline = ["a", null]\n}', refused("inline[1]", "13:18")],
    [shell('only = ["amazon-ebs.a", null]'), refused("only[1]", "14:27")],
    [shell("only = null"), []],
    [shell("name = null"), refused("name", "14:10")],
    [shell("max_retries = null"), refused("max_retries", "14:17")],
    [shell("pause_before = null"), refused("pause_before", "14:18")],
    [shell("timeout = null"), refused("timeout", "14:13")],
    [shell("continue_on_error = null"), refused("continue_on_error", "14:23")],
    [shell("override = null"), []],
    [shell("execute_command = null"), []],
    [manifest("custom_data = { A = null }"), refused("custom_data.A", "13:23")],
    [manifest("name = null"), refused("name", "13:10")],
    [manifest("keep_input_artifact = null"), []],
    ['post-processor "checksum" {\n  checksum_types = [null]\n}', refused("checksum_types[0]", "13:21")],
    ["name = null", refused("name", "12:8")],
    ["description = null", refused("description", "12:15")],
  ])("build: %s", (parts, errors) => expect(errorsOf(hcl("", parts))).toEqual(errors));

  test.each([
    ['variable "x" {\n  default     = 1\n  description = null\n}', refused("description", "17:17")],
    ['variable "x" {\n  default   = 1\n  sensitive = null\n}', refused("sensitive", "17:15")],
    ['local "x" {\n  expression = 1\n  sensitive  = null\n}', refused("sensitive", "17:16")],
    ['variable "x" {\n  default = null\n}', []],
    ["packer {\n  required_version = null\n}", []],
    ["build {\n  sources = null\n}", ["A build block must reference at least one source @15:1"]],
    ['build {\n  sources = ["amazon-ebs.a", null]\n  name = "other"\n}', refused("sources[1]", "16:30")],
    ['build {\n  name = "other"\n  source "amazon-ebs.a" {\n    name = null\n  }\n}', refused("name", "18:12")],
  ])("block: %s", (before, errors) => expect(errorsOf(hcl("", "", before))).toEqual(errors));

  test("also in a value of a variable", () => {
    const loaded = hcl(
      "ami_regions = var.regions",
      "",
      'variable "regions" {\n  type    = list(string)\n  default = ["us-west-2", null]\n}',
    );
    expect(errorsOf(loaded)).toEqual(refused("ami_regions[1]", "8:17"));
  });
});

test("null in a list of a JSON template is an empty string, as in Packer, with a warning", () => {
  const loaded = loadJson(
    '{ "builders": [{ "type": "null", "communicator": "none" }],\n"provisioners": [{ "type": "shell-local", "inline": ["a", null] }] }',
  );
  const planned = loaded.template && makePlan(loaded.template, catalog, CHECKS);
  expect(planned?.diagnostics.map(({ severity, summary, range }) => [severity, summary, range?.start.column])).toEqual([
    ["warning", '"inline[1]" is null: it is read as an empty string', 59],
  ]);
});
