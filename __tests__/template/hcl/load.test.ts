import { describe, expect, test } from "@jest/globals";
import { buildNamed, codesOf, loadText, optionsOf } from "./loading.js";

const NULLS = 'source "null" "a" {\n  communicator = "none"\n}\nsource "null" "b" {}\n';

describe("builds", () => {
  test("merges options of the source and of the build", () => {
    const loaded = loadText(`
      variable "size" { default = 8 }
      locals { tags = { Name = "x-\${var.size}" } }
      source "amazon-ebs" "web" {
        ami_name = "web-{{timestamp}}"
        tags     = local.tags
        launch_block_device_mappings {
          device_name = "/dev/xvda"
          volume_size = var.size
        }
      }
      build {
        name = "all"
        sources = ["source.amazon-ebs.web"]
        source "amazon-ebs.web" {
          name          = "web2"
          instance_type = "t3.\${source.name}"
          launch_block_device_mappings { device_name = "/dev/xvdb" }
        }
      }`);
    expect(codesOf(loaded)).toEqual([]);
    expect(loaded.template?.builds.map(({ name, shortName }) => [name, shortName])).toEqual([
      ["all.amazon-ebs.web", "web"],
      ["all.amazon-ebs.web2", "web"],
    ]);
    expect(optionsOf(buildNamed(loaded, "all.amazon-ebs.web2")?.builder)).toEqual({
      ami_name: "web-{{timestamp}}",
      tags: { Name: "x-8" },
      launch_block_device_mappings: [{ device_name: "/dev/xvda", volume_size: 8 }, { device_name: "/dev/xvdb" }],
      instance_type: "t3.web2",
    });
  });

  test("renders Go templates in the context of the build", () => {
    const loaded = loadText(`${NULLS}build { sources = ["null.a"] }`);
    const [build] = loaded.template?.builds ?? [];
    const range = { file: "t", start: { offset: 0, line: 1, column: 1 }, end: { offset: 1, line: 1, column: 2 } };
    const render = (value: string) => build?.decodeContext(undefined).render({ kind: "string", value, range });
    expect(render("{{build_name}}-{{build_type}}-{{timestamp}}")).toMatchObject({
      ok: true,
      value: "a-null-1714979289",
    });
    expect(render("{{user `x`}}")).toMatchObject({ ok: false });
  });

  test("provisioners use build data when it is available", () => {
    const loaded = loadText(`${NULLS}
      build {
        name = "n"
        sources = ["null.a"]
        provisioner "shell" {
          environment_vars = ["ID=\${build.ID}", "N=\${build.name}/\${source.type}.\${source.name}"]
          pause_before = "5s"
        }
      }`);
    const [step] = loaded.template?.builds[0]?.provisioners ?? [];
    expect(optionsOf(step)).toEqual({ environment_vars: ["?", "N=n/null.a"], pause_before: "5s" });
    expect(optionsOf(step, { ID: "i-1" })).toEqual({ environment_vars: ["ID=i-1", "N=n/null.a"], pause_before: "5s" });
  });

  test("applies only, except and override by source", () => {
    const loaded = loadText(`${NULLS}
      build {
        sources = ["null.a", "null.b"]
        provisioner "shell" {
          only   = ["null.a"]
          inline = ["a"]
        }
        provisioner "shell" {
          inline   = ["all"]
          override = { b = { inline = ["b"], execute_command = "x" } }
        }
        post-processor "manifest" { except = ["null.a"] }
        post-processors {
          post-processor "checksum" { name = "sum" }
          post-processor "manifest" { keep_input_artifact = true }
        }
        error-cleanup-provisioner "shell-local" { only = ["null.b"] }
      }`);
    expect(codesOf(loaded)).toEqual([]);
    const a = buildNamed(loaded, "null.a");
    const b = buildNamed(loaded, "null.b");
    expect(a?.provisioners.map((p) => optionsOf(p))).toEqual([{ inline: ["a"] }, { inline: ["all"] }]);
    expect(b?.provisioners.map((p) => optionsOf(p))).toEqual([{ inline: ["b"], execute_command: "x" }]);
    expect(a?.postProcessors.map((p) => p.map(({ name }) => name))).toEqual([["sum", "manifest"]]);
    expect(b?.postProcessors.map((p) => p.map(({ type }) => type))).toEqual([["manifest"], ["checksum", "manifest"]]);
    expect(b?.postProcessors[1]?.[1]?.keepInputArtifact).toBe(true);
    expect([a?.errorCleanup, b?.errorCleanup?.type]).toEqual([undefined, "shell-local"]);
  });

  test("expands dynamic blocks at any depth", () => {
    const loaded = loadText(`
      source "amazon-ebs" "a" {
        dynamic "tag" {
          for_each = { b = 2, a = 1 }
          content {
            key   = tag.key
            value = tag.value
          }
        }
        outer {
          dynamic "inner" {
            for_each = ["x"]
            iterator = it
            content { at = "\${it.key}\${it.value}" }
          }
        }
      }
      build {
        dynamic "source" {
          for_each = ["one", "two"]
          labels   = ["amazon-ebs.a"]
          content { name = source.value }
        }
        dynamic "provisioner" {
          for_each = ["p", "q"]
          labels   = ["shell"]
          content { inline = [provisioner.value] }
        }
      }`);
    expect(codesOf(loaded)).toEqual([]);
    expect(loaded.template?.builds.map(({ name }) => name)).toEqual(["amazon-ebs.one", "amazon-ebs.two"]);
    const [one] = loaded.template?.builds ?? [];
    expect(optionsOf(one?.builder)).toEqual({
      tag: [
        { key: "a", value: 1 },
        { key: "b", value: 2 },
      ],
      outer: [{ inner: [{ at: "0x" }] }],
    });
    expect(one?.provisioners.map((p) => optionsOf(p))).toEqual([{ inline: ["p"] }, { inline: ["q"] }]);
  });
});

describe("errors and their positions", () => {
  test.each([
    ["unknown source", 'source "null" "abc" {}\nbuild {\n  sources = ["null.abd"]\n}', ["unknown-source@3:14"]],
    ["no source", "build {\n}", ["build-without-source@1:1"]],
    ["wrong reference", 'build {\n  sources = ["abc"]\n}', ["wrong-source-reference@2:14"]],
    ["duplicate source", 'source "null" "a" {}\nsource "null" "a" {}', ["duplicate-source@2:1"]],
    ["duplicate variable", 'variable "a" { default = 1 }\nvariable "a" { default = 1 }', ["duplicate-variable@2:1"]],
    ["duplicate local", "locals { a = 1 }\nlocals { a = 2 }", ["duplicate-local@2:10"]],
    ["cycle", "locals {\n  a = local.b\n  b = local.a\n}", ["cycle@2:3"]],
    ["self-reference", "locals {\n  a = local.a\n}", ["cycle@2:3"]],
    ["unset variable", 'variable "a" {}', ["unset-variable@1:1"]],
    ["wrong default", 'variable "a" {\n  type = number\n  default = "x"\n}', ["wrong-default@3:13"]],
    ["function in a default", 'variable "a" {\n  default = upper("x")\n}', ["unknown-function@2:13"]],
    ["reference in a default", 'variable "a" {\n  default = local.x\n}', ["unavailable-name@2:13"]],
    ["wrong type", 'variable "a" {\n  type = strin\n  default = 1\n}', ["wrong-type@2:10"]],
    ["wrong name", 'variable "a b" { default = 1 }', ["wrong-name@1:10"]],
    ["unknown block", 'resource "a" "b" {}', ["unsupported-block-type@1:1"]],
    ["version", 'packer {\n  required_version = "< 1.10.0"\n}\nlocals { a = b }', ["unsupported-packer-version@2:22"]],
    [
      "foreign plugin",
      'packer {\n required_plugins {\n  x = { source = "github.com/o/x", version = "1.0.0" }\n }\n}',
      ["foreign-plugin@3:3"],
    ],
    [
      "built-in plugin",
      'packer {\n required_plugins {\n  amazon = { source = "github.com/hashicorp/amazon", version = ">=1" }\n }\n}',
      [],
    ],
    [
      "plugin without version",
      'packer {\n required_plugins {\n  x = { source = "github.com/o/x" }\n }\n}',
      ["wrong-plugin@3:3"],
    ],
    ["registry", "hcp_packer_registry {}", ["hcp-registry-ignored@1:1"]],
    ["communicator is ignored", 'communicator "ssh" "x" { anything = nothing }', []],
    [
      "only and except",
      'source "null" "a" {}\nbuild {\n  sources = ["null.a"]\n  provisioner "shell" {\n    only = ["null.a"]\n    except = ["null.b"]\n  }\n}',
      ["only-and-except@6:5"],
    ],
    [
      "unknown block in a build",
      'source "null" "a" {}\nbuild {\n  sources = ["null.a"]\n  provisoner "shell" {}\n}',
      ["unsupported-block-type@4:3"],
    ],
    [
      "for_each of null",
      'source "null" "a" {}\nbuild {\n  sources = ["null.a"]\n  dynamic "provisioner" {\n    for_each = null\n    content {}\n  }\n}',
      ["wrong-for-each@5:16"],
    ],
  ])("%s", (_, text, expected) => {
    expect(codesOf(loadText(text))).toEqual(expected);
  });

  test("reports an option that the source and the build set", () => {
    const loaded = loadText('source "null" "a" {\n  x = 1\n}\nbuild {\n  source "null.a" {\n    x = 2\n  }\n}');
    const [error] = loaded.template?.builds[0]?.builder.options(undefined).diagnostics ?? [];
    expect([error?.code, error?.range?.start.line]).toEqual(["duplicate-option", 6]);
  });

  test("reports options that cannot be evaluated", () => {
    const loaded = loadText('source "null" "a" {\n  x = var.y\n}\nbuild {\n  sources = ["null.a"]\n}');
    const [error] = loaded.template?.builds[0]?.builder.options(undefined).diagnostics ?? [];
    expect([error?.code, error?.range?.start.line]).toEqual(["unknown-reference", 2]);
  });

  test("reports a file that does not exist", () => {
    expect(codesOf(loadText("", { path: "nope.pkr.hcl" }))).toEqual(["unreadable-file"]);
  });

  test("reports other template files when a name is missing", () => {
    const files = { "a.pkr.hcl": "locals { x = var.y }", "b.pkr.hcl": 'variable "y" { default = 1 }' };
    expect(codesOf(loadText(files, { path: "a.pkr.hcl" }))).toEqual(["unknown-reference@1:18", "other-template-files"]);
    expect(codesOf(loadText(files))).toEqual([]);
  });

  test("rejects standard input", () => {
    expect(codesOf(loadText("", { path: "-", stdin: "" }))).toEqual(["no-hcl2-on-stdin"]);
  });

  test("reports an unknown value in the structure of builds, except while a lookup is pending", () => {
    const text = 'data "null" "x" { input = "y" }\nbuild { sources = [data.null.x.output] }';
    expect(codesOf(loadText(text))).toEqual(["unknown-value@2:19"]);
    expect(codesOf(loadText(text, {}, { lookUp: () => ({ state: "pending" }) }))).toEqual([]);
  });

  test("reports a directory without templates", () => {
    expect(codesOf(loadText({ "x.txt": "" }))).toEqual(["no-config-file"]);
  });

  test("-syntax-only evaluates nothing", () => {
    const text = 'variable "a" {}\nlocals { b = local.b }\nbuild { sources = ["null.zz"] }';
    expect(codesOf(loadText(text, { syntaxOnly: true }))).toEqual([]);
    expect(codesOf(loadText('variable "a" { typ = 1 }', { syntaxOnly: true }))).toEqual(["unsupported-argument@1:16"]);
  });
});

describe("files", () => {
  test("reads all files of a directory, in both syntaxes", () => {
    const loaded = loadText({
      "b.pkr.hcl": 'build { sources = ["null.${local.name}"] }',
      "a.pkr.json": JSON.stringify({
        variable: { n: { type: "string", default: "x" } },
        locals: { name: "${upper(var.n)}" },
        source: { null: { X: { communicator: "none", list: ["${var.n}"] } } },
      }),
      "c.hcl": "not read {",
    });
    expect(codesOf(loaded)).toEqual([]);
    expect(optionsOf(loaded.template?.builds[0]?.builder)).toEqual({ communicator: "none", list: ["x"] });
    expect(loaded.sources.map(({ file }) => file)).toEqual(["b.pkr.hcl", "a.pkr.json"]);
  });

  test("path.root is the path as set, and files are relative to the template's directory", () => {
    const text = 'locals {\n  a = "${path.root} ${path.cwd}"\n  b = file("x.txt")\n}';
    const loaded = loadText({ "img/t.pkr.hcl": text, "img/x.txt": "hi" }, { path: "img/t.pkr.hcl" });
    expect(loaded.template?.locals.map(({ valueText }) => valueText)).toEqual(["img /work", "hi"]);
    expect(loaded.template?.root).toBe("/work/img");
  });

  test("packer.version is the version of Packer", () => {
    const loaded = loadText("locals { v = packer.version }");
    expect(loaded.template?.locals[0]?.valueText).toBe("1.16.0");
  });
});
