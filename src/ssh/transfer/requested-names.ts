import { matchesPattern } from "./name-pattern.js";
import { refused, shown } from "./received-name.js";

/** Returns whether the source is a glob, which the machine's shell expands. */
export function isGlob(source: string): boolean {
  return /[*?[]/.test(source);
}

/**
 * Returns a function that throws a `BakeError` when a path is not below a name that `source`, a path or glob of the machine, requests. It
 * is decided here, because a machine can send any name: the last component of the source is the only first component, and for a glob it
 * must match. A home directory has the name of the login user. The contents of `/`, `.` and `..` can have any names.
 */
export function requestedNames(source: string, user: string): (parts: readonly string[]) => void {
  const isRequested = firstNames(source, user);
  return (parts) => {
    const [first] = parts;
    if (first === undefined || isRequested(Buffer.from(first, "latin1"))) return;
    throw refused(`The machine sent a name that was not requested: ${shown(parts.join("/"))}`, hintFor(source, user));
  };
}

function firstNames(source: string, user: string): (name: Buffer) => boolean {
  const last = requestedName(source, user);
  if (last === undefined) return () => true;
  if (isGlob(source) && isGlob(last)) return (name) => matchesPattern(last, name);
  return (name) => name.equals(Buffer.from(last));
}

/** Returns the last component of a source, which can be a pattern; undefined for `/`, `.` and `..`, whose contents have no common name. */
export function requestedName(source: string, user: string): string | undefined {
  const path = source.replace(/\/+$/, "");
  const home = /^(?:~([a-z_][\w-]*)?|\$HOME|\$\{HOME\})$/i.exec(path);
  if (home) return home[1] ?? user;
  const last = path.split("/").at(-1) ?? "";
  return last === "" || last === "." || last === ".." ? undefined : last;
}

function hintFor(source: string, user: string): string | undefined {
  if (!/^(?:~[a-z_]?[\w-]*|\$HOME|\$\{HOME\})\/*$/i.test(source)) return undefined;
  return `The home directory has another name than its user "${user}". Set "source" to its absolute path.`;
}
