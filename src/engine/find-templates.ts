import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import picomatch from "picomatch";
import { isDirectory } from "./files.js";

/** Directories that are not searched. */
const NOT_SEARCHED = /^(\.|node_modules$)/;

const HCL = /\.pkr\.(hcl|json)$/;

/**
 * Returns the sorted paths of the templates at `path`, relative to `cwd`. A directory with `*.pkr.hcl` or `*.pkr.json` files is one
 * template (Packer §2.1), and so is each JSON file with builders; subdirectories are searched. Paths and file names that match a glob
 * of `exclude` are omitted. Throws a `BakeError` when `path` cannot be read.
 */
export function findTemplates(path: string, cwd: string, exclude: readonly string[]): readonly string[] {
  const isIncluded = notExcludedBy(exclude);
  if (!isDirectory(path, cwd)) return [path];
  return templatesIn(path.replace(/(?<=.)\/+$/, ""), cwd, isIncluded).filter(isIncluded);
}

function notExcludedBy(exclude: readonly string[]): (path: string) => boolean {
  if (exclude.length === 0) return () => true;
  const isExcluded = picomatch([...exclude], { dot: true });
  return (path) => !isExcluded(path) && !isExcluded(basename(path));
}

function templatesIn(folder: string, cwd: string, isIncluded: (path: string) => boolean): readonly string[] {
  const entries = readdirSync(resolve(cwd, folder), { withFileTypes: true }).sort(byName);
  const at = (entry: Dirent) => (folder === "." ? entry.name : join(folder, entry.name));
  const isHcl = entries.some((entry) => entry.isFile() && HCL.test(entry.name) && isIncluded(at(entry)));
  const json = entries.filter(
    (entry) =>
      entry.isFile() && /\.json$/.test(entry.name) && !HCL.test(entry.name) && hasBuilders(resolve(cwd, at(entry))),
  );
  const folders = entries.filter(
    (entry) => entry.isDirectory() && !NOT_SEARCHED.test(entry.name) && isIncluded(at(entry)),
  );
  return [
    ...(isHcl ? [folder] : []),
    ...json.map(at),
    ...folders.flatMap((entry) => templatesIn(at(entry), cwd, isIncluded)),
  ];
}

/** Returns the HCL2 files of a directory that have a build block and do not match `exclude`. Each may be a separate template. */
export function filesWithBuilds(folder: string, cwd: string, exclude: readonly string[]): readonly string[] {
  return readdirSync(resolve(cwd, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".pkr.hcl"))
    .sort(byName)
    .map((entry) => (folder === "." ? entry.name : join(folder, entry.name)))
    .filter(notExcludedBy(exclude))
    .filter((path) => /^[ \t]*build\b[^\n]*\{/m.test(readFileSync(resolve(cwd, path), "utf8")));
}

/** Returns whether a JSON file has the key `builders`. The file is not parsed, because errors in it are reported later. */
function hasBuilders(path: string): boolean {
  return /"builders"\s*:\s*\[/.test(readFileSync(path, "utf8"));
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
