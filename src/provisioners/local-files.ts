import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { BakeError } from "../core/errors.js";
import { describeFileError } from "../core/file-error.js";
import type { PartContext } from "../core/parts.js";

/** Returns a path of the template as absolute: relative to the working directory, with `~` expanded; a trailing slash is kept. */
export function localPath(path: string, cwd: string): string {
  const expanded = path === "~" || path.startsWith("~/") ? homedir() + path.slice(1) : path;
  const absolute = resolve(cwd, expanded);
  return path.endsWith("/") && absolute !== "/" ? `${absolute}/` : absolute;
}

/** Returns the path to upload the contents of a directory (Packer §4.4): absolute, with a trailing slash. */
export function contentsPath(path: string, cwd: string): string {
  const absolute = localPath(path, cwd);
  return absolute.endsWith("/") ? absolute : `${absolute}/`;
}

/**
 * Returns the content of a file. Throws a `BakeError` with `code`; its message has the path as written in the template, after `kind`
 * where one is set ("key").
 */
export async function readLocalFile(
  path: string,
  { surroundings }: Pick<PartContext, "surroundings">,
  { code, kind }: { readonly code: string; readonly kind: string | undefined },
): Promise<Buffer> {
  return readFile(localPath(path, surroundings.cwd)).catch((cause: unknown) => {
    throw new BakeError(`Cannot read ${kind === undefined ? "" : `${kind} `}"${path}": ${describeFileError(cause)}`, {
      code,
      cause,
    });
  });
}
