import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shellQuote } from "../../core/text.js";
import { type CommandRun, exitCode, outputLines } from "../command-run.js";
import { localPath } from "../local-files.js";
import { type LocalContext, runLocalProcess } from "../run-local.js";
import { DEFAULT_SHEBANG, environmentOf, flattenEnvironment, inlineScript, scriptFailed } from "../scripts.js";
import type { ShellLocalOptions } from "./options.js";

/**
 * Runs scripts on the runner, in the working directory, with the environment of the run and the build's credentials (Packer §5.2).
 * Throws a `BakeError` that names a failed script, or rejects with the abort reason after terminating it.
 */
export async function run(options: ShellLocalOptions, context: LocalContext): Promise<void> {
  const system = process.platform === "win32" ? "windows" : process.platform;
  if (options.only_on.length > 0 && !options.only_on.some((name) => name === system || `${name}s` === system)) {
    context.narrator.say(`Skipping shell-local: "only_on" is ${options.only_on.join(", ")}`);
    return;
  }
  const lines = options.command ? [options.command] : options.inline;
  if (lines.length > 0) {
    await withScriptFile(lines, options, (path) => runScript("inline script", path, options, context));
    return;
  }
  for (const path of options.script ? [options.script] : options.scripts) {
    await runScript(path, localPath(path, context.surroundings.cwd), options, context);
  }
}

async function withScriptFile(
  lines: readonly string[],
  options: ShellLocalOptions,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const windows = process.platform === "win32";
  const directory = await mkdtemp(join(tmpdir(), "shell-local-"));
  try {
    const extension = options.tempfile_extension ?? (windows ? ".cmd" : "");
    const path = join(directory, `script${extension === "" || extension.startsWith(".") ? "" : "."}${extension}`);
    const content = windows
      ? [...lines, ""].join("\r\n")
      : inlineScript(lines, options.inline_shebang ?? DEFAULT_SHEBANG);
    await writeFile(path, content, { mode: 0o700 });
    await use(path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runScript(name: string, path: string, options: ShellLocalOptions, context: LocalContext): Promise<void> {
  const { narrator, signal, surroundings } = context;
  narrator.say(`Running local shell script: ${name}`);
  const lines = outputLines(narrator);
  const end = await runLocalProcess(commandFor(path, options, context), {
    cwd: surroundings.cwd,
    env: { ...surroundings.env, ...(await context.childEnvironment()) },
    signal,
    onOutput: lines.push,
  });
  checkEnd(name, { end, lastLines: lines.last() }, options, context);
}

function commandFor(path: string, options: ShellLocalOptions, context: LocalContext): string[] {
  const windows = process.platform === "win32";
  const format = options.env_var_format || (windows ? 'set "%s=%s" && ' : "%s='%s' ");
  const vars = flattenEnvironment(environmentOf(options, context.identity), format);
  const script = windows || /^[\w@%+=:,./-]+$/.test(path) ? path : shellQuote(path);
  const fields = { Vars: vars, Script: script, Command: options.command ?? "" };
  const given = options.execute_command.map((part) => part.render(fields));
  if (given.length === 1) return ["sh", "-c", ...given];
  if (given.length > 1) return given;
  return windows ? ["cmd", "/V", "/C", vars, "call", script] : ["/bin/sh", "-c", `${vars} ${script}`];
}

/** Throws a `BakeError` when the exit code of a script is not in `valid_exit_codes`. */
function checkEnd(
  name: string,
  run: CommandRun,
  { valid_exit_codes: valid }: ShellLocalOptions,
  { range }: LocalContext,
): void {
  const code = exitCode(run.end);
  if (valid.includes(code)) return;
  const hint =
    code === 126
      ? `Make the script executable with chmod +x, or set its shell in "execute_command".`
      : "Check the output of the script, which ran on this host.";
  throw scriptFailed(name, run, valid, { hint, range });
}
