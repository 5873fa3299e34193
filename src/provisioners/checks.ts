import { delimiter, isAbsolute, join } from "node:path";
import { pathHint } from "../options/path-hint.js";
import type { CheckContext, Complaints } from "../options/schema.js";
import { readPrivateKey } from "../ssh/keys/private-key.js";

/**
 * Returns a check for options with a path on the runner: it reports an error unless the path exists and has the expected type.
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
    const problem = kind === "missing" ? "no such file or directory" : `it must be a ${expected}`;
    complaints.error(option, `"${option}" is invalid: "${path}": ${problem}`, pathHint(path, context));
  };
}

/** Reports an error when the file is not a private key that SSH can use. Whether it exists is another check. */
export function checkPrivateKey(
  option: string,
  path: string | undefined,
  complaints: Complaints,
  context: CheckContext,
): void {
  const text = path && context.pathKind(path) === "file" ? context.readText(path) : undefined;
  const read = text === undefined ? undefined : readPrivateKey(text, path ?? "");
  if (read && "problem" in read) complaints.error(option, `"${option}" is invalid: ${read.problem}`, read.hint);
}

/** Reports an error when the program in `option` is not installed on the runner, so that it is found before the launch. */
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
      : path.split(delimiter).map((directory) => join(directory, program));
  if (places.some((place) => context.pathKind(place) === "file" || context.pathKind(place) === "other")) return;
  complaints.error(option, `"${program}" is not installed on this host`, hint);
}
