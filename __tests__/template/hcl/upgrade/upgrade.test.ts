import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { upgrade } from "../../../../src/engine/upgrade.js";
import { loadHclTemplate } from "../../../../src/template/hcl/load.js";
import { type UpgradedTemplate, upgradeTemplate } from "../../../../src/template/hcl/upgrade/upgrade.js";
import { loadJsonTemplate } from "../../../../src/template/json/load.js";
import type { Lookups } from "../../../../src/template/lookups.js";
import { memoryLookups } from "../../memory-lookups.js";
import { NAMES } from "./names.js";
import { type Plan, planOf } from "./same-plan.js";

/** With the options of known kinds, and with all kinds unknown. */
const WAYS: readonly (readonly [string, (text: string) => UpgradedTemplate])[] = [
  ["with the catalog", (text) => upgrade({ file: "t.json", text })],
  ["with unknown kinds", (text) => upgradeTemplate({ file: "t.json", text }, () => undefined)],
];

function both(
  text: string,
  write: (text: string) => UpgradedTemplate,
): { readonly hcl: string; readonly before: Plan; readonly after: Plan } {
  const { text: hcl = "" } = write(text);
  const files = { "/work/t.json": text, "/work/t.pkr.hcl": hcl };
  const lookups: Lookups = {
    ...memoryLookups({ files, env: { HOME: "/home/me", AWS_REGION: "eu-west-1" } }),
    randomBytes: (length) => new Uint8Array(length),
    lookUp: () => ({ state: "ready", value: "secret" }),
  };
  const inputs = (path: string, required: readonly string[] = []) => {
    const variables = required.map((name) => ({ name, value: `value of ${name}` }));
    return { path, variables, variableFiles: [], only: [], except: [] };
  };
  const unset = loadJsonTemplate(inputs("t.json"), lookups).template?.variables.filter(
    (v) => v.defaultText === undefined,
  );
  const names = unset?.map(({ name }) => name) ?? [];
  return {
    hcl,
    before: planOf(loadJsonTemplate(inputs("t.json", names), lookups)),
    after: planOf(loadHclTemplate(inputs("t.pkr.hcl", names), lookups)),
  };
}

const template = (parts: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ builders: [{ type: "null", communicator: "none" }], ...parts });

describe.each(WAYS)("the same plan, %s", (_way, write) => {
  test.each([
    ["a minimal one", template({})],
    [
      "times in names",
      template({
        variables: { a: "x", b: "b:c" },
        builders: [
          {
            type: "file",
            content: "{{isotime `2006-01-02 15:04` | clean_resource_name}} {{isotime | clean_ami_name}} {{user `a`}}",
            target:
              "{{user `b` | clean_resource_name}} {{isotime `Mon_Jan é` | clean_resource_name}} {{- isotime | clean_resource_name -}} .",
          },
        ],
      }),
    ],
    [
      "variables and their uses",
      template({
        variables: {
          a: "x",
          b: "{{user `a`}}-b",
          c: "{{env `HOME`}}/c",
          d: "{{isotime `2006`}}",
          e: null,
          "odd.name": "o",
        },
        builders: [
          { type: "null", x: "{{user `a`}}", y: '${not} %{hcl} {{user `b`}} {{ user "c" }}', z: "{{user `odd.name`}}" },
        ],
        provisioners: [
          { type: "shell", inline: ["{{user `d`}} {{user `e` | upper}} {{ lower (user `a`) }} {{timestamp}}"] },
        ],
      }),
    ],
    ...NAMES.map(({ what, variables, name }): [string, string] => [
      what,
      template({ variables, builders: [{ type: "file", content: "x", target: name }] }),
    ]),
    [
      "conditions and trim markers",
      template({
        variables: { a: "x" },
        provisioners: [
          {
            type: "shell",
            inline: ["{{if eq (user `a`) `x`}}yes {{user `a`}}{{else}}no{{end}}", "a {{- user `a` -}} b"],
          },
        ],
      }),
    ],
    [
      "build data and directories",
      template({
        provisioners: [
          { type: "shell", inline: ["{{build `ID`}} {{template_dir}} {{pwd}} {{build_name}} {{build_type}}"] },
        ],
      }),
    ],
    [
      "only, except, override, pipelines",
      template({
        builders: [
          { type: "null", name: "b two" },
          { type: "null", name: "a" },
        ],
        provisioners: [
          { type: "shell", only: ["a"], inline: ["x"], pause_before: "5s" },
          { type: "shell", except: ["a"], inline: ["x"], override: { "b two": { inline: ["y"], n: 1 } } },
        ],
        "error-cleanup-provisioner": { type: "shell-local", inline: ["z"] },
        "post-processors": [
          "manifest",
          [
            { type: "checksum", only: ["a"], name: "sum" },
            { type: "compress", keep_input_artifact: true },
          ],
        ],
      }),
    ],
    [
      "blocks and maps",
      template({
        builders: [
          {
            type: "amazon-ebs",
            tags: { Name: "n", "a b": "{{ .SourceAMI }}", "{{timestamp}}": "t" },
            source_ami_filter: { filters: { name: "x-*" }, owners: ["1"], most_recent: true },
            launch_block_device_mappings: [{ device_name: "/dev/sda1" }, { device_name: "/dev/sdb", volume_size: 8 }],
            empty: [],
            nothing: null,
          },
        ],
      }),
    ],
    [
      "a string in place of a list",
      template({
        variables: { none: "", two: "1,2" },
        builders: [{ type: "amazon-ebs", ami_users: "{{user `none`}}", ami_groups: "", ami_regions: "{{user `two`}}" }],
      }),
    ],
    [
      "secrets",
      template({
        variables: { s: "{{aws_secretsmanager `db` `k`}}", t: "x-{{aws_secretsmanager_raw `p`}}" },
        "sensitive-variables": ["s"],
        builders: [{ type: "null", x: "{{user `s`}}{{user `t`}}" }],
      }),
    ],
    [
      "text of all kinds",
      template({ description: 'say "hi"\n', builders: [{ type: "null", x: 'a"b\\c\n\t${d}%{e}\u0001é' }] }),
    ],
  ])("%s", (_, text) => {
    const { before, after } = both(text, write);
    expect(before).toMatchObject({ errors: [] });
    expect(after).toEqual(before);
  });
});

describe("the upgraded template", () => {
  test("reads like HCL2", () => {
    const text = JSON.stringify({
      min_packer_version: "1.5.0",
      variables: { region: "{{env `AWS_REGION`}}", name: "web" },
      builders: [
        {
          type: "amazon-ebs",
          region: "{{user `region`}}",
          ami_name: "{{user `name`}}-{{timestamp}}",
          tag: [{ key: "a" }],
        },
      ],
    });
    const { text: hcl } = upgradeTemplate({ file: "t.json", text }, () => undefined);
    expect(hcl).toBe(`packer {
  required_version = ">= 1.5.0"
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.0.0"
    }
  }
}

variable "region" {
  type    = string
  default = env("AWS_REGION")
}

variable "name" {
  type    = string
  default = "web"
}

source "amazon-ebs" "amazon-ebs" {
  region   = var.region
  ami_name = "\${var.name}-{{timestamp}}"
  tag {
    key = "a"
  }
}

build {
  sources = [
    "source.amazon-ebs.amazon-ebs",
  ]
}
`);
  });

  test("has a local value for a default that is a template; -var still sets its variable", () => {
    const text = template({ variables: { day: "{{isotime `2006-01-02`}}" } });
    const { text: hcl, diagnostics } = upgradeTemplate({ file: "t.json", text }, () => undefined);
    expect(diagnostics).toEqual([]);
    expect(hcl).toContain(`variable "day" {
  type    = string
  default = null
}

local "day" {
  expression = var.day != null ? var.day : legacy_isotime("2006-01-02")
}
`);
  });

  test("has a warning for a default that HCL2 cannot compute where it is used", () => {
    const variables = { a: "{{if eq 1 1}}{{isotime}}{{end}}" };
    const builders = [{ type: "null", x: "{{user `a` | upper}}" }];
    const { diagnostics } = upgradeTemplate(
      { file: "t.json", text: template({ variables, builders }) },
      () => undefined,
    );
    expect(diagnostics).toMatchObject([
      { code: "default-not-converted", severity: "warning", range: { file: "t.json" } },
    ]);
  });

  test("is not written for a template with errors", () => {
    expect(upgradeTemplate({ file: "t.json", text: "{" }, () => undefined).text).toBeUndefined();
  });
});

const corpus = process.env.BAKE_AMI_TEMPLATES;
const list = corpus && posix.join(corpus, "open.tsv");
const rows = list && existsSync(list) ? readFileSync(list, "utf8").trim().split("\n").slice(1) : [];
const templates = rows
  .map((row) => row.split("\t"))
  .filter(([, , kind]) => kind === "json")
  .map(([folder = "", path = ""]) => posix.join(corpus ?? "", "open", folder, path));

(templates.length > 0 ? describe : describe.skip)("JSON templates of BAKE_AMI_TEMPLATES", () => {
  test.each(templates.flatMap((path) => WAYS.map(([way, write]) => [path, way, write] as const)))(
    "%s %s",
    (path, _, write) => {
      const { hcl, before, after } = both(readFileSync(path, "utf8"), write);
      // A template with errors is not upgraded.
      if (hcl === "") expect(before.errors).not.toEqual([]);
      else expect(after).toEqual(before);
    },
  );
});
