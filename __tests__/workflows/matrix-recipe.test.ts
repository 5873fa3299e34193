import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { BAKE } from "../../src/action/bake.js";
import { MATRIX } from "../../src/action/matrix.js";
import { describeOwnImages } from "../../src/aws/image.js";
import { readParameter } from "../../src/aws/parameter.js";
import { TAG } from "../../src/core/ownership.js";
import { inputsEnvironment, runOnRunner } from "../action/runner.js";
import { SOURCE } from "../builders/amazon-ebs/bake.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";

const cloud = testCloud();
const folder = temporaryFolder("matrix-recipe");
const project = join(dirname(fileURLToPath(import.meta.url)), "../..");

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

const workflow = parse(readFileSync(join(project, "examples/workflows/matrix.yml"), "utf8"));
const inputsOf = (job: string, uses: string) => {
  const steps: readonly Step[] = workflow.jobs[job].steps;
  return Object.entries(steps.find((step) => step.uses?.startsWith(uses))?.with ?? {});
};

/** The rows of the table in the recipe: files, name and template of each job. */
const rows = readFileSync(join(project, "docs/recipes.md"), "utf8")
  .split("## Bake every template of a directory")[1]
  ?.split("\n## ")[0]
  ?.split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|").map((cell) => cell.replaceAll("`", "").trim()))
  .map(([, files = "", name = "", template = ""]) => ({ files: files.split(", "), name, template }));

/** A template whose AMIs have its path in their names. */
function textOf(path: string, refersToVariable: boolean): string {
  const options = {
    ...{ region: "us-east-1", instance_type: "t3.micro", communicator: "none", ...SOURCE },
    ami_name: `recipe ${path.replace(/\W/g, "-")} {{timestamp}} {{uuid}}`,
  };
  if (path.endsWith(".json")) return JSON.stringify({ builders: [{ type: "amazon-ebs", ...options }] });
  if (path.includes("variables")) return 'variable "type" {\n  default = "t3.micro"\n}\n';
  return `source "amazon-ebs" "image" {
  region        = "us-east-1"
  source_ami_filter {
    owners      = ${JSON.stringify(SOURCE.source_ami_filter.owners)}
    most_recent = true
    filters     = ${JSON.stringify(SOURCE.source_ami_filter.filters)}
  }
  instance_type = ${refersToVariable ? "var.type" : '"t3.micro"'}
  communicator  = "none"
  ami_name      = "recipe ${path.replace(/\W/g, "-")} \${uuidv4()}"
}
build {
  sources = ["source.amazon-ebs.image"]
}
`;
}

beforeAll(() => {
  for (const { files } of rows ?? []) {
    for (const file of files) {
      mkdirSync(dirname(join(folder(), file)), { recursive: true });
      writeFileSync(join(folder(), file), textOf(file, files.length > 1));
    }
  }
});

test("the recipe bakes every template of its layout, each under its own name and parameter", async () => {
  const found = await runOnRunner(MATRIX, folder(), {
    GITHUB_WORKSPACE: folder(),
    ...inputsEnvironment(Object.fromEntries(inputsOf("find", "OWNER/bake-ami/matrix").map(([k, v]) => [k, String(v)]))),
  });
  expect([found.code, found.log]).toEqual([0, expect.not.stringContaining("::error")]);
  const jobs: readonly Readonly<Record<string, string>>[] = JSON.parse(found.outputs.matrix ?? "").include;
  const expected = rows?.map(({ name, template }) => ({ name, template, image: name, only: "" }));
  const byName = (a: { name?: string }, b: { name?: string }) => String(a.name).localeCompare(String(b.name));
  expect(rows?.length).toBeGreaterThan(2);
  expect([...jobs].sort(byName)).toEqual(expected?.sort(byName));
  for (const job of jobs) {
    const given = inputsOf("bake", "OWNER/bake-ami@").flatMap(([name, value]) => {
      const text = String(value).replace(/\$\{\{ matrix\.(\w+) \}\}/g, (_, key: string) => job[key] ?? "");
      // The role of the recipe needs GitHub, and the second Region only doubles the work.
      return name === "role-to-assume" || name === "regions" ? [] : [[name, text] as const];
    });
    const { code, log } = await runOnRunner(BAKE, folder(), {
      ...cloud.env(),
      GITHUB_WORKSPACE: folder(),
      AWS_REGION: "us-east-1",
      ...inputsEnvironment(Object.fromEntries(given)),
    });
    expect([code, code === 0 ? "" : log]).toEqual([0, ""]);
  }
  const images = await describeOwnImages(cloud.scope(), [{ Name: "name", Values: ["recipe *"] }]);
  for (const { name, template } of rows ?? []) {
    const parameter = await readParameter(cloud.scope(), `/images/${name}/latest`);
    const image = images.find(({ id }) => id === parameter?.value);
    expect(image?.tags[TAG.image]).toBe(name);
    expect(image?.name).toContain(`recipe ${template.replace(/\W/g, "-")}`);
  }
}, 60_000);
