import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import { MATRIX } from "../../src/action/matrix.js";
import { imageOf, readingRequest } from "../../src/engine/request.js";
import { runOnRunner } from "../action/runner.js";
import { temporaryFolder } from "../support/folder.js";
import { PROJECT, runReally } from "./running.js";

const folder = temporaryFolder("matrix");

const TEMPLATE = JSON.stringify({
  builders: [
    { type: "file", name: "a", target: "a", content: "x" },
    { type: "file", name: "b", target: "b", content: "x" },
  ],
});
const SOURCE = 'source "null" "x" {\n  communicator = "none"\n}\n';
const BUILD = 'build {\n  sources = ["null.x"]\n}\n';
const VARIABLE = 'variable "must" {\n  type = string\n}\n';
const HCL = VARIABLE + SOURCE + BUILD;
const other = (text: string, name: string) => text.replaceAll('"x"', `"${name}"`).replaceAll("null.x", `null.${name}`);

const FILES: Readonly<Record<string, string>> = {
  "images/base/web.json": TEMPLATE,
  "images/app/web.json": TEMPLATE,
  "images/app/web.variables.json": '{"version": "1"}',
  "images/db/db.pkr.hcl": HCL,
  "images/db/more.pkr.hcl": "",
  "images/.hidden/old.json": TEMPLATE,
  "images/node_modules/x/x.json": TEMPLATE,
  "broken/bad.json": '{"builders": [{"type": "file"}',
  "broken-hcl/a.pkr.hcl": "build {",
  "broken-hcl/b.pkr.hcl": HCL,
  "alone/a.pkr.hcl": HCL,
  "alone/b.pkr.hcl": HCL,
  "alone/shared/variables.pkr.hcl": 'variable "other" { type = string }\n',
  "shared/variables.pkr.hcl": 'variable "other" { type = string }\n',
  "empty/README.md": "",
  // Files that are valid together, and of which none belongs to another.
  "valid/a.pkr.hcl": SOURCE + BUILD,
  "valid/b.pkr.hcl": other(SOURCE + BUILD, "y"),
  "valid/plugins.pkr.hcl": 'packer {\n  required_version = ">= 1.9"\n}\n',
  // One template of several files, by each kind of reference.
  "by/variable/main.pkr.hcl": `${SOURCE + BUILD}locals {\n  l = "\${var.v}"\n}\n`,
  "by/variable/variables.pkr.hcl": 'variable "v" {\n  default = ""\n}\n',
  "by/variables/main.pkr.hcl": `${SOURCE + BUILD}locals {\n  l = var.v\n}\n`,
  "by/variables/more.pkr.hcl": 'variables {\n  v = "1"\n}\n',
  "by/local/main.pkr.hcl": SOURCE + BUILD.replace("{", "{\n  name = local.l\n"),
  "by/local/locals.pkr.hcl": 'locals {\n  l = "1"\n}\n',
  "by/from/build.pkr.hcl": BUILD.replace("null.x", "source.null.x"),
  "by/from/sources.pkr.hcl": SOURCE,
  "by/nested/build.pkr.hcl": 'build {\n  source "source.null.x" {}\n}\n',
  "by/nested/sources.pkr.hcl": SOURCE,
  "by/name/build.pkr.hcl": 'variable "n" {\n  default = "x"\n}\nbuild {\n  sources = ["null.${var.n}"]\n}\n',
  "by/name/sources.pkr.hcl": SOURCE,
  "by/data/build.pkr.hcl": `${SOURCE}${BUILD}locals {\n  l = data.null.d.output\n}\n`,
  "by/data/data.pkr.hcl": 'data "null" "d" {\n  input = "1"\n}\n',
  "by/block/build.pkr.hcl": `${SOURCE}${BUILD}locals {\n  m = local.l\n}\n`,
  "by/block/local.pkr.hcl": 'local "l" {\n  expression = "1"\n}\n',
  "by/dynamic/build.pkr.hcl":
    'build {\n  dynamic "source" {\n    for_each = ["source.null.x"]\n    labels   = [source.value]\n    content {}\n  }\n}\n',
  "by/dynamic/sources.pkr.hcl": SOURCE,
  "by/json/build.pkr.json": '{"build": {"sources": ["source.null.x"]}}',
  "by/json/sources.pkr.hcl": SOURCE,
  "by/value/main.pkr.hcl": HCL,
  "by/value/x.auto.pkrvars.hcl": 'must = "1"\n',
  // One template of several files, next to one of its own.
  "mixed/a.pkr.hcl": `${SOURCE + BUILD}locals {\n  l = var.v\n}\n`,
  "mixed/b.pkr.hcl": other(SOURCE + BUILD, "y"),
  "mixed/variables.pkr.hcl": 'variable "v" {\n  default = ""\n}\n',
  "twice/images/web.json": TEMPLATE,
  "twice/images/web/packer.json": TEMPLATE,
};

beforeAll(() => {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(folder(), name, ".."), { recursive: true });
    writeFileSync(join(folder(), name), text);
  }
});

const run = (...args: string[]) => runReally(["matrix", ...args], { cwd: folder() });
const job = (name: string, template: string, image = name, only = "") => ({ name, template, image, only });

const DB = "images/db/db.pkr.hcl";

test.each<[readonly string[], readonly object[]]>([
  [["images"], [job("app-web", "images/app/web.json"), job("base-web", "images/base/web.json"), job("db", DB)]],
  [["images/base"], [job("base-web", "images/base/web.json")]],
  [["images/db", "images/db/"], [job("db", DB)]],
  [[DB], [job("db", DB)]],
  [["images/base/web.json"], [job("base-web", "images/base/web.json")]],
  [["-exclude=web.json", "images"], [job("db", DB)]],
  [["-exclude=images/a*", "-exclude=images/db", "images"], [job("base-web", "images/base/web.json")]],
  [
    ["-per-build", "images/base"],
    [
      job("base-web (a)", "images/base/web.json", "base-web", "a"),
      job("base-web (b)", "images/base/web.json", "base-web", "b"),
    ],
  ],
  [["-exclude=b.pkr.hcl", "-exclude=shared", "alone"], [job("alone-a", "alone/a.pkr.hcl")]],
  [["-per-build", "images/db"], [job("db (null.x)", DB, "db", "null.x")]],
])("matrix %j", async (args, include) => {
  const { code, out, err } = await run(...args);
  expect([code, JSON.parse(out), err]).toEqual([0, { include }, ""]);
});

test.each([
  ["by a variable", "by/variable"],
  ["by a variable of a variables block", "by/variables"],
  ["by a local", "by/local"],
  ["by a source", "by/from"],
  ["by a source block of a build", "by/nested"],
  ["by a source whose name is computed", "by/name"],
  ["by a data source", "by/data"],
  ["by a local block", "by/block"],
  ["by a dynamic block", "by/dynamic"],
  ["in JSON syntax", "by/json"],
  ["by a file of variable values", "by/value"],
])("files that refer to each other %s are one template: the directory", async (_, path) => {
  const { code, out, err } = await run(path);
  expect([code, JSON.parse(out), err]).toEqual([0, { include: [job(path.replace("/", "-"), path)] }, ""]);
});

test("files that belong to no other file are templates, even if they are valid together", async () => {
  const { out, err } = await run("valid");
  expect(JSON.parse(out)).toEqual({ include: [job("valid-a", "valid/a.pkr.hcl"), job("valid-b", "valid/b.pkr.hcl")] });
  expect(err).toBe(
    "Read as separate templates, because no other file in valid belongs to them: valid/a.pkr.hcl, valid/b.pkr.hcl",
  );
});

test("next to a template of several files, the directory bakes the builds of these files only", async () => {
  const { out, err } = await run("mixed");
  expect(JSON.parse(out)).toEqual({
    include: [job("mixed", "mixed", "mixed", "null.x"), job("mixed-b", "mixed/b.pkr.hcl")],
  });
  expect(err).toBe(
    "Read as separate templates, because no other file in mixed belongs to them: mixed/b.pkr.hcl. The other files are one template",
  );
});

test("the name of a job is the one that a bake of its template alone has", async () => {
  const { out } = await run("images", "by", "mixed", "valid");
  const jobs: readonly { readonly image: string; readonly template: string }[] = JSON.parse(out).include;
  expect(jobs.length).toBeGreaterThan(10);
  for (const { image, template } of jobs) {
    const alone = readingRequest(folder(), { path: template, variables: [], variableFiles: [], only: [], except: [] });
    expect(imageOf(alone)).toBe(image);
  }
});

test("prints a notice for HCL2 files that are separate templates, and for skipped templates", async () => {
  const { code, out, err } = await run("alone");
  expect([code, JSON.parse(out)]).toEqual([
    0,
    { include: [job("alone-a", "alone/a.pkr.hcl"), job("alone-b", "alone/b.pkr.hcl")] },
  ]);
  expect(err.split("\n")).toEqual([
    "Read as separate templates, because no other file in alone belongs to them: alone/a.pkr.hcl, alone/b.pkr.hcl",
    "Skipped alone/shared: it has no builds",
  ]);
});

test.each<[readonly string[], RegExp]>([
  [["shared"], /Skipped shared: it has no builds\n[\s\S]*No template found in "shared"/],
  [["broken"], /bad\.json:1:31[\s\S]*/],
  [["broken-hcl"], /broken-hcl\/a\.pkr\.hcl:1:7[\s\S]*/],
  [
    ["twice"],
    /The templates "twice\/images\/web.json" and "twice\/images\/web\/packer.json" have the same image name "twice-images-web"\n[\s\S]*-exclude/,
  ],
  [["empty"], /No template found in "empty"/],
  [["nowhere"], /^Error: Could not read "nowhere": no such file or directory\n {2}Hint: /],
  [[], /^Usage: bake-ami matrix .*\n\nA directory or a template is required$/],
])("matrix %j is an error", async (args, message) => {
  const { code, out, err } = await run(...args);
  expect([code, out, err]).toEqual([1, "", expect.stringMatching(message)]);
});

test("the examples are a matrix", async () => {
  const { code, out } = await runReally(["matrix", "examples"], { cwd: PROJECT });
  expect(code).toBe(0);
  const jobs: readonly { readonly image: string }[] = JSON.parse(out).include;
  expect(jobs.length).toBeGreaterThan(5);
  expect(new Set(jobs.map(({ image }) => image)).size).toBe(jobs.length);
});

test("the action sets it as an output, and reports what is wrong at its place", async () => {
  const step = (path: string) => runOnRunner(MATRIX, folder(), { GITHUB_WORKSPACE: folder(), INPUT_PATH: path });
  const good = await step("images/base\nimages/db");
  expect(good.code).toBe(0);
  expect(JSON.parse(good.outputs.matrix ?? "")).toEqual({
    include: [job("base-web", "images/base/web.json"), job("db", DB)],
  });
  const bad = await step("broken");
  expect([bad.code, bad.log]).toEqual([1, expect.stringMatching(/^::error file=broken\/bad.json,line=1/m)]);
});
