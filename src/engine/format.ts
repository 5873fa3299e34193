import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { hasErrors } from "../core/diagnostics.js";
import type { SourceText } from "../core/source.js";
import { formatConfig } from "../template/hcl/format.js";
import { parseConfig } from "../template/hcl/syntax/parse.js";
import { isDirectory } from "./files.js";
import type { FormattedTemplate } from "./template-api.js";

/** The files of a directory that are formatted. */
const HCL_FILE = /\.(pkr|pkrvars)\.hcl$/;

/** Formats HCL2 text. */
export function format(source: SourceText): FormattedTemplate {
  const { diagnostics } = parseConfig(source);
  return { text: hasErrors(diagnostics) ? undefined : formatConfig(source.text), diagnostics };
}

/**
 * Returns the sorted paths of the HCL2 files at `path`, relative to `cwd`: the file itself, or the files of a directory that Packer
 * formats, with `recursive` also those in subdirectories. Throws a `BakeError` when `path` cannot be read.
 */
export function filesToFormat(path: string, cwd: string, recursive: boolean): readonly string[] {
  if (!isDirectory(path, cwd)) return [path];
  const entries = readdirSync(resolve(cwd, path), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const inside = path === "." ? entry.name : join(path, entry.name);
    if (entry.isDirectory()) return recursive && !entry.name.startsWith(".") ? filesToFormat(inside, cwd, true) : [];
    return HCL_FILE.test(entry.name) ? [inside] : [];
  });
}
