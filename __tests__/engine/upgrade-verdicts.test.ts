import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { mapWithLimit } from "../../src/core/map-with-limit.js";
import regions from "../../src/local/endpoint/ec2/regions.json" with { type: "json" };
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { NAMES } from "../template/hcl/upgrade/names.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("upgrade-verdicts");
const cloud = testCloud();

/** Upgrades a JSON template in its directory, and validates both. */
async function verdictsOf(cwd: string, json: string, variables: readonly string[]) {
  const args = variables.flatMap((name) => ["-var", `${name}=dummy`]);
  const upgraded = await runReally(["hcl2_upgrade", json], { cwd });
  const verdict = async (file: string) => {
    const { code, err } = await runReally(["validate", "-color=false", ...args, file], { cwd });
    const errors = err.split("\n").filter((line) => line.startsWith("Error: "));
    return { code, errors: errors.map(inOneLanguage).sort() };
  };
  return { upgraded, before: await verdict(json), after: await verdict(`${json}.pkr.hcl`) };
}

/** Packer words these errors differently in JSON templates and in HCL2. */
function inOneLanguage(error: string): string {
  return error
    .replace(/Required variable not set: (.*)/, 'Unset variable "$1"')
    .replace(/Attribute redefined|"\w+" is set more than once/, "Set twice");
}

const EBS = {
  ...{ type: "amazon-ebs", region: "us-east-1", source_ami: "ami-0123456789abcdef0", instance_type: "t3.micro" },
  ...{ ami_name: "web", ssh_username: "ubuntu" },
};

let number = 0;
function write(template: object): { cwd: string; json: string } {
  const cwd = join(folder(), String(number++));
  mkdirSync(cwd);
  writeFileSync(join(cwd, "t.json"), JSON.stringify(template));
  return { cwd, json: "t.json" };
}

describe("a JSON template and its upgrade have the same verdict", () => {
  test.each<[string, object]>([
    ["a minimal one", { builders: [EBS] }],
    ["an old name of a list", { builders: [{ ...EBS, temporary_security_group_source_cidr: "10.0.0.0/8" }] }],
    [
      "an old name of a list, from a variable",
      {
        variables: { cidr: "10.0.0.0/8" },
        builders: [{ ...EBS, temporary_security_group_source_cidr: "{{user `cidr`}}" }],
      },
    ],
    ["an invalid value of an old name", { builders: [{ ...EBS, temporary_security_group_source_cidr: "10.0.0.0" }] }],
    ["an old name of a boolean", { builders: [{ ...EBS, enhanced_networking: true }] }],
    ["an old name of a post-processor", { builders: [EBS], "post-processors": [{ type: "manifest", filename: "m" }] }],
    ["an old name and the new one", { builders: [{ ...EBS, enhanced_networking: true, ena_support: true }] }],
    ["an unknown option", { builders: [{ ...EBS, ami_nmae: "x" }] }],
    ["an invalid name", { builders: [{ ...EBS, ami_name: "a:b" }] }],
    ["a time that is no name", { variables: { t: "{{isotime}}" }, builders: [{ ...EBS, ami_name: "a {{user `t`}}" }] }],
    ["a name that is too long", { builders: [{ ...EBS, ami_name: "a".repeat(129) }] }],
    ["a missing script", { builders: [EBS], provisioners: [{ type: "shell", script: "none.sh" }] }],
    ["a provisioner without a script", { builders: [EBS], provisioners: [{ type: "shell" }] }],
    ["a required variable", { variables: { v: null }, builders: [{ ...EBS, ami_name: "{{user `v`}}" }] }],
    ["an invalid block device", { builders: [{ ...EBS, ami_block_device_mappings: [{ volume_type: "gp9" }] }] }],
    ["tags as a list of maps", { builders: [{ ...EBS, tags: [{ a: "b" }, { c: "d" }] }] }],
    ["a string in place of a number", { builders: [{ ...EBS, ssh_port: "22" }] }],
    ["a string in place of a boolean", { builders: [{ ...EBS, ebs_optimized: "true", force_deregister: "no" }] }],
    ["an unsupported builder", { builders: [{ type: "qemu", iso_url: "x", iso_checksum: "none" }] }],
  ])("%s", async (_what, template) => {
    const { cwd, json } = write(template);
    const { before, after, upgraded } = await verdictsOf(cwd, json, []);
    expect(upgraded.code).toBe(0);
    expect(after).toEqual(before);
  });
});

const ENABLED = regions.filter(({ enabled }) => enabled).map(({ name }) => name);

/** Bakes a template with a name, then its upgrade. Each case has a Region of its own: the calls of one are limited. */
async function namesOf({ name, variables }: (typeof NAMES)[number], at: number) {
  const region = ENABLED[at % ENABLED.length] ?? "us-east-1";
  const builder = { ...EBS, source_ami: undefined, region, communicator: "none", ami_name: `${name} x` };
  const source = { filters: { name: "ubuntu/images/*24.04*", architecture: "x86_64" }, most_recent: true };
  const tags = { Stamp: name };
  const { cwd, json } = write({
    variables,
    builders: [{ ...builder, tags, source_ami_filter: { ...source, owners: ["099720109477"] } }],
  });
  const upgraded = await runReally(["hcl2_upgrade", json], { cwd });
  const env = { ...cloud.env(), AWS_REGION: region };
  const names = async (file: string) => {
    const { code, out } = await runReally(["build", "-color=false", "-force", file], { cwd, env });
    const said = out
      .split("\n")
      .flatMap((line) => /(Prevalidating AMI Name: .*|"Stamp": .*|.*must not contain.*)/.exec(line)?.[1] ?? []);
    return { code, said };
  };
  return { upgraded: upgraded.code, before: await names(json), after: await names(`${json}.pkr.hcl`) };
}

describe("baked at the same instant, a JSON template and its upgrade", () => {
  const usable = NAMES.filter(({ name, variables }) => !/[$%é]/.test(name + Object.values(variables).join("")));
  let found: readonly Awaited<ReturnType<typeof namesOf>>[] = [];

  beforeAll(async () => {
    found = await mapWithLimit(
      usable.map((each, at) => ({ each, at })),
      8,
      ({ each, at }) => namesOf(each, at),
    );
  });

  test.each(usable.map((each, at) => [each.what, at] as const))("have the same name: %s", (what, at) => {
    const { upgraded, before, after } = found[at] ?? {};
    expect({ what, upgraded, said: before?.said.length }).toEqual({ what, upgraded: 0, said: 2 });
    expect(after).toEqual(before);
  });
});

const corpus = process.env.BAKE_AMI_TEMPLATES;
const list = corpus && join(corpus, "open.tsv");
const templates = list && existsSync(list) ? readFileSync(list, "utf8").trim().split("\n").slice(1) : [];
const published = templates
  .map((row) => row.split("\t"))
  .filter(([, , kind]) => kind === "json")
  .map(([repository = "", path = ""]) => join(corpus ?? "", "open", repository, path));

(published.length > 0 ? describe : describe.skip)(
  "a template of BAKE_AMI_TEMPLATES and its upgrade have the same verdict",
  () => {
    test.each(published)("%s", async (path) => {
      const cwd = join(folder(), String(number++));
      cpSync(dirname(path), cwd, { recursive: true });
      const json = path.slice(dirname(path).length + 1);
      const unset = await verdictsOf(cwd, json, []);
      if (unset.upgraded.code !== 0) {
        expect(unset.before.code).not.toBe(0);
        return;
      }
      expect(unset.after).toEqual(unset.before);
      const required = unset.before.errors.flatMap((error) => /Unset variable "(.*)"/.exec(error)?.[1] ?? []);
      if (required.length === 0) return;
      const { before, after } = await verdictsOf(cwd, json, required);
      expect(after).toEqual(before);
    });
  },
);
