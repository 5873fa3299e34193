import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("wrong-data-sources");
const run = (...args: string[]) => runReally(args, { cwd: folder() });

function write(name: string, text: string): string {
  writeFileSync(join(folder(), `${name}.pkr.hcl`), text);
  return `${name}.pkr.hcl`;
}

test.each([
  [
    "an argument",
    'data "http" "x" {\n  urll = "http://127.0.0.1/"\n  url  = ["x"]\n}\n',
    'key: "urll"',
    '"url" must be text',
  ],
  ["a kind", 'data "foo" "x" {}\n', 'unknown data source "foo"'],
])("%s of a data source that is wrong is told once, where it stands", async (name, text, ...told) => {
  const at = write(
    `data-${name}`,
    `${text}source "null" "n" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.n"]\n}\n`,
  );
  for (const command of [["validate"], ["validate", "-evaluate-datasources"], ["build"]]) {
    const { code, err } = await run(...command, at);
    expect(code).toBe(1);
    expect(err.match(/^Error: /gm)).toHaveLength(told.length);
    for (const part of told) expect(err).toContain(part);
  }
});
