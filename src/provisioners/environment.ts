import type { BuildIdentity } from "../core/parts.js";
import type { Complaints } from "../options/schema.js";

/** Options of the shell provisioners that give environment variables. */
export interface EnvironmentOptions {
  readonly environment_vars: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Complains about `environment_vars` that are not `KEY=value`. */
export function checkEnvironment(options: EnvironmentOptions, complaints: Complaints): void {
  options.environment_vars.forEach((pair, index) => {
    if (pair.indexOf("=") > 0) return;
    complaints.error(
      `environment_vars[${index}]`,
      `an environment variable must have the form KEY=value, not "${pair}"`,
      'Write it as "KEY=value".',
    );
  });
}

/** Variables by name, sorted: the build's own, then `environment_vars`, then `env` (Packer §5.1). */
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
 * The variables as text by `env_var_format`, a format in the manner of C with the name and the value as arguments; single
 * quotes in values are escaped for the shell.
 */
export function flattenEnvironment(variables: readonly (readonly [string, string])[], format: string): string {
  return variables.map(([name, value]) => formatPair(format, [name, value.replaceAll("'", `'"'"'`)])).join("");
}

function formatPair(format: string, values: readonly [string, string]): string {
  let next = 0;
  return format.replace(/%(?:%|(?:\[(\d+)\])?[sv])/g, (verb, index: string | undefined) => {
    if (verb === "%%") return "%";
    if (index !== undefined) next = Number(index) - 1;
    return values[next++] ?? "";
  });
}
