import { posix } from "node:path";
import picomatch from "picomatch";
import type { Lookups } from "../lookups.js";

/** Folders within folders that `**` looks into; a loop of links must end somewhere. */
const MAX_DEPTH = 64;

/**
 * Files in and below a folder that match a pattern, as paths relative to the folder, with `*`, `?`, `[…]`, `{a,b}` and `**`
 * (the rules of Go's doublestar: a leading dot is nothing special). Folders do not count.
 */
export function findFiles(lookups: Lookups, folder: string, pattern: string): readonly string[] {
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
  return lookups.readFolder(folder).flatMap(({ name }) => {
    const path = within === "" ? name : `${within}/${name}`;
    const kind = lookups.pathKind(posix.join(base, path));
    if (kind === "directory") return walk(lookups, base, path, depth - 1);
    return kind === "file" ? [path] : [];
  });
}
