import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("validate-hcl");
const cloud = testCloud();

const source = (more = "") => `source "amazon-ebs" "x" {
  region        = "us-east-1"
  source_ami    = "ami-12345678"
  instance_type = "t3.micro"
  ssh_username  = "ubuntu"
  ami_name      = "named"
${more}}
`;
const build = (more = "") => `build {
  sources = ["source.amazon-ebs.x"]
${more}}
`;
const valid = source() + build();

/** A folder with a template file, and others beside it. */
function write(name: string, text: string, others: Readonly<Record<string, string>> = {}): string {
  mkdirSync(join(folder(), name), { recursive: true });
  for (const [file, content] of Object.entries({ "t.pkr.hcl": text, ...others })) {
    writeFileSync(join(folder(), name, file), content);
  }
  return name;
}

const run = (...args: string[]) => runReally(args, { cwd: folder(), env: cloud.env() });

/** Mistakes in HCL2 templates (Packer §2.7): what is said, where, and which name was perhaps meant. */
describe("validate reports", () => {
  test.each<readonly [string, string, string, string, string?]>([
    ["an unset variable", `variable "r" {}\n${valid}`, "1:1", 'Unset variable "r"'],
    ["an unknown option", source("  bogus = 1\n") + build(), "7:3", 'Unknown configuration key: "bogus"'],
    ["a mistyped option", source("  ami_regons = []\n") + build(), "7:3", '"ami_regons"', "ami_regions"],
    [
      "an unknown attribute",
      `variable "a" {\n  default = 1\n  typ = number\n}\n${valid}`,
      "3:3",
      "Unsupported argument",
      "type",
    ],
    ["an unknown block", `sorce "a" "b" {}\n${valid}`, "1:1", "Unsupported block type", "source"],
    [
      "an unknown block in a build",
      source() + build('  provisoner "shell" {}\n'),
      "10:3",
      "Unsupported block type",
      "provisioner",
    ],
    [
      "an unknown variable",
      `variable "region" {\n  default = "a"\n}\n${source("  ami_description = var.regoin\n")}${build()}`,
      "10:25",
      'Variable "regoin" is not declared',
      "region",
    ],
    [
      "an unknown variable in a provisioner",
      source() + build('  provisioner "shell-local" {\n    inline = [var.nope]\n  }\n'),
      "11:19",
      'Variable "nope" is not declared',
    ],
    [
      "an unknown local",
      `locals {\n  name = "a"\n}\n${source("  ami_description = local.nam\n")}${build()}`,
      "10:27",
      'Local value "nam" is not declared',
      "name",
    ],
    [
      "an unknown function",
      source('  ami_description = uper("x")\n') + build(),
      "7:21",
      'no function named "uper"',
      "upper",
    ],
    [
      "an unknown source",
      `${source()}build {\n  sources = ["amazon-ebs.y"]\n}\n`,
      "9:14",
      'Unknown source "amazon-ebs.y"',
      "amazon-ebs.x",
    ],
    [
      "an unknown builder",
      'source "amazon-ebz" "x" {}\nbuild {\n  sources = ["amazon-ebz.x"]\n}\n',
      "1:8",
      'Unknown builder "amazon-ebz"',
      "amazon-ebs",
    ],
    [
      "an unknown provisioner",
      source() + build('  provisioner "shel" {}\n'),
      "10:15",
      'Unknown provisioner "shel"',
      "shell",
    ],
    [
      "an unknown post-processor",
      source() + build('  post-processor "manifes" {}\n'),
      "10:18",
      'Unknown post-processor "manifes"',
      "manifest",
    ],
    ["a duplicate source", source() + valid, "8:1", 'Duplicate source block "amazon-ebs.x"'],
    [
      "a duplicate variable",
      `variable "a" {\n  default = 1\n}\nvariable "a" {\n  default = 1\n}\n${valid}`,
      "4:1",
      'Duplicate variable "a"',
    ],
    [
      "a duplicate local value",
      `locals {\n  a = 1\n}\nlocal "a" {\n  expression = 1\n}\n${valid}`,
      "4:1",
      'Duplicate local value "a"',
    ],
    [
      "a duplicate data source",
      `${'data "amazon-ami" "a" {\n  owners = ["self"]\n  filters = { name = "x" }\n}\n'.repeat(2)}${valid}`,
      "5:1",
      'Duplicate data block "amazon-ami.a"',
    ],
    [
      "what a build does not give",
      source() +
        build(
          '  provisioner "shell-local" {\n    inline = ["x"]\n    environment_vars = ["A={{build `ID`}}", "B={{build `Nope`}}"]\n  }\n',
        ),
      "12:45",
      '"build" has no value "Nope" here',
    ],
    [
      "an unknown data source",
      `data "amazon-amy" "a" {}\n${valid}`,
      "1:6",
      'Unknown data source "amazon-amy"',
      "amazon-ami",
    ],
    [
      "a mistyped argument of a data source",
      `data "http" "a" {\n  url = "x"\n  metod = "GET"\n}\n${valid}`,
      "3:3",
      '"metod"',
      "method",
    ],
    ["a missing argument of a data source", `data "http" "a" {}\n${valid}`, "1:18", '"url" is required'],
    [
      "an object where a data source takes text",
      `data "null" "a" {\n  input = { a = 1 }\n}\n${valid}`,
      "2:11",
      '"input" must be a string',
    ],
    [
      "a default of the wrong type",
      `variable "n" {\n  type    = number\n  default = "x"\n}\n${valid}`,
      "3:13",
      "not compatible with the variable's type constraint",
    ],
    [
      "a rule that is broken",
      `variable "n" {\n  default = 1\n  validation {\n    condition     = var.n > 1\n    error_message = "Too small."\n  }\n}\n${valid}`,
      "2:13",
      "Too small.",
    ],
    [
      "a version that is too old, and nothing else",
      `packer {\n  required_version = ">= 99.0.0"\n}\nsorce "a" "b" {}\n${valid}`,
      "2:22",
      "does not support Packer version 1.16.0",
    ],
    [
      "locals that go in a circle",
      `locals {\n  a = local.b\n  b = local.a\n}\n${valid}`,
      "2:3",
      "local.a → local.b → local.a",
    ],
    ["a mistake in the syntax", "locals {\n  a = [1 2]\n}\n", "2:10", "Missing item separator"],
  ])("%s", async (...row) => {
    // Not parameters: a row that is shorter than them gets a `done` to call.
    const [name, text, place, message, meant] = row;
    const at = write(name.replaceAll(/\W/g, "-"), text);
    const { code, out, err } = await run("validate", at);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err.match(/^Error: /gm)).toHaveLength(1);
    expect(err).toContain(`at ${at}/t.pkr.hcl:${place}\n`);
    expect(err).toContain(message);
    if (meant === undefined) expect(err).not.toContain("Did you mean");
    else expect(err).toContain(`Did you mean "${meant}"?`);
  });

  test("all mistakes at once", async () => {
    const text = `variable "r" {}\n${source("  bogus = 1\n")}${build('  provisioner "shel" {}\n')}`;
    const { err } = await run("validate", write("many", text));
    expect([...err.matchAll(/at many\/t\.pkr\.hcl:(\d+:\d+)/g)].map(([, place]) => place)).toEqual([
      "1:1",
      "8:3",
      "12:15",
    ]);
  });

  test("a directory without templates, and a -var that nothing declares", async () => {
    mkdirSync(join(folder(), "empty"));
    expect(await run("validate", "empty")).toMatchObject({
      code: 1,
      err: expect.stringContaining('Could not find any config file in "empty"'),
    });
    const { code, err } = await run("validate", "-var", "zz=1", write("var", valid));
    expect(code).toBe(1);
    expect(err).toContain('Variable "zz" was set but is not declared in the template');
  });
});

describe("validate of a directory", () => {
  test("-syntax-only reads every file and evaluates nothing", async () => {
    const text = `variable "r" {}\n${source("  ami_description = var.r\n  bogus = uper(var.nope)\n")}${build()}`;
    const at = write("syntax", text, { "more.pkr.hcl": "locals {\n  a = 1\n}\n" });
    expect(await run("validate", "-syntax-only", at)).toMatchObject({ code: 0, err: "" });
    expect((await run("validate", at)).code).toBe(1);
    write("syntax", text, { "more.pkr.hcl": "locals {\n  a = \n}\n" });
    expect(await run("validate", "-syntax-only", at)).toMatchObject({
      code: 1,
      err: expect.stringContaining("syntax/more.pkr.hcl:2:"),
    });
  });

  test("a map that is written as a block is accepted, with a warning", async () => {
    const at = write("block", source('  tags {\n    Name = "x"\n  }\n') + build());
    const { code, err } = await run("validate", at);
    expect({ code, place: /at block\S*:(\d+:\d+)/.exec(err)?.[1] }).toEqual({ code: 0, place: "7:3" });
    expect(err).toContain('Warning: "tags" must be an argument, not a block; bake-ami reads it as tags = { … }');
  });

  test("-no-warn-undeclared-var silences what variable files set in vain", async () => {
    const at = write("undeclared", valid, { "a.auto.pkrvars.hcl": "zz = 1\n" });
    const warned = await run("validate", at);
    expect(warned).toMatchObject({ code: 0, err: expect.stringContaining("undeclared/a.auto.pkrvars.hcl:1:1") });
    expect(warned.err).toContain('"zz"');
    expect(await run("validate", "-no-warn-undeclared-var", at)).toMatchObject({ code: 0, err: "" });
  });

  test("-evaluate-datasources reads them; else their values are unknown", async () => {
    const data = (suite: string) => `data "amazon-ami" "base" {
  region      = "us-east-1"
  owners      = ["099720109477"]
  most_recent = true
  filters     = { name = "ubuntu/images/*ubuntu-${suite}-*-amd64-server-*" }
}
locals {
  id = regex("^ami-[0-9a-f]+$", data.amazon-ami.base.id)
}
${source("  ami_description = local.id\n")}${build()}`;
    const found = write("data", data("jammy"));
    const missing = write("nothing", data("nowhere"));
    expect(await run("validate", found)).toMatchObject({ code: 0, err: "" });
    expect(await run("validate", missing)).toMatchObject({ code: 0, err: "" });
    expect(await run("validate", "-evaluate-datasources", found)).toMatchObject({ code: 0, err: "" });
    const { code, err } = await run("validate", "-evaluate-datasources", missing);
    expect(code).toBe(1);
    expect(err).toContain('Could not read data source "amazon-ami.base"\n  at nothing/t.pkr.hcl:1:1');
  });
});

test("an option that a build sets again for its source is reported once", async () => {
  const at = write("anew", `${source()}build {\n  source "amazon-ebs.x" {\n    ami_name = "other"\n  }\n}\n`);
  const { err } = await run("validate", at);
  expect(err).toContain('The source already sets "ami_name"');
  expect(err.match(/^Error: /gm)).toHaveLength(1);
});

test("required_version may name a pre-release", async () => {
  const packer = 'packer {\n  required_version = "> 1.16.0-dev, < 2.0.0-beta"\n}\n';
  expect(await run("validate", write("pre", packer + valid))).toMatchObject({ code: 0, err: "" });
});

describe("build", () => {
  test.each([
    ["-only=nope", "leaves", valid, "Check -only and -except: they exclude all builds."],
    ["-except=amazon-ebs.*", "excepts", valid, "Check -only and -except: they exclude all builds."],
  ])("%s of nothing is an error", async (flag, name, text, hint) => {
    const at = write(`nothing-${name}`, text);
    const { code, err } = await run("build", flag, at);
    expect(code).toBe(1);
    expect(err).toContain("Error: No builds to run");
    expect(err).toContain(hint);
    expect((await run("validate", flag, at)).code).toBe(0);
  });

  test.each(["build", "validate"])("%s of a template without a build block is an error", async (command) => {
    const at = write("no-build", source());
    expect(await run(command, at)).toMatchObject({
      code: 1,
      err: expect.stringContaining("No builds to run: missing build block"),
    });
    expect((await run("inspect", at)).code).toBe(0);
    expect((await run("validate", "-syntax-only", at)).code).toBe(0);
  });
});
