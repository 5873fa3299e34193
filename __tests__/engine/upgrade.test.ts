import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../support/folder.js";
import { PROJECT, runReally } from "./running.js";

const folder = temporaryFolder("upgrade");

const run = (...args: string[]) => runReally(args, { cwd: folder() });

/** Examples by folder and file. */
const EXAMPLES = [
  ["ansible", "ansible.json"],
  ["base-and-node", "base-and-node.json"],
  ["first", "first-example.json"],
  ["mesos", "ubuntu-14.04-mesos.json"],
  ["provisioners", "provisioners.json"],
] as const;

const VARIABLES = ["-var", "aws_access_key=", "-var", "aws_secret_key="];

describe("hcl2_upgrade", () => {
  test.each(EXAMPLES)("the example %s becomes a valid, formatted template next to it", async (name, file) => {
    cpSync(join(PROJECT, "examples", name), join(folder(), name), { recursive: true });
    const json = join(name, file);
    const hcl = `${json}.pkr.hcl`;
    expect(await run("hcl2_upgrade", json)).toMatchObject({ code: 0, out: `Successfully created ${hcl}. Exit 0` });
    const declares = readFileSync(join(folder(), hcl), "utf8").includes('variable "aws_access_key"');
    const variables = declares ? VARIABLES : [];
    expect(await run("fmt", "-check", hcl)).toEqual({ code: 0, out: "", err: "" });
    const before = await run("validate", ...variables, json);
    expect(before).toMatchObject({ code: 0, out: "The configuration is valid." });
    expect(await run("validate", ...variables, hcl)).toMatchObject({ code: 0, out: before.out });
  });

  test("blocks of known kinds are blocks, lists are lists", async () => {
    const json = join(PROJECT, "examples", "mesos", "ubuntu-14.04-mesos.json");
    const { out } = await run("hcl2_upgrade", "-output-file=-", json);
    expect(out).toContain("\n  source_ami_filter {\n    filters = {\n");
    expect(out).toContain('\n  ami_groups = ["all"]\n');
    expect(out).toContain("\n  tags = {\n");
  });

  test.each([
    ["nowhere.json", /nowhere\.json/],
    ["here.pkr.hcl", /is already an HCL2 template/],
  ])("%s is refused, and nothing is written", async (file, message) => {
    const { code, err } = await run("hcl2_upgrade", file);
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(existsSync(join(folder(), `${file}.pkr.hcl`))).toBe(false);
  });
});
