import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { BakeError } from "../../core/errors.js";
import type { PartContext } from "../../core/parts.js";
import { shellQuote } from "../../core/text.js";
import { environmentOf, flattenEnvironment } from "../environment.js";
import { localPath } from "../local-path.js";
import { exitCode, outputLines } from "../run-remote.js";
import { DEFAULT_SHEBANG, inlineScript } from "../scripts.js";
import { type LocalEnd, runLocalProcess } from "./local-process.js";
import type { ShellLocalOptions } from "./options.js";

/** What shell-local needs of its surroundings, as a provisioner and as a post-processor. */
export type ShellLocalContext = PartContext & {
  childEnvironment(): Promise<Readonly<Record<string, string>>>;
};

/**
 * Runs scripts on this machine, in the working directory and with the environment of the run and the build's credentials
 * (Packer §5.2). Throws a `BakeError` that names a failing script, or rejects with the abort reason after ending it.
 */
export async function run(options: ShellLocalOptions, context: ShellLocalContext): Promise<void> {
  const system = process.platform === "win32" ? "windows" : process.platform;
  if (options.only_on.length > 0 && !options.only_on.some((name) => name === system || `${name}s` === system)) {
    context.narrator.say(`Skipping shell-local: it is for ${options.only_on.join(", ")} only`);
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
  const folder = await mkdtemp(join(tmpdir(), "shell-local-"));
  try {
    const extension = options.tempfile_extension ?? (windows ? ".cmd" : "");
    const path = join(folder, `script${extension === "" || extension.startsWith(".") ? "" : "."}${extension}`);
    const content = windows
      ? [...lines, ""].join("\r\n")
      : inlineScript(lines, options.inline_shebang ?? DEFAULT_SHEBANG);
    await writeFile(path, content, { mode: 0o700 });
    await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runScript(
  name: string,
  path: string,
  options: ShellLocalOptions,
  context: ShellLocalContext,
): Promise<void> {
  const { narrator, signal, surroundings } = context;
  narrator.say(`Running local shell script: ${name}`);
  const lines = outputLines(narrator);
  const end = await runLocalProcess(commandFor(path, options, context), {
    cwd: surroundings.cwd,
    env: { ...surroundings.env, ...(await context.childEnvironment()) },
    signal,
    onOutput: lines.push,
  });
  judge(name, end, lines.last(), options, context);
}

function commandFor(path: string, options: ShellLocalOptions, context: ShellLocalContext): string[] {
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

function judge(
  name: string,
  end: LocalEnd,
  lastLines: readonly string[],
  options: ShellLocalOptions,
  context: ShellLocalContext,
): void {
  const code = exitCode(end, constants.signals);
  if (options.valid_exit_codes.includes(code)) return;
  const how = end.status === "signalled" ? ` (${end.signal})` : "";
  throw new BakeError(
    `${name}: Script exited with non-zero exit status: ${code}${how}. Allowed exit codes are: [${options.valid_exit_codes.join(" ")}]`,
    {
      code: "script-failed",
      hint:
        code === 126
          ? `The script cannot be executed: run chmod +x on it, or name its shell in "execute_command".`
          : "It ran on this machine; see the output above for what it did.",
      detail: lastLines.length > 0 ? ["Its last lines:", ...lastLines].join("\n") : undefined,
      range: context.range,
    },
  );
}
