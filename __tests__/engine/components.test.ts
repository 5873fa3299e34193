import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../support/folder.js";
import { type Ran, runReally } from "./running.js";

const folder = temporaryFolder("components");

const run = (...args: string[]): Promise<Ran> => runReally(args, { cwd: folder() });

function write(name: string, text: string): void {
  mkdirSync(join(folder(), name, ".."), { recursive: true });
  writeFileSync(join(folder(), name), text);
}

const REQUIRED = `packer {
  required_plugins {
    amazon        = { source = "github.com/hashicorp/amazon", version = ">= 1.2.8, < 2" }
    googlecompute = { source = "github.com/hashicorp/googlecompute", version = "~> 1" }
    ansible       = { source = "github.com/hashicorp/ansible", version = "~> 1" }
    amazon-ami-management = { source = "github.com/wata727/amazon-ami-management", version = ">= 1.0.0" }
  }
}
`;

/** A template with required plugins, an unset variable, a sensitive value and a component in a dynamic block. */
const TEMPLATE = `${REQUIRED}
variable "needed" { type = string }
variable "secret" {
  default   = "hunter2"
  sensitive = true
}
data "amazon-ami" "base" {
  filters = { name = var.needed }
  owners  = ["self"]
}
source "amazon-ebs" "web" { ami_name = "\${var.needed}-\${local.missing}" }
source "googlecompute" "web" { image_name = "hunter2" }
build {
  sources = ["source.amazon-ebs.web", "source.googlecompute.web"]
  provisioner "shell" { inline = ["true"] }
  provisioner "shell" { inline = ["false"] }
  error-cleanup-provisioner "goss" { tests = ["x"] }
  dynamic "provisioner" {
    labels   = ["ansible"]
    for_each = [1]
    content { playbook_file = "x.yml" }
  }
  post-processors {
    post-processor "manifest" {}
    post-processor "amazon-ami-management" {}
  }
}
`;

const PLAIN = `${REQUIRED.replace(/ {4}googlecompute.*\n/, "")}
variable "name" { default = "a" }
source "file" "a" {
  content = var.name
  target  = "a.txt"
}
build { sources = ["source.file.a"] }
`;

describe("init", () => {
  test("reports that nothing is to be installed, with Packer's flags", async () => {
    write("plain/web.pkr.hcl", PLAIN);
    for (const flags of [[], ["-upgrade"], ["-force"], ["-upgrade=false", "-var", "name=b", "-only=file.*"]]) {
      const out = "Nothing to install: all components of the template are built in.";
      expect(await run("init", ...flags, "plain")).toEqual({ code: 0, out, err: "" });
    }
  });

  test("init, validate and build run one after the other", async () => {
    write("script/web.pkr.hcl", PLAIN);
    for (const command of ["init", "validate", "build"]) expect((await run(command, "script")).code).toBe(0);
    expect(existsSync(join(folder(), "a.txt"))).toBe(true);
  });

  test("warns about each component that bake-ami does not have, at its place", async () => {
    write("web/web.pkr.hcl", TEMPLATE);
    const { code, out, err } = await run("init", "web");
    expect(code).toBe(0);
    expect(out).toBe(
      "Nothing to install: bake-ami does not run plugins. Builds that use only built-in components run.",
    );
    expect(err).toContain(
      'Warning: Builder "googlecompute" is not supported; builds that use it fail\n  at web/web.pkr',
    );
    expect(err).toContain('Warning: Provisioner "goss" is not supported; builds that use it fail\n  at web/');
    expect(err.match(/^Warning: /gm)).toHaveLength(2);
    expect(`${out}${err}`).not.toContain("hunter2");
  });

  test("does not warn about components of builds that are not selected", async () => {
    write("web/web.pkr.hcl", TEMPLATE);
    expect((await run("init", "-except=googlecompute.*", "web")).err).not.toContain("googlecompute");
  });

  test.each([
    [
      "an unknown type",
      PLAIN.replace('"file" "a"', '"flie" "a"').replace(".file.a", ".flie.a"),
      'Unknown builder "flie"',
    ],
    ["a syntax error", `${PLAIN}\n}`, "Error: "],
    ["a plugin without a source", PLAIN.replace(/source = "github.com.hashicorp.amazon", /, ""), 'has no "source"'],
    [
      "a version of Packer that is excluded",
      `packer { required_version = "< 1" }\n${PLAIN}`,
      "does not support Packer",
    ],
  ])("%s is an error with a place", async (_name, text, message) => {
    write("wrong/web.pkr.hcl", text);
    const { code, out, err } = await run("init", "wrong");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(message);
    expect(err).toContain("at wrong/web.pkr.hcl:");
  });

  test("accepts a JSON template", async () => {
    write("web.json", JSON.stringify({ builders: [{ type: "qemu" }, { type: "docker", name: "x" }] }));
    const { code, err } = await run("init", "web.json");
    expect(code).toBe(0);
    expect(err).toContain('Builder "qemu" is not supported');
  });

  test("a template that does not exist is an error", async () => {
    const { code, err } = await run("init", "none.json");
    expect(code).toBe(1);
    expect(err).toContain("none.json");
  });
});

describe("plugins", () => {
  test("required lists the plugins as Packer does, and which of their components are built in", async () => {
    write("web/web.pkr.hcl", TEMPLATE);
    const { code, out, err } = await run("plugins", "required", "web");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.split("\n")).toEqual([
      'amazon github.com/hashicorp/amazon ">= 1.2.8, < 2"',
      "  builder amazon-ebs: built in",
      "  data source amazon-ami: built in",
      'googlecompute github.com/hashicorp/googlecompute "~> 1"',
      expect.stringMatching(/^ {2}builder googlecompute: not supported\. \S.*\.$/),
      'ansible github.com/hashicorp/ansible "~> 1"',
      "  provisioner ansible: built in",
      'amazon-ami-management github.com/wata727/amazon-ami-management ">= 1.0.0"',
      "  post-processor amazon-ami-management: built in",
      "Other components:",
      "  provisioner shell: built in",
      expect.stringMatching(/^ {2}provisioner goss: not supported\. \S.*\.$/),
      "  post-processor manifest: built in",
    ]);
  });

  test("required of a plugin that no build uses, and of a type that nobody knows", async () => {
    write("odd.pkr.hcl", `${PLAIN}source "foo" "b" {}\nbuild { sources = ["source.foo.b"] }\n`);
    const { out } = await run("plugins", "required", "odd.pkr.hcl");
    expect(out).toContain('amazon github.com/hashicorp/amazon ">= 1.2.8, < 2"\n  no component used\n');
    expect(out).toMatch(/\n {2}builder foo: unknown\. /);
  });

  test("required of a template without required plugins", async () => {
    write("bare.json", JSON.stringify({ builders: [{ type: "null", communicator: "none" }] }));
    const out = "No plugins requirement found.\nComponents:\n  builder null: built in";
    expect(await run("plugins", "required", "bare.json")).toEqual({ code: 0, out, err: "" });
  });

  test("installed lists each built-in component once, by the address of Packer's plugin", async () => {
    const { code, out } = await run("plugins", "installed");
    expect(code).toBe(0);
    const lines = out.split("\n");
    expect(lines.find((line) => line.startsWith("github.com/hashicorp/amazon (built in): "))).toContain("amazon-ebs");
    expect(lines.at(-1)).toMatch(/^packer \(built in\): .*provisioner shell,/);
    const components = lines.flatMap((line) => (line.split(": ")[1] ?? "").split(", "));
    expect(new Set(components).size).toBe(components.length);
  });

  test.each([
    [["install", "github.com/hashicorp/amazon"], 0, "the components of github.com/hashicorp/amazon are built in"],
    [["install", "-force", "github.com/hashicorp/docker", "v1.1.0"], 0, "Nothing to install"],
    [
      ["install", "github.com/hashicorp/googlecompute"],
      0,
      'Plugin "github.com/hashicorp/googlecompute" was not installed',
    ],
    [["install", "--path", "./plugin", "github.com/hashicorp/amazon"], 0, "was not installed"],
    [["remove", "github.com/hashicorp/amazon", "v1.0.0"], 0, "Nothing to remove"],
    [["remove", "/root/.config/packer/plugins/x"], 0, "Nothing to remove"],
    [["install", "-path=x", "github.com/hashicorp/amazon", "v1"], 1, 'a version cannot be set together with "-path"'],
    [["install", "amazon"], 1, 'Invalid source string "amazon"'],
    [["install", "https://github.com/hashicorp/amazon"], 1, "Invalid source string"],
    [["remove", "amazon"], 1, 'Invalid source string "amazon"'],
    [["install"], 1, "Usage: bake-ami plugins install"],
    [["installed", "x"], 1, "Usage: bake-ami plugins installed"],
    [["required"], 1, "Usage: bake-ami plugins required TEMPLATE"],
    [["instal", "x/y/z"], 1, "Unknown command: plugins instal. Use one of: installed, install, remove, required."],
    [[], 1, "A subcommand is required: installed, install, remove, required"],
  ])("plugins %j ends with %i", async (args, code, message) => {
    const ran = await run("plugins", ...args);
    expect(ran.code).toBe(code);
    expect(ran.out + ran.err).toContain(message);
  });
});
