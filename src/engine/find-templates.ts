import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import picomatch from "picomatch";
import type { SourceText } from "../core/source.js";
import { isDirectory, readTextFile } from "./files.js";

/** Returns whether a directory entry is a directory in which templates are searched for. */
export function isSearchedDirectory(entry: Dirent): boolean {
  return entry.isDirectory() && !/^(\.|node_modules$)/.test(entry.name);
}

const HCL = /\.pkr\.(hcl|json)$/;

/**
 * Returns the sorted paths of the templates at `path`, relative to `cwd`. A directory with `*.pkr.hcl` or `*.pkr.json` files is one
 * template (Packer §2.1), and so is each JSON file with builders; subdirectories are searched. Paths and file names that match a glob
 * of `exclude` are omitted. Throws a `BakeError` when `path` cannot be read.
 */
export function findTemplates(path: string, cwd: string, exclude: readonly string[]): readonly string[] {
  const isExcluded = isExcludedBy(exclude);
  const isIncluded = (each: string) => !isExcluded(each);
  if (!isDirectory(path, cwd)) return [path];
  return templatesIn(path.replace(/(?<=.)\/+$/, ""), cwd, isIncluded).filter(isIncluded);
}

/** Returns whether a path, or its file name, matches one of the globs. */
export function isExcludedBy(globs: readonly string[]): (path: string) => boolean {
  if (globs.length === 0) return () => false;
  const matches = picomatch([...globs], { dot: true });
  return (path) => matches(path) || matches(basename(path));
}

function templatesIn(directory: string, cwd: string, isIncluded: (path: string) => boolean): readonly string[] {
  const entries = readdirSync(resolve(cwd, directory), { withFileTypes: true }).sort(byName);
  const at = (entry: Dirent) => (directory === "." ? entry.name : join(directory, entry.name));
  const isHcl = entries.some((entry) => entry.isFile() && HCL.test(entry.name) && isIncluded(at(entry)));
  const json = entries.filter(
    (entry) =>
      entry.isFile() && /\.json$/.test(entry.name) && !HCL.test(entry.name) && hasBuilders(resolve(cwd, at(entry))),
  );
  const directories = entries.filter((entry) => isSearchedDirectory(entry) && isIncluded(at(entry)));
  return [
    ...(isHcl ? [directory] : []),
    ...json.map(at),
    ...directories.flatMap((entry) => templatesIn(at(entry), cwd, isIncluded)),
  ];
}

/** The texts of the HCL2 files of a directory, and of its files of variable values (Packer §2.1). */
export interface HclFiles {
  readonly config: readonly SourceText[];
  readonly automatic: readonly SourceText[];
}

/** Returns the HCL2 files of a directory; undefined if the path is not a directory. Paths are relative to `cwd`. */
export function hclFilesIn(path: string, cwd: string): HclFiles | undefined {
  if (!isDirectory(path, cwd)) return undefined;
  const names = readdirSync(resolve(cwd, path), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .sort(byName)
    .map(({ name }) => (path === "." ? name : join(path, name)));
  const read = (ending: RegExp) =>
    names.filter((file) => ending.test(file)).map((file) => ({ file, text: readTextFile(file, cwd) }));
  return { config: read(HCL), automatic: read(/\.auto\.pkrvars\.(hcl|json)$/) };
}

/** Returns whether an HCL2 file has a build block. The file is not parsed. */
export function hasBuildBlock(path: string): boolean {
  return /^[ \t]*build\b[^\n]*\{/m.test(readFileSync(path, "utf8"));
}

/** Returns whether a JSON file has the key `builders`. The file is not parsed, because errors in it are reported later. */
export function hasBuilders(path: string): boolean {
  return /"builders"\s*:\s*\[/.test(readFileSync(path, "utf8"));
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
