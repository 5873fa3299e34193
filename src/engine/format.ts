import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { hasErrors } from "../core/diagnostics.js";
import type { SourceText } from "../core/source.js";
import { formatConfig } from "../template/hcl/format.js";
import { parseConfig } from "../template/hcl/syntax/parse.js";
import type { FormattedTemplate } from "./api.js";

/** What is formatted in a directory. */
const HCL_FILE = /\.(pkr|pkrvars)\.hcl$/;

/** Writes HCL2 text in the usual layout. */
export function format(source: SourceText): FormattedTemplate {
  const { diagnostics } = parseConfig(source);
  return { text: hasErrors(diagnostics) ? undefined : formatConfig(source.text), diagnostics };
}

/**
 * The HCL2 files at `path`, relative to `cwd` as it is: a file is itself; in a directory those that Packer formats, with
 * `recursive` also in the directories within. Sorted. Throws the error of the file system.
 */
export function filesToFormat(path: string, cwd: string, recursive: boolean): readonly string[] {
  if (!statSync(resolve(cwd, path)).isDirectory()) return [path];
  const entries = readdirSync(resolve(cwd, path), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const inside = path === "." ? entry.name : join(path, entry.name);
    if (entry.isDirectory()) return recursive && !entry.name.startsWith(".") ? filesToFormat(inside, cwd, true) : [];
    return HCL_FILE.test(entry.name) ? [inside] : [];
  });
}
