/** Bundles modules of src/ into a temporary directory and imports them. */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";

export const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..");
const folder = mkdtempSync(join(tmpdir(), "bake-ami-bench-"));
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

export async function load(path) {
  const outfile = join(folder, `${path.replaceAll("/", "-")}.mjs`);
  buildSync({
    entryPoints: [join(root, "src", path)],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    loader: { ".pl": "text", ".sh": "text" },
    outfile,
    logLevel: "error",
  });
  return import(pathToFileURL(outfile).href);
}

/** Makes a directory for a benchmark's files; it is removed at the end. */
export function scratch(name) {
  return mkdtempSync(join(folder, `${basename(name)}-`));
}
