import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

const folder = fileURLToPath(new URL("../../../src/local/instances", import.meta.url));

function scripts(extension: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(extension));
}

const hasPerl = spawnSync("perl", ["-v"]).status === 0 || process.env.BAKE_AMI_REQUIRE_TOOLS === "1";
if (!hasPerl) process.stderr.write("SKIPPED: perl is not installed, so the Perl of the sandboxes is not checked.\n");

describe("the scripts of the sandboxes", () => {
  (hasPerl ? test : test.skip).each(scripts(".pl"))("%s compiles by itself, without a warning", (name) => {
    const { status, stderr } = spawnSync("perl", ["-wc", join(folder, name)], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/^\S+ syntax OK\n$/) });
  });

  test.each(scripts(".sh"))("sh can parse %s", (name) => {
    const { status, stderr } = spawnSync("sh", ["-n", join(folder, name)], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});
