import type { BuildData, LateText } from "../../core/late.js";
import type { BuildIdentity } from "../../core/parts.js";
import { environmentOf, formatVariables } from "../scripts.js";
import { cmdPath, escaped, literal, psPath } from "../windows/quote.js";
import type { PowershellOptions } from "./options.js";

/** Paths on the machine. */
export interface RemotePaths {
  readonly script: string;
  readonly variables: string;
}

/** Returns the text of the file of the variables: one assignment for each, sorted by name (Packer §5.5). */
export function variablesText(options: PowershellOptions, identity: BuildIdentity, data: BuildData): string {
  const given = {
    environment_vars: options.environment_vars.map((pair) => pair.render(data)),
    env: Object.fromEntries(options.env.map(({ key, value }) => [key.render(data), value.render(data)])),
  };
  const format = (options.elevated_user ? options.elevated_env_var_format : options.env_var_format) || '$env:%s="%s"; ';
  const variables = environmentOf(given, identity).map(([name, value]) => [name, escaped(value)] as const);
  return formatVariables(variables, format);
}

/**
 * Returns whether a script removes its own files when it starts: PowerShell has read it then. So nothing is left on a machine that the
 * script shuts down, for example by Sysprep. A command of the template may need the files.
 */
export function removesItself(options: PowershellOptions): boolean {
  return options.inline.length > 0 && !options.skip_clean && !customCommand(options);
}

/**
 * Returns the script of inline lines. It ends at the first terminating error with exit code 1, else with the exit code of the last
 * program that it ran (Packer §5.5).
 */
export function inlineScript(options: PowershellOptions, variables: string, paths: RemotePaths): string {
  const { inline, debug_mode: trace } = options;
  const own = Object.values(paths).map(literal).join(", ");
  return `if (Test-Path variable:global:ProgressPreference) { $global:ProgressPreference = 'SilentlyContinue' }
${removesItself(options) ? `Remove-Item -Force -ErrorAction SilentlyContinue -LiteralPath ${own}\n` : ""}${trace === 0 ? "" : `Set-PSDebug -Trace ${trace}\n`}$bakeExitCode = 0
try {
${variables}
${inline.join("\n")}
} catch {
Write-Error -ErrorAction Continue -ErrorRecord $_ # An error occurred in a line
$bakeExitCode = 1
}
if (Test-Path variable:global:LASTEXITCODE) { if ($global:LASTEXITCODE) { $bakeExitCode = $global:LASTEXITCODE } }
exit $bakeExitCode
`;
}

/** Returns the command that runs the script, for cmd.exe (Packer §5.5). With `elevated_user` a scheduled task runs it. */
export function executeCommand(options: PowershellOptions, paths: RemotePaths, data: BuildData): string {
  const given = customCommand(options);
  if (given) return given.render({ ...data, Path: paths.script, Vars: paths.variables });
  const program = options.use_pwsh ? "pwsh" : "powershell";
  const policy = options.execution_policy === "none" ? "" : ` -executionpolicy ${options.execution_policy}`;
  if (options.inline.length > 0) return `${program}${policy} -file ${cmdPath(paths.script)}`;
  const quiet =
    "if (Test-Path variable:global:ProgressPreference){set-variable -name variable:global:ProgressPreference -value 'SilentlyContinue'};";
  const trace = options.debug_mode === 0 ? "" : `Set-PsDebug -Trace ${options.debug_mode};`;
  const script = paths.script.replaceAll("'", "''");
  const block = `& { ${quiet}${trace}. ${psPath(paths.variables)}; &'${script}'; exit $LastExitCode }`;
  return `${program}${policy} ${options.use_pwsh ? "-command " : ""}"${block}"`;
}

/** Returns the command of the template; undefined for the default. */
function customCommand(options: PowershellOptions): LateText | undefined {
  const given = options.elevated_user ? options.elevated_execute_command : options.execute_command;
  return given?.source ? given : undefined;
}
