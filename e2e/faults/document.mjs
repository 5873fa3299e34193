/** Writes the generated sections of docs/reliability.md. Each section is between two comments with its name. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../harness/clouds.mjs";

const DOCUMENT = join(root, "docs", "reliability.md");

/** Replaces the text of a section. The text begins with the date and the Node version. */
export function writeSection(name, text) {
  const [begin, end] = [`<!-- rows: ${name} -->`, `<!-- end of rows: ${name} -->`];
  const document = readFileSync(DOCUMENT, "utf8");
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`${DOCUMENT} has no section "${name}"`);
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(DOCUMENT, `${before}${begin}\n\n${date}, Node ${process.version}: ${text}\n\n${end}${after}`);
}
