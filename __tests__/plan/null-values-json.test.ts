import { describe, expect, test } from "@jest/globals";
import { catalog } from "../../src/catalog.js";
import type { CheckContext } from "../../src/options/schema.js";
import { makePlan } from "../../src/plan/make-plan.js";
import { loadText } from "../template/hcl/loading.js";

const CHECKS: CheckContext = {
  pathKind: () => "file",
  pathFromTemplate: () => undefined,
  readText: () => "",
  env: () => undefined,
  now: () => 0,
};

type Json = null | boolean | number | string | readonly Json[] | { [key: string]: Json };

/** Returns a valid template in which one value is set, at a path such as `build.provisioner.shell-local.timeout`. */
function templateWith(path: string, value: Json): string {
  const template: Json = {
    source: {
      "amazon-ebs": {
        a: {
          ...{ region: "us-east-1", ami_name: "image", instance_type: "t3.micro", ssh_username: "u" },
          ...{ source_ami: "ami-12345678", access_key: "a", secret_key: "b" },
        },
      },
    },
    build: {
      sources: ["source.amazon-ebs.a"],
      provisioner: { "shell-local": { inline: ["a"] } },
      "post-processor": { manifest: {} },
    },
  };
  let at: { [key: string]: Json } = template;
  const names = path.split(".");
  for (const name of names.slice(0, -1)) {
    at[name] ??= {};
    at = at[name] as { [key: string]: Json };
  }
  at[names.at(-1) ?? ""] = value;
  return JSON.stringify(template);
}

function errorsOf(text: string): readonly string[] {
  const loaded = loadText({ "t.pkr.json": text });
  const planned = loaded.template && makePlan(loaded.template, catalog, CHECKS);
  return [...loaded.diagnostics, ...(planned?.diagnostics ?? [])]
    .filter(({ severity }) => severity === "error")
    .map(({ summary }) => summary);
}

const builder = (names: string) =>
  names.split(" ").map((name): [string, Json] => [`source.amazon-ebs.a.${name}`, null]);
const provisioner = (names: string) =>
  names.split(" ").map((name): [string, Json] => [`build.provisioner.shell-local.${name}`, null]);
const manifest = (names: string) =>
  names.split(" ").map((name): [string, Json] => [`build.post-processor.manifest.${name}`, null]);
const at = (prefix: string, names: string) =>
  names.split(" ").map((name): [string, Json] => [`${prefix}${name}`, null]);

/** Verdicts of Packer 1.16 with the Amazon plugin 1.8, for templates in HCL's JSON syntax. */
describe("null in .pkr.json is accepted, as in Packer, as", () => {
  test.each<[string, Json]>([
    ...builder("ami_description ami_regions tags tag max_retries ebs_optimized encrypt_boot pause_before_connecting"),
    ...builder("ssh_port launch_block_device_mappings assume_role aws_polling spot_price run_tag source_ami_filter"),
    ...builder(
      "communicator ssh_timeout metadata_options fleet_tags assume_role.role_arn metadata_options.http_tokens",
    ),
    ["source.amazon-ebs.a.launch_block_device_mappings", [{ device_name: "/dev/sda1", volume_size: null }]],
    ["source.amazon-ebs.a.tag", [{ key: "a", value: null }]],
    ...provisioner("env environment_vars valid_exit_codes only except override execute_command command"),
    ["build.provisioner.shell-local.override", { a: { command: null } }],
    ...manifest("only except keep_input_artifact custom_data output strip_path"),
    ...at("build.", "post-processors hcp_packer_registry provisioner.shell-local"),
    ["variable.x.default", null],
    ["variable.x", { default: "d", validation: null }],
    ...at("", "variable.x locals locals.x local.x.expression"),
    ...at("packer", " .required_version .required_plugins"),
    ["data.http.x", null],
  ])("%s = %j", (path, value) => {
    expect(errorsOf(templateWith(path, value))).toEqual([]);
  });
});

describe("null in .pkr.json is refused, as in Packer, as", () => {
  test.each<[string, Json]>([
    ...builder("nope tags.a"),
    ["source.amazon-ebs.a.ami_regions", ["us-west-2", null]],
    ["source.amazon-ebs.a.ami_users", [null]],
    ["source.amazon-ebs.a.source_ami_filter", { filters: { name: null }, owners: ["self"] }],
    ["source.amazon-ebs.a.launch_block_device_mappings", [{ device_name: null }]],
    ["source.amazon-ebs.a.launch_block_device_mappings", [null]],
    ...provisioner("inline name max_retries pause_before timeout continue_on_error nope override.a"),
    ["build.provisioner.shell-local.only", [null]],
    ["build.provisioner.shell-local.inline", ["a", null]],
    ...manifest("name nope"),
    ...at("build.", "name description sources provisioner post-processor source error-cleanup-provisioner dynamic"),
    ["build.sources", ["source.amazon-ebs.a", null]],
    ["build.provisioner", [null]],
    ...at("variable", " .x.type .x.description .x.sensitive"),
    ["variable.x", { default: "d", validation: { condition: null, error_message: "Aaaa." } }],
    ["variable.x", { default: "d", validation: { condition: true, error_message: null } }],
    ["local.x", { expression: 1, sensitive: null }],
    ...at("packer.required_plugins.", "amazon amazon.version amazon.source"),
    ...at("data", " .http .http.x.url"),
    ["data.amazon-ami.x", { access_key: "a", secret_key: "b", region: "us-east-1", filters: { name: null } }],
    ...at("source", " .amazon-ebs .amazon-ebs.a"),
    ["build", [null]],
  ])("%s = %j", (path, value) => {
    expect(errorsOf(templateWith(path, value))).not.toEqual([]);
  });

  test("with the reason and its place", () => {
    for (const name of ["max_retries", "pause_before", "timeout", "continue_on_error"])
      expect(errorsOf(templateWith(`build.provisioner.shell-local.${name}`, null))).toEqual([
        `"${name}" is null: null value is not allowed`,
      ]);
    expect(errorsOf(templateWith("build.sources", null))).toEqual(["A build block must reference at least one source"]);
  });
});
