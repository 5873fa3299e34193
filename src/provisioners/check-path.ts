import type { CheckContext, Complaints } from "../options/schema.js";

/** Complains unless an option's path is there and is what it should be; an option that is not given passes. */
export function checkPath(
  option: string,
  path: string | undefined,
  wanted: "file" | "directory" | "either",
  complaints: Complaints,
  context: CheckContext,
): void {
  if (!path) return;
  const kind = context.pathKind(path);
  if (kind === wanted || kind === "other" || (wanted === "either" && kind !== "missing")) return;
  const what = kind === "missing" ? "no such file or directory" : `it must be a ${wanted}`;
  complaints.error(
    option,
    `${option}: '${path}' is invalid: ${what}`,
    "Relative paths start from the working directory, not from the template's folder.",
  );
}
