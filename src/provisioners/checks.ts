import { delimiter, isAbsolute, join } from "node:path";
import type { CheckContext, Complaints } from "../options/schema.js";

/**
 * Returns a check for options that name a path of this machine: it complains unless the path exists and is what is expected.
 * An option that is not set passes.
 */
export function pathCheck(
  complaints: Complaints,
  context: CheckContext,
): (option: string, path: string | undefined, expected: "file" | "directory" | "either") => void {
  return (option, path, expected) => {
    if (!path) return;
    const kind = context.pathKind(path);
    if (kind === expected || kind === "other" || (expected === "either" && kind !== "missing")) return;
    const what = kind === "missing" ? "no such file or directory" : `it must be a ${expected}`;
    complaints.error(
      option,
      `${option}: '${path}' is invalid: ${what}`,
      "Relative paths start from the working directory, not from the template's folder.",
    );
  };
}

/** Complains about a program, named by `option`, that is not on this machine: better now than after the launch. */
export function checkProgram(
  { option, program, hint }: { readonly option: string; readonly program: string; readonly hint: string },
  complaints: Complaints,
  context: CheckContext,
): void {
  const path = context.env("PATH");
  if (path === undefined || process.platform === "win32") return;
  const places =
    program.includes("/") || isAbsolute(program)
      ? [program]
      : path.split(delimiter).map((folder) => join(folder, program));
  if (places.some((place) => context.pathKind(place) === "file" || context.pathKind(place) === "other")) return;
  complaints.error(option, `${program} is not installed on this machine`, hint);
}
