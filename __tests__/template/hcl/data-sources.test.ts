import { describe, expect, test } from "@jest/globals";
import { evaluateConsole } from "../../../src/template/hcl/console.js";
import type { LookupRequest, LookupResult } from "../../../src/template/lookups.js";
import { memoryLookups } from "../memory-lookups.js";
import { codesOf, loadText, optionsOf } from "./loading.js";

const TEXT = `
  variable "owner" { default = "099720109477" }
  data "amazon-ami" "ubuntu" {
    filters     = { name = "ubuntu-\${local.release}" }
    owners      = [var.owner]
    most_recent = true
    assume_role { role_arn = "arn" }
  }
  locals {
    release = "24.04"
    ami     = data.amazon-ami.ubuntu.id
  }
  source "amazon-ebs" "a" { source_ami = local.ami }
  build { sources = ["amazon-ebs.a"] }`;

function loadWith(result: LookupResult) {
  const requests: LookupRequest[] = [];
  const lookUp = (request: LookupRequest) => {
    requests.push(request);
    return result;
  };
  return { requests, loaded: loadText(TEXT, {}, { lookUp }) };
}

describe("data sources", () => {
  test("are requested with evaluated options", () => {
    const { requests, loaded } = loadWith({ state: "ready", value: { id: "ami-1", name: "n" } });
    expect(requests).toEqual([
      {
        kind: "amazon-ami",
        arguments: {
          filters: { name: "ubuntu-24.04" },
          owners: ["099720109477"],
          most_recent: true,
          assume_role: { role_arn: "arn" },
        },
      },
    ]);
    expect(optionsOf(loaded.template?.builds[0]?.builder)).toEqual({ source_ami: "ami-1" });
  });

  test("are unknown while the lookup is pending", () => {
    const { loaded } = loadWith({ state: "pending" });
    expect(loaded.pending).toHaveLength(1);
    expect(codesOf(loaded)).toEqual([]);
    expect(optionsOf(loaded.template?.builds[0]?.builder)).toEqual({ source_ami: "?" });
  });

  test("are unknown when the lookup is skipped", () => {
    const { loaded } = loadWith({ state: "skipped" });
    expect([loaded.pending, codesOf(loaded)]).toEqual([[], []]);
    expect(loaded.template?.locals[1]?.valueText).toBeUndefined();
  });

  test("that fail are reported at their block", () => {
    const { loaded } = loadWith({ state: "failed", message: "no image", hint: "Check the filters." });
    expect(loaded.diagnostics).toMatchObject([
      { code: "data-source-failed", detail: "no image", hint: "Check the filters." },
    ]);
    expect(loaded.diagnostics[0]?.range?.start.line).toBe(3);
  });

  test.each([
    ['data "amazon-ami" "a" {}\nlocals { x = data.amazon-ami.a.idd }', ["unknown-attribute@2:32"]],
    ['data "amazon-ami" "a" {}\nlocals { x = data.amazon-ami.b.id }', ["unknown-reference@2:30"]],
    ['data "amazon-ami" "a" {}\nlocals { x = data.amazon-api.a.id }', ["unknown-reference@2:19"]],
    ['data "null" "a" {}\ndata "null" "a" {}', ["duplicate-data-source@2:1"]],
    ['data "null" "a" { input = data.null.b.output }\ndata "null" "b" { input = data.null.a.output }', ["cycle@1:1"]],
  ])("%s", (text, expected) => {
    expect(codesOf(loadText(text))).toEqual(expected);
  });
});

describe("console", () => {
  const lookups = memoryLookups({ files: { "/work/t.pkr.hcl": TEXT } });
  const inputs = { path: "t.pkr.hcl", variables: [], variableFiles: [], only: [], except: [] };

  test.each([
    ["upper(local.release)", "24.04"],
    ["var.owner", "099720109477"],
    ['[1, "a", true]', '[\n  1,\n  "a",\n  true,\n]'],
    ["{ a = { b = null } }", '{\n  "a" = {\n    "b" = null\n  }\n}'],
    ["local.ami", "<unknown>"],
    ["1 / 4", "0.25"],
  ])("%s", (text, expected) => {
    expect(evaluateConsole(text, inputs, lookups)).toMatchObject({ text: expected, diagnostics: [] });
  });

  test("reports errors", () => {
    const result = evaluateConsole("local.relase", inputs, lookups);
    expect(result.text).toBeUndefined();
    expect(result.diagnostics).toMatchObject([{ hint: 'Did you mean "release"?' }]);
  });
});
