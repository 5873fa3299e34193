import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { BakeError, messageOf } from "../core/errors.js";
import type { PartContext } from "../core/parts.js";

/** A path of the template made absolute: from the working directory, `~` being the home folder; a trailing slash stays. */
export function localPath(path: string, cwd: string): string {
  const expanded = path === "~" || path.startsWith("~/") ? homedir() + path.slice(1) : path;
  const absolute = resolve(cwd, expanded);
  return path.endsWith("/") && absolute !== "/" ? `${absolute}/` : absolute;
}

/** The path of a directory whose contents are uploaded, not itself (Packer §4.4): absolute, with a slash at the end. */
export function contentsPath(path: string, cwd: string): string {
  const absolute = localPath(path, cwd);
  return absolute.endsWith("/") ? absolute : `${absolute}/`;
}

/**
 * The content of a file that the template names. Throws a `BakeError` with `code`; its message calls the file by the path as
 * written, after `kind` where one is given ("the key").
 */
export async function readLocalFile(
  path: string,
  { surroundings }: Pick<PartContext, "surroundings">,
  { code, kind }: { readonly code: string; readonly kind: string | undefined },
): Promise<Buffer> {
  return readFile(localPath(path, surroundings.cwd)).catch((cause: unknown) => {
    throw new BakeError(`cannot read ${kind === undefined ? "" : `${kind} `}${path}: ${messageOf(cause)}`, {
      code,
      cause,
    });
  });
}
