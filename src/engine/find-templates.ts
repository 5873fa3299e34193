import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import picomatch from "picomatch";

/** Folders that hold no templates of the user's own. */
const PASSED_OVER = /^(\.|node_modules$)/;

const HCL = /\.pkr\.(hcl|json)$/;

/**
 * The templates at `path`, relative to `cwd` as it is: a file is itself; a folder with `*.pkr.hcl` or `*.pkr.json` files is one
 * template (Packer §2.1); JSON files with builders are one each; folders within are searched. Sorted. What a glob of
 * `exclude` matches (path or file name) is left out. Throws the error of the file system.
 */
export function findTemplates(path: string, cwd: string, exclude: readonly string[]): readonly string[] {
  const isIncluded = notExcludedBy(exclude);
  if (!statSync(resolve(cwd, path)).isDirectory()) return [path];
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
    (entry) => entry.isDirectory() && !PASSED_OVER.test(entry.name) && isIncluded(at(entry)),
  );
  return [
    ...(isHcl ? [folder] : []),
    ...json.map(at),
    ...folders.flatMap((entry) => templatesIn(at(entry), cwd, isIncluded)),
  ];
}

/** The HCL2 files of a folder that have a build block: each may be meant as a template by itself. None that `exclude` matches. */
export function filesWithBuilds(folder: string, cwd: string, exclude: readonly string[]): readonly string[] {
  return readdirSync(resolve(cwd, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".pkr.hcl"))
    .sort(byName)
    .map((entry) => (folder === "." ? entry.name : join(folder, entry.name)))
    .filter(notExcludedBy(exclude))
    .filter((path) => /^[ \t]*build\b[^\n]*\{/m.test(readFileSync(resolve(cwd, path), "utf8")));
}

/** Templates may hold comments or mistakes, which are reported when they are read: so this only searches for the key. */
function hasBuilders(path: string): boolean {
  return /"builders"\s*:\s*\[/.test(readFileSync(path, "utf8"));
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
