import { type ExecResult, lostBecause } from "../../core/communicator.js";
import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { shellQuote } from "../../core/text.js";
import { type CommandRun, DISCONNECTED, exitCode, lastLinesDetail } from "../command-run.js";
import { readLocalFile } from "../local-files.js";
import { runRemote, whileUnreachable } from "../run-remote.js";
import { environmentOf, flattenEnvironment, inlineScript, scriptFailed } from "../scripts.js";
import type { ShellOptions } from "./options.js";
import { waitForReboot } from "./reboot.js";

/** A script to run: its name in messages, and its bytes. */
interface Script {
  readonly name: string;
  read(): Promise<Uint8Array>;
}

/** Paths on the machine, and the variables as text. */
interface RemoteFiles {
  readonly script: string;
  readonly variables: string | undefined;
  readonly vars: string;
}

/** Uploads and runs scripts on the machine (Packer §5.1). Throws a `BakeError` that names a failed script. */
export async function run(options: ShellOptions, context: ProvisionerContext): Promise<void> {
  const { surroundings, signal, narrator } = context;
  const files = await placeFiles(options, context);
  for (const script of scriptsOf(options, context)) {
    narrator.say(`Provisioning with shell script: ${script.name}`);
    checkEnd(script, await start(script, files, options, context), options, context);
    if (options.expect_disconnect) await waitForReboot(context, options.start_retry_timeout);
    if (!options.skip_clean) await remove(files.script, options, context);
  }
  if (files.variables !== undefined) await remove(files.variables, options, context);
  if (options.pause_after > 0) {
    narrator.say(`Pausing ${options.pause_after / 1000} s after this provisioner...`);
    await surroundings.clock.sleep(options.pause_after, signal);
  }
}

function scriptsOf(options: ShellOptions, context: ProvisionerContext): readonly Script[] {
  const converted = (content: Uint8Array) => (options.binary ? content : withUnixLines(content));
  if (options.inline.length > 0) {
    const content = converted(Buffer.from(inlineScript(options.inline, options.inline_shebang)));
    return [{ name: "inline script", read: async () => content }];
  }
  const paths = options.script ? [options.script] : options.scripts;
  return paths.map((path) => ({
    name: path,
    read: async () => converted(await readLocalFile(path, context, { code: "script-unreadable", kind: "script" })),
  }));
}

/** Converts CRLF to LF and ends the last line, as Packer's upload of scripts and variables does (`UnixReader`). */
function withUnixLines(content: Uint8Array): Uint8Array {
  const text = Buffer.from(content).toString("latin1").replaceAll("\r\n", "\n");
  const complete = text === "" || text.endsWith("\n") ? text : `${text.replace(/\r$/, "")}\n`;
  return Buffer.from(complete, "latin1");
}

async function placeFiles(options: ShellOptions, context: ProvisionerContext): Promise<RemoteFiles> {
  const { ids } = context.surroundings;
  const { remote_folder: directory } = options;
  const number = () => Math.floor(ids.random() * 9999);
  const script = options.remote_path || `${directory}/${options.remote_file || `script_${number()}.sh`}`;
  const format = options.env_var_format || (options.use_env_var_file ? "export %s='%s'\n" : "%s='%s' ");
  const vars = flattenEnvironment(environmentOf(options, context.identity), format);
  if (!options.use_env_var_file) return { script, vars, variables: undefined };
  const variables = `${directory}/varfile_${number()}.sh`;
  const content = options.binary ? Buffer.from(vars) : withUnixLines(Buffer.from(vars));
  await whileUnreachable(context, options.start_retry_timeout, () => upload(content, variables, 0o600, context));
  return { script, vars, variables };
}

function upload(
  content: Uint8Array,
  path: string,
  mode: number,
  { machine, signal }: ProvisionerContext,
): Promise<void> {
  return machine.communicator.uploadFile({ from: "memory", content, mode, exactMode: true }, path, { signal });
}

/** Uploads and starts a script; retries while the machine is not reachable. A started script is never started again. */
async function start(
  script: Script,
  files: RemoteFiles,
  options: ShellOptions,
  context: ProvisionerContext,
): Promise<CommandRun> {
  const content = await script.read();
  const command = executeCommand(files, options);
  return whileUnreachable(context, options.start_retry_timeout, async () => {
    await upload(content, files.script, 0o755, context);
    return runRemote(context, command);
  });
}

function executeCommand({ script, vars, variables }: RemoteFiles, options: ShellOptions): string {
  if (options.execute_command) {
    return options.execute_command.render({ Path: script, Vars: vars, EnvVarFile: variables ?? "" });
  }
  return variables === undefined
    ? `chmod +x ${script}; ${vars} ${script}`
    : `chmod +x ${script}; . ${variables} && ${script}`;
}

/** Throws a `BakeError` when a script failed: by its exit code, or by an unexpected disconnect. */
function checkEnd(script: Script, run: CommandRun, options: ShellOptions, { range }: ProvisionerContext): void {
  const code = exitCode(run.end);
  if (options.valid_exit_codes.includes(code)) return;
  if (options.expect_disconnect && endedByReboot(run.end)) return;
  if (code === DISCONNECTED) {
    throw new BakeError(`${script.name}: Script disconnected unexpectedly${lostBecause(run.end)}`, {
      code: "script-disconnected",
      hint: 'If the script disconnects on purpose, for example by a restart, set "expect_disconnect" to true, or "valid_exit_codes" to [0, 2300218].',
      detail: lastLinesDetail(run),
      range,
    });
  }
  const hint = "Check the output of the script.";
  throw scriptFailed(script.name, run, options.valid_exit_codes, { hint, range });
}

/** Returns whether a reboot ended the script: it closes the connection, or terminates the script with one of these signals. */
function endedByReboot(end: ExecResult): boolean {
  return end.status === "disconnected" || (end.status === "signalled" && /^SIG(TERM|HUP)$/.test(end.signal));
}

async function remove(path: string, options: ShellOptions, context: ProvisionerContext): Promise<void> {
  await whileUnreachable(context, options.start_retry_timeout, async () => {
    const result = await context.machine.communicator.exec(`rm -f ${shellQuote(path)}`, { signal: context.signal });
    if (result.status === "disconnected") {
      throw new BakeError(`The connection was lost while removing "${path}"${lostBecause(result)}`, {
        code: "ssh-disconnected",
      });
    }
  });
}
