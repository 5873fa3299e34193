import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("inspect");

function write(name: string, text: string): void {
  mkdirSync(join(folder(), name, ".."), { recursive: true });
  writeFileSync(join(folder(), name), text);
}

const run = (...args: string[]) => runReally(args, { cwd: folder() });

const JSON_TEMPLATE = JSON.stringify({
  description: "Two machines.",
  variables: { needed: null, given: "x", secret: "hunter2" },
  "sensitive-variables": ["secret"],
  builders: [
    { type: "amazon-ebs", name: "web-{{user `needed`}}" },
    { type: "virtualbox-iso", name: "box" },
    { type: "file" },
  ],
  provisioners: [
    { type: "shell", inline: ["x"] },
    { type: "file", source: "{{user `needed`}}", destination: "y" },
    { type: "shell", inline: ["x"], only: ["box"] },
  ],
});

const HCL_TEMPLATE = `variable "needed" {
  type = string
}
variable "secret" {
  default   = "hunter2"
  sensitive = true
}
variable "unset_secret" {
  sensitive = true
}
variable "empty_secret" {
  default   = ""
  sensitive = true
}
variable "odd" {
  default = "\\u2028\\ufeff\\u0001 <&> é"
}
variable "list" {
  default = ["a"]
}
locals {
  two = "\${var.secret}-2"
  one = "v-1"
}
source "virtualbox-iso" "one" {}
source "amazon-ebs" "two" {
  ami_name = var.needed
}
build {
  name        = "first"
  description = "Both."
  sources     = ["virtualbox-iso.one", "source.amazon-ebs.two"]
  source "source.amazon-ebs.two" {
    name = "three"
  }
  provisioner "shell-local" {
    name   = "greet"
    inline = ["x"]
  }
  provisioner "shell-local" {
    only   = ["virtualbox-iso.one"]
    inline = ["x"]
  }
  post-processor "manifest" {
    name = "list"
  }
  post-processors {
    post-processor "manifest" {}
    post-processor "checksum" {}
  }
}
build {
  sources = ["virtualbox-iso.one"]
}
`;

describe("inspect", () => {
  test("of JSON shows the text, with required variables missing and nothing selected", async () => {
    write("t.json", JSON_TEMPLATE);
    const { code, out, err } = await run("inspect", "-only=box", "t.json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe(`Packer Inspect: JSON mode
Description:

Two machines.

Required variables:

  needed

Optional variables and their defaults:

  given  = x
  secret = <sensitive>

Builders:

  box                   (virtualbox-iso)
  file                 
  web-{{user \`needed\`}} (amazon-ebs)

Provisioners:

  shell
  file
  shell

Note: If your build names contain user variables or template
functions such as 'timestamp', these are processed at build time,
and therefore only show in their raw form here.`);
  });

  test("of JSON has a record for each part", async () => {
    write("t.json", JSON_TEMPLATE);
    const { out } = await run("-machine-readable", "inspect", "t.json");
    const records = out.split("\n").map((line) => line.replace(/^\d+,,/, ""));
    expect(records.filter((record) => record.startsWith("template-"))).toEqual([
      "template-variable,given,x,0",
      "template-variable,needed,,1",
      "template-variable,secret,<sensitive>,0",
      "template-builder,box,virtualbox-iso",
      "template-builder,file,file",
      "template-builder,web-{{user `needed`}},amazon-ebs",
      "template-provisioner,shell",
      "template-provisioner,file",
      "template-provisioner,shell",
    ]);
    expect(out).not.toContain("hunter2");
  });

  // The shape is what Packer 1.6.6 prints of this template, with "null" for the builders.
  test("of HCL2 shows variables, locals and build blocks", async () => {
    write("hcl/t.pkr.hcl", HCL_TEMPLATE);
    const { code, out, err } = await run("inspect", "hcl");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe(`Packer Inspect: HCL2 mode

> input-variables:

var.empty_secret: ""
var.list: "[\\n  \\"a\\",\\n]"
var.needed: "<unknown>"
var.odd: "\\u2028\\ufeff\\x01 <&> é"
var.secret: "<sensitive>"
var.unset_secret: "<unknown>"

> local-variables:

local.one: "v-1"
local.two: "<sensitive>"

> builds:

  > first:

  > Description: Both.

    sources:

      virtualbox-iso.one

      amazon-ebs.two

      amazon-ebs.three

    provisioners:

      shell-local.greet
      shell-local

    post-processors:

      0:
        manifest.list

      1:
        manifest
        checksum

  > <unnamed build 1>:

    sources:

      virtualbox-iso.one

    provisioners:

      <no provisioner>

    post-processors:

      <no post-processor>
`);
  });

  test("of empty JSON reports each part as empty", async () => {
    write("t.json", JSON.stringify({ builders: [], min_packer_version: "999.0.0" }));
    const { code, out, err } = await run("inspect", "t.json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("mode\nVariables:\n\n  <No variables>\n\nBuilders:\n\n  <No builders>\n\nProv");
    expect(out).toContain("Provisioners:\n\n  <No provisioners>\n\nNote:");
  });

  test("of JSON shows no default where all variables are required, and aligns by all names", async () => {
    write("t.json", JSON.stringify({ variables: { needed: null } }));
    expect((await run("inspect", "t.json")).out).toContain("  needed\n\nOptional variables and their defaults:\n\n\nB");
    write("t.json", JSON.stringify({ variables: { needed: null, a: "1" } }));
    expect((await run("inspect", "t.json")).out).toContain("\n  a      = 1\n");
  });

  test("of HCL2 warns of what inspect does not need, and is refused for syntax alone", async () => {
    write("look/t.pkr.hcl", 'locals {\n  one = file("gone.txt")\n}\nbuild {\n  sources = ["source.null.gone"]\n}\n');
    expect(await run("inspect", "look")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/local.one: "<unknown>"[\s\S]*null\.gone/),
      err: expect.stringMatching(
        /^Warning: Invalid value for parameter "path" of function "file"[\s\S]*^Warning: Unknown source "null.gone"/m,
      ),
    });
    write("look/u.pkr.hcl", 'data "null" "a" {}\ndata "null" "a" {}\n');
    expect(await run("inspect", "look")).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining('Duplicate data block "null.a"'),
    });
    expect(await run("validate", "-syntax-only", "look")).toMatchObject({ code: 1 });
  });

  test("of HCL2 knows what needs no reading", async () => {
    write("null.pkr.hcl", 'data "null" "a" {\n  input = "x"\n}\nlocals {\n  b = upper(data.null.a.output)\n}\n');
    expect((await run("inspect", "null.pkr.hcl")).out).toContain('local.b: "X"');
  });

  test("of a template that cannot be read reports the place", async () => {
    write("bad.pkr.hcl", "build {\n");
    expect(await run("inspect", "bad.pkr.hcl")).toMatchObject({
      code: 1,
      err: expect.stringContaining("bad.pkr.hcl:1:"),
    });
  });
});
