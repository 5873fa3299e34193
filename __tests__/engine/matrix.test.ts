import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import { MATRIX } from "../../src/action/matrix.js";
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
const HCL =
  'variable "must" { type = string }\nsource "null" "x" { communicator = "none" }\nbuild { sources = ["null.x"] }\n';

const FILES: Readonly<Record<string, string>> = {
  "images/base/web.json": TEMPLATE,
  "images/app/web.json": TEMPLATE,
  "images/app/web.variables.json": '{"version": "1"}',
  "images/db/db.pkr.hcl": HCL,
  "images/db/more.pkr.hcl": "",
  "images/.hidden/old.json": TEMPLATE,
  "images/node_modules/x/x.json": TEMPLATE,
  "broken/bad.json": '{"builders": [{"type": "file"}',
  "alone/a.pkr.hcl": HCL,
  "alone/b.pkr.hcl": HCL,
  "alone/shared/variables.pkr.hcl": 'variable "other" { type = string }\n',
  "shared/variables.pkr.hcl": 'variable "other" { type = string }\n',
  "empty/README.md": "",
};

beforeAll(() => {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(folder(), name, ".."), { recursive: true });
    writeFileSync(join(folder(), name), text);
  }
});

const run = (...args: string[]) => runReally(["matrix", ...args], { cwd: folder() });
const job = (name: string, template: string, image = name, only = "") => ({ name, template, image, only });

test.each<[readonly string[], readonly object[]]>([
  [
    ["images"],
    [job("app-web", "images/app/web.json"), job("base-web", "images/base/web.json"), job("db", "images/db")],
  ],
  [["images/base"], [job("web", "images/base/web.json")]],
  [["images/db", "images/db/"], [job("db", "images/db")]],
  [["images/base/web.json"], [job("web", "images/base/web.json")]],
  [["-exclude=web.json", "images"], [job("db", "images/db")]],
  [["-exclude=images/a*", "-exclude=images/db", "images"], [job("web", "images/base/web.json")]],
  [
    ["-per-build", "images/base"],
    [job("web (a)", "images/base/web.json", "web", "a"), job("web (b)", "images/base/web.json", "web", "b")],
  ],
  [["-exclude=b.pkr.hcl", "-exclude=shared", "alone"], [job("a", "alone/a.pkr.hcl")]],
  [["-per-build", "images/db"], [job("db (null.x)", "images/db", "db", "null.x")]],
])("matrix %j", async (args, include) => {
  const { code, out, err } = await run(...args);
  expect([code, JSON.parse(out)]).toEqual([0, { include }]);
  if (!args.includes("alone")) expect(err).toBe("");
});

test("prints a notice for HCL2 files that are separate templates, and for skipped templates", async () => {
  const { code, out, err } = await run("alone");
  expect([code, JSON.parse(out)]).toEqual([0, { include: [job("a", "alone/a.pkr.hcl"), job("b", "alone/b.pkr.hcl")] }]);
  expect(err.split("\n")).toEqual([
    "The files of alone are not valid as one template. Each is read as a template: alone/a.pkr.hcl, alone/b.pkr.hcl",
    "Skipped alone/shared: it has no builds",
  ]);
});

test.each<[readonly string[], RegExp]>([
  [["shared"], /Skipped shared: it has no builds\n[\s\S]*No template found in "shared"/],
  [["broken"], /bad\.json:1:31[\s\S]*/],
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

test("the action gives it as an output, and tells what is wrong at its place", async () => {
  const step = (path: string) => runOnRunner(MATRIX, folder(), { GITHUB_WORKSPACE: folder(), INPUT_PATH: path });
  const good = await step("images/base\nimages/db");
  expect(good.code).toBe(0);
  expect(JSON.parse(good.outputs.matrix ?? "")).toEqual({
    include: [job("web", "images/base/web.json"), job("db", "images/db")],
  });
  const bad = await step("broken");
  expect([bad.code, bad.log]).toEqual([1, expect.stringMatching(/^::error file=broken\/bad.json,line=1/m)]);
});
