import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("fix");

const OLD = `{"builders": [{"type": "file", "ssh_wait_timeout": "1m"}]}`;
const FIXED = `{
  "builders": [
    {
      "type": "file",
      "ssh_timeout": "1m"
    }
  ]
}`;

function run(args: readonly string[], input = "") {
  return runReally(["fix", ...args], { cwd: folder(), input });
}

function write(name: string, text: string): string {
  writeFileSync(join(folder(), name), text);
  return name;
}

describe("fix", () => {
  test("prints the fixed template and does not change the file", async () => {
    const name = write("old.json", OLD);
    expect(await run([name])).toEqual({ code: 0, out: FIXED, err: "" });
    expect(readFileSync(join(folder(), name), "utf8")).toBe(OLD);
  });

  test("reads standard input", async () => {
    expect(await run(["-"], OLD)).toEqual({ code: 0, out: FIXED, err: "" });
  });

  test("prints a template that is not valid, then the errors in the printed text", async () => {
    const { code, out, err } = await run([write("none.json", `{"builders": [], "x": 1}`)]);
    expect({ code, out }).toEqual({ code: 1, out: '{\n  "builders": [],\n  "x": 1\n}' });
    expect(err).toContain("Error: At least one builder must be defined\n  at none.json (fixed):2:3\n");
    expect(err).toContain('Error: Unknown root level key in template: "x"\n  at none.json (fixed):3:3\n');
  });

  test("-validate=false does not check the fixed template", async () => {
    expect(await run(["-validate=false", write("none.json", `{"builders": []}`)])).toMatchObject({ code: 0, err: "" });
  });

  test.each([["web.pkr.hcl"], ["web.pkr.json"], ["."]])("%s is refused as an HCL2 template", async (path) => {
    const { code, out, err } = await run([path === "." ? path : write(path, "")]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(`Error: fix works only with JSON templates, and "${path}" is an HCL2 template\n  Hint: Run `);
  });

  test("an error in the text has its place", async () => {
    const { code, out, err } = await run([write("wrong.json", '{"builders": [}')]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("at wrong.json:1:15");
  });

  test("a file that does not exist is an error with a hint", async () => {
    const { code, err } = await run(["none"]);
    expect(code).toBe(1);
    expect(err).toContain('Error: Could not read "none": no such file or directory\n  Hint: Check the path.');
  });
});
