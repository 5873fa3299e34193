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

describe("validate tells", () => {
  test("all mistakes at once", async () => {
    const text = `variable "r" {}\n${source("  bogus = 1\n")}${build('  provisioner "shel" {}\n')}`;
    const { err } = await run("validate", write("many", text));
    expect([...err.matchAll(/at many\/t\.pkr\.hcl:(\d+:\d+)/g)].map(([, place]) => place)).toEqual([
      "1:1",
      "8:3",
      "12:15",
    ]);
  });

  test("a folder without templates, and a -var that nothing takes", async () => {
    mkdirSync(join(folder(), "empty"));
    expect(await run("validate", "empty")).toMatchObject({
      code: 1,
      err: expect.stringContaining("There is no template in empty"),
    });
    const { code, err } = await run("validate", "-var", "zz=1", write("var", valid));
    expect(code).toBe(1);
    expect(err).toContain('-var sets "zz", but the template declares no such variable');
  });
});

describe("validate of a folder", () => {
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
    expect(err).toContain("The data source amazon-ami.base could not be read\n  at nothing/t.pkr.hcl:1:1");
  });
});

describe("build", () => {
  test.each([
    ["-only=nope", "leaves", valid, "-only and -except leave none"],
    ["-except=amazon-ebs.*", "excepts", valid, "-only and -except leave none"],
    ["-color=false", "has", source(), "no build block"],
  ])("%s of nothing is an error", async (flag, name, text, hint) => {
    const at = write(`nothing-${name}`, text);
    const { code, err } = await run("build", flag, at);
    expect(code).toBe(1);
    expect(err).toContain("Error: No builds to run");
    expect(err).toContain(hint);
    expect((await run("validate", flag, at)).code).toBe(0);
  });
});
