import { Buffer } from "node:buffer";
import { posix } from "node:path";
import picomatch from "picomatch";
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

const path = param("path", STRING);

/** Functions of files and paths (Packer §2.5). Relative paths start from the template's directory, unless noted otherwise. */
export function filesystemFunctions(context: FunctionContext): Readonly<Record<string, FunctionDefinition>> {
  const { cwd } = context.lookups;
  return {
    // From the working directory, as in Packer.
    abspath: text((given) => resolvePath(cwd, given)),
    basename: text(baseName),
    dirname: text(directoryName),
    file: text((given) => readUtf8File(context, given)),
    // From the working directory, as in Packer.
    filebase64: text((given) => Buffer.from(readBytes(context, resolvePath(cwd, given))).toString("base64")),
    fileexists: defineFunction(BOOL, [path], (args) => boolValue(fileExists(context, textOf(args, 0)))),
    fileset: defineFunction(setOf(STRING), [path, param("pattern", STRING)], (args) => {
      const folder = resolvePath(context.root, textOf(args, 0));
      return setValue(STRING, findFiles(context.lookups, folder, textOf(args, 1)).map(stringValue));
    }),
    pathexpand: text((given) => expandHome(context, given)),
  };
}

function text(call: (given: string) => string): FunctionDefinition {
  return defineFunction(STRING, [path], (args) => stringValue(call(textOf(args, 0))));
}

/** Returns the cleaned path before the last slash (Go's filepath.Dir). */
function directoryName(given: string): string {
  const folder = posix.normalize(given.slice(0, given.lastIndexOf("/") + 1) || ".");
  return folder === "/" ? folder : folder.replace(/\/$/, "");
}

function baseName(given: string): string {
  if (given === "") return ".";
  return posix.basename(given) || "/";
}

function expandHome(context: FunctionContext, given: string): string {
  if (!given.startsWith("~")) return given;
  if (given !== "~" && !given.startsWith("~/"))
    fail("cannot expand the home directory of another user; use ~ or ~/…", 0);
  const home = context.lookups.home ?? fail("cannot expand ~: the user has no home directory", 0);
  return given === "~" ? home : posix.join(home, given.slice(2));
}

/** Returns the absolute path of a file named in the template. */
function locateFile(context: FunctionContext, given: string): string {
  return resolvePath(context.root, expandHome(context, given));
}

/** Returns the text of a file. Throws `FunctionError` when the file cannot be read, or is not UTF-8. */
export function readUtf8File(context: FunctionContext, given: string): string {
  const bytes = readBytes(context, locateFile(context, given));
  return utf8(bytes) ?? fail(`"${given}" is not UTF-8 text; use filebase64, or an option that accepts a path`, 0);
}

function readBytes(context: FunctionContext, absolute: string): Uint8Array {
  try {
    return context.lookups.readFile(absolute);
  } catch (error) {
    if (error instanceof FunctionError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return fail(
      code === "ENOENT" ? `no file exists at ${absolute}` : `could not read ${absolute} (${String(code)})`,
      0,
    );
  }
}

function fileExists(context: FunctionContext, given: string): boolean {
  const absolute = locateFile(context, given);
  const kind = context.lookups.pathKind(absolute);
  if (kind === "file" || kind === "missing") return kind === "file";
  return fail(`${absolute} is ${kind === "directory" ? "a directory, " : ""}not a regular file`, 0);
}

/** Maximum depth of `**`: ends the search in a loop of symbolic links. */
const MAX_DEPTH = 64;

/**
 * Returns the files in and below a directory that match a pattern, as paths relative to the directory. Patterns have `*`, `?`,
 * `[…]`, `{a,b}` and `**` (the rules of Go's doublestar: a leading dot is not special). Directories are not included.
 */
function findFiles(lookups: Lookups, folder: string, pattern: string): readonly string[] {
  const whole = posix.join(folder, pattern);
  const parts = whole.split("/");
  const first = parts.findIndex((part) => /[*?[{\\]/.test(part));
  if (first === -1) return lookups.pathKind(whole) === "file" ? [posix.relative(folder, whole)] : [];
  const start = parts.slice(0, first).join("/") || "/";
  const rest = parts.slice(first);
  const matches = picomatch(rest.join("/"), {
    dot: true,
    noextglob: true,
    nonegate: true,
    strictSlashes: true,
  });
  const depth = rest.some((part) => part.includes("**") || part.includes("{")) ? MAX_DEPTH : rest.length;
  return walk(lookups, start, "", depth)
    .filter((name) => matches(name))
    .map((name) => posix.relative(folder, posix.join(start, name)));
}

function walk(lookups: Lookups, base: string, within: string, depth: number): readonly string[] {
  const folder = posix.join(base, within);
  if (depth === 0 || lookups.pathKind(folder) !== "directory") return [];
  return lookups.readDirectory(folder).flatMap(({ name }) => {
    const path = within === "" ? name : `${within}/${name}`;
    const kind = lookups.pathKind(posix.join(base, path));
    if (kind === "directory") return walk(lookups, base, path, depth - 1);
    return kind === "file" ? [path] : [];
  });
}
