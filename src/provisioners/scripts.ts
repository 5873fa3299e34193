import { BakeError } from "../core/errors.js";
import type { BuildIdentity } from "../core/parts.js";
import type { Range } from "../core/source.js";
import { pathHint } from "../options/path-hint.js";
import type { CheckContext, Complaints } from "../options/schema.js";
import { type CommandRun, exitCode, lastLinesDetail } from "./command-run.js";

/** Options with the scripts to run. */
export interface ScriptOptions {
  readonly inline: readonly string[];
  readonly script: string | undefined;
  readonly scripts: readonly string[];
}

/** Checks that exactly one of `inline`, `script` and `scripts` is set and that the files exist (Packer §5.1). */
export function checkScripts(options: ScriptOptions, complaints: Complaints, context: CheckContext): void {
  const given = [
    ...(options.script ? ["script"] : []),
    ...(options.scripts.length > 0 ? ["scripts"] : []),
    ...(options.inline.length > 0 ? ["inline"] : []),
  ];
  if (given.length === 0) {
    complaints.error("", "Either a script file or an inline script must be specified", 'Add "inline" or "script".');
  }
  if (given.length > 1) {
    complaints.error(given[1] ?? "", `Only one of ${given.map((name) => `"${name}"`).join(" and ")} can be specified`);
  }
  if (options.script) checkFile("script", options.script, complaints, context);
  options.scripts.forEach((path, index) => {
    checkFile(`scripts[${index}]`, path, complaints, context);
  });
}

function checkFile(option: string, path: string, complaints: Complaints, context: CheckContext): void {
  const kind = context.pathKind(path);
  if (kind === "missing") {
    complaints.error(option, `Bad script '${path}': no such file or directory`, pathHint(path, context));
  }
  if (kind === "directory")
    complaints.error(
      option,
      `Bad script '${path}': it is a directory`,
      'Set the path of one script. Each script of a directory needs an entry in "scripts".',
    );
}

/** Packer's default shebang of inline scripts, without `#!`. */
export const DEFAULT_SHEBANG = "/bin/sh -e";

/** Returns the inline lines as a script with their own shebang, the option's, or Packer's default. */
export function inlineScript(lines: readonly string[], shebang: string | undefined): string {
  const own = shebang === undefined && (lines[0] ?? "").startsWith("#!");
  return [...(own ? [] : [`#!${shebang ?? DEFAULT_SHEBANG}`]), ...lines, ""].join("\n");
}

/** Environment options of the shell provisioners. */
export interface EnvironmentOptions {
  readonly environment_vars: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Checks that all `environment_vars` have the form `KEY=value`. */
export function checkEnvironment(options: EnvironmentOptions, complaints: Complaints): void {
  options.environment_vars.forEach((pair, index) => {
    if (pair.indexOf("=") > 0) return;
    complaints.error(
      `environment_vars[${index}]`,
      `Environment variable not in format 'key=value': "${pair}"`,
      'Write it as "KEY=value".',
    );
  });
}

/** Returns the variables sorted by name; `environment_vars` overrides the build's variables, `env` overrides both (Packer §5.1). */
export function environmentOf(
  options: EnvironmentOptions,
  identity: BuildIdentity,
): readonly (readonly [name: string, value: string])[] {
  const variables = new Map([
    ["PACKER_BUILD_NAME", identity.shortName],
    ["PACKER_BUILDER_TYPE", identity.builderType],
  ]);
  for (const pair of options.environment_vars) {
    const at = pair.indexOf("=");
    variables.set(pair.slice(0, at), pair.slice(at + 1));
  }
  for (const [name, value] of Object.entries(options.env)) variables.set(name, value);
  return [...variables].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * Returns the variables as text. `env_var_format` is a printf-style format with name and value as arguments; single quotes in values
 * are escaped for the shell.
 */
export function flattenEnvironment(variables: readonly (readonly [string, string])[], format: string): string {
  return formatVariables(
    variables.map(([name, value]) => [name, value.replaceAll("'", `'"'"'`)]),
    format,
  );
}

/** Returns the variables as text in a printf-style format; values are not escaped. */
export function formatVariables(variables: readonly (readonly [string, string])[], format: string): string {
  return variables.map((pair) => formatPair(format, pair)).join("");
}

function formatPair(format: string, values: readonly [name: string, value: string]): string {
  let next = 0;
  return format.replace(/%(?:%|(?:\[(\d+)\])?[sv])/g, (verb, index: string | undefined) => {
    if (verb === "%%") return "%";
    if (index !== undefined) next = Number(index) - 1;
    return values[next++] ?? "";
  });
}

/** Returns the error of a script whose exit code is not in `valid`. */
export function scriptFailed(
  name: string,
  run: CommandRun,
  valid: readonly number[],
  { hint, range }: { readonly hint: string; readonly range: Range | undefined },
): BakeError {
  const how = run.end.status === "signalled" ? ` (${run.end.signal})` : "";
  return new BakeError(
    `${name}: Script exited with non-zero exit status: ${exitCode(run.end)}${how}. Allowed exit codes are: [${valid.join(" ")}]`,
    { code: "script-failed", hint, detail: lastLinesDetail(run), range },
  );
}
