import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { PROJECT } from "../engine/running.js";

const PACKAGE = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));

/** What `npm pack` says about the package: it would write it, but does not. */
function packed(): {
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { path: string }[];
} {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts", "--offline"];
  const out = execFileSync("npm", args, { cwd: PROJECT, encoding: "utf8", shell: process.platform === "win32" });
  return JSON.parse(out)[0];
}

describe("the npm package", () => {
  test("has the bundle, the manual page, the README and the license, and no sources", () => {
    const { files, size, unpackedSize } = packed();
    const paths = files.map(({ path }) => path);
    expect(paths.filter((path) => !path.startsWith("dist/")).sort()).toEqual([
      "LICENSE",
      "README.md",
      "docs/bake-ami.1",
      "package.json",
    ]);
    expect(paths).toEqual(
      expect.arrayContaining(["dist/cli.js", "dist/index.js", "dist/package.json", "dist/licenses.txt"]),
    );
    expect(size).toBeLessThan(2_000_000);
    expect(unpackedSize).toBeLessThan(9_000_000);
  });

  test("can be published and installed: public, without dependencies and without scripts at installation", () => {
    expect(PACKAGE.private).toBeUndefined();
    expect(PACKAGE.dependencies).toBeUndefined();
    expect(PACKAGE.publishConfig).toEqual({ access: "public", provenance: true });
    const hooks = [
      "preinstall",
      "install",
      "postinstall",
      "prepare",
      "prepack",
      "prepublish",
      "prepublishOnly",
      "postpack",
    ];
    expect(Object.keys(PACKAGE.scripts).filter((name) => hooks.includes(name))).toEqual([]);
    expect(PACKAGE).toMatchObject({ bin: { "bake-ami": "dist/cli.js" }, engines: { node: ">=20" }, license: "MIT" });
    expect(PACKAGE.repository.url).toMatch(/^git\+https:\/\/github\.com\/[^/]+\/bake-ami\.git$/);
    expect(PACKAGE.keywords).toEqual(expect.arrayContaining(["packer", "ami", "aws"]));
  });

  test("a release is refused whose repository is not that of the package: npm would refuse its provenance", () => {
    const script = join(PROJECT, "scripts", "release.mjs");
    const env = { ...process.env, GITHUB_REPOSITORY: "somebody/fork" };
    const { status, stderr } = spawnSync(process.execPath, [script, `v${PACKAGE.version}`], { env, encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toContain("Set it to git+https://github.com/somebody/fork.git.");
  });
});
