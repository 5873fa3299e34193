import type { CheckContext } from "./schema.js";

/**
 * Returns the hint for a path that does not exist. Packer reads relative paths from the working directory. A path that exists relative to
 * the template's directory is the most frequent mistake: the hint then names the path to write.
 */
export function pathHint(path: string, context: Pick<CheckContext, "pathFromTemplate">, more = ""): string {
  const found = context.pathFromTemplate(path);
  const hint =
    found === undefined
      ? "Check the path. Relative paths start from the working directory, not from the template's directory."
      : `Write "${found}": relative paths start from the working directory, not from the template's directory.`;
  return more === "" ? hint : `${hint} ${more}`;
}
