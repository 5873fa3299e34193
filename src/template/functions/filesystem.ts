import { Buffer } from "node:buffer";
import { posix } from "node:path";
import picomatch from "picomatch";
import { describeFileError } from "../../core/file-error.js";
import type { Budget } from "../budget.js";
import { resolvePath } from "../files.js";
import type { Lookups } from "../lookups.js";
import { setValue } from "../values/set.js";
import { BOOL, STRING, setOf } from "../values/types.js";
import { boolValue, stringValue } from "../values/value.js";
import {
  defineFunction,
  type FunctionContext,
  type FunctionDefinition,
  FunctionError,
  fail,
  param,
  textOf,
} from "./definition.js";
import { utf8 } from "./encoding.js";

const PATH = param("path", STRING);

/** Functions of files and paths (Packer §2.5). Relative paths start from the template's directory, unless noted otherwise. */
export function filesystemFunctions(context: FunctionContext): Readonly<Record<string, FunctionDefinition>> {
  const { cwd } = context.lookups;
  return {
    // From the working directory, as in Packer.
    abspath: text((path) => resolvePath(cwd, path)),
    basename: text(baseName),
    dirname: text(directoryName),
    file: text((path) => readUtf8File(context, path)),
    // From the working directory, as in Packer.
    filebase64: text((path) => Buffer.from(readBytes(context, resolvePath(cwd, path))).toString("base64")),
    fileexists: defineFunction(BOOL, [PATH], (args) => boolValue(fileExists(context, textOf(args, 0)))),
    fileset: defineFunction(setOf(STRING), [PATH, param("pattern", STRING)], (args, budget) => {
      const directory = resolvePath(context.root, textOf(args, 0));
      return setValue(STRING, findFiles(context.lookups, directory, textOf(args, 1), budget).map(stringValue));
    }),
    pathexpand: text((path) => expandHome(context, path)),
  };
}

function text(call: (path: string) => string): FunctionDefinition {
  return defineFunction(STRING, [PATH], (args) => stringValue(call(textOf(args, 0))));
}

/** Returns the cleaned path before the last slash (Go's filepath.Dir). */
function directoryName(path: string): string {
  const directory = posix.normalize(path.slice(0, path.lastIndexOf("/") + 1) || ".");
  return directory === "/" ? directory : directory.replace(/\/$/, "");
}

function baseName(path: string): string {
  if (path === "") return ".";
  return posix.basename(path) || "/";
}

function expandHome(context: FunctionContext, path: string): string {
  if (!path.startsWith("~")) return path;
  if (path !== "~" && !path.startsWith("~/")) fail("cannot expand the home directory of another user; use ~ or ~/…", 0);
  const home = context.lookups.home ?? fail("cannot expand ~: the user has no home directory", 0);
  return path === "~" ? home : posix.join(home, path.slice(2));
}

/** Returns the absolute path of a file named in the template. */
function locateFile(context: FunctionContext, path: string): string {
  return resolvePath(context.root, expandHome(context, path));
}

/** Returns the text of a file. Throws `FunctionError` when the file cannot be read, or is not UTF-8. */
export function readUtf8File(context: FunctionContext, path: string): string {
  const bytes = readBytes(context, locateFile(context, path));
  return utf8(bytes) ?? fail(`"${path}" is not UTF-8 text; use filebase64, or an option that accepts a path`, 0);
}

/** Reads a regular file. A device or a FIFO may have no end, or wait for a writer that never comes. */
function readBytes(context: FunctionContext, absolute: string): Uint8Array {
  if (context.lookups.pathKind(absolute) === "other") fail(`${absolute} is not a regular file`, 0);
  try {
    return context.lookups.readFile(absolute);
  } catch (error) {
    if (error instanceof FunctionError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return fail(
      code === "ENOENT" ? `no file exists at ${absolute}` : `could not read ${absolute}: ${describeFileError(error)}`,
      0,
    );
  }
}

function fileExists(context: FunctionContext, path: string): boolean {
  const absolute = locateFile(context, path);
  const kind = context.lookups.pathKind(absolute);
  if (kind === "file" || kind === "missing") return kind === "file";
  return fail(`${absolute} is ${kind === "directory" ? "a directory, " : ""}not a regular file`, 0);
}

/** Steps to read the entry of a file in a directory. */
const STEPS_OF_FILE = 80;

/** Maximum depth of `**`: ends the search in a loop of symbolic links. */
const MAX_DEPTH = 64;

/**
 * Returns the files in and below a directory that match a pattern, as paths relative to the directory. Patterns have `*`, `?`,
 * `[…]`, `{a,b}` and `**` (the rules of Go's doublestar: a leading dot is not special). Directories are not included.
 */
function findFiles(lookups: Lookups, directory: string, pattern: string, budget: Budget): readonly string[] {
  const whole = posix.join(directory, pattern);
  const parts = whole.split("/");
  const first = parts.findIndex((part) => /[*?[{\\]/.test(part));
  if (first === -1) return lookups.pathKind(whole) === "file" ? [posix.relative(directory, whole)] : [];
  const start = parts.slice(0, first).join("/") || "/";
  const rest = parts.slice(first);
  const matches = picomatch(rest.join("/"), {
    dot: true,
    noextglob: true,
    nonegate: true,
    strictSlashes: true,
  });
  const depth = rest.some((part) => part.includes("**") || part.includes("{")) ? MAX_DEPTH : rest.length;
  // A pattern with many stars tries all divisions of a name: their number is a power of its length.
  const stars = Math.max(...rest.map((part) => part.match(/\*+/g)?.length ?? 0));
  const isMatch = (path: string) => {
    const longest = Math.max(...path.split("/").map((name) => name.length));
    budget.charge("steps", longest ** Math.max(0, stars - 2));
    return matches(path);
  };
  const found: string[] = [];
  const walk = (within: string, levels: number): void => {
    const entries = lookups.readDirectory(posix.join(start, within));
    budget.charge("elements", entries.length);
    budget.charge("steps", entries.length * STEPS_OF_FILE);
    for (const { name, kind } of entries) {
      const path = within === "" ? name : `${within}/${name}`;
      if (kind === "directory" && levels > 1) walk(path, levels - 1);
      else if (kind === "file" && isMatch(path)) found.push(posix.relative(directory, posix.join(start, path)));
    }
  };
  if (lookups.pathKind(start) === "directory") walk("", depth);
  return found;
}
