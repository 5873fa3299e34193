import { basename } from "node:path";
import type { FileUpload } from "../../core/communicator.js";
import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { formatDuration } from "../../core/text.js";
import type { CommandRun } from "../command-run.js";
import { readLocalFile } from "../local-files.js";
import { runRemote, whileUnreachable } from "../run-remote.js";
import { removeFiles } from "../windows/clean.js";
import { type ElevatedCommand, elevatedCommand, runTask } from "../windows/elevated.js";
import { scriptBytes } from "../windows/quote.js";
import { checkEnd } from "../windows/script-end.js";
import type { PowershellOptions } from "./options.js";
import { executeCommand, inlineScript, type RemotePaths, removesItself, variablesText } from "./script.js";

/** A script to run: its name in messages, and its path on the machine. */
interface Script {
  readonly name: string;
  readonly paths: RemotePaths;
  read(): Promise<Uint8Array>;
}

/** Uploads and runs PowerShell scripts on the machine (Packer §5.5). Throws a `BakeError` that names a failed script. */
export async function run(options: PowershellOptions, context: ProvisionerContext): Promise<void> {
  const { surroundings, signal, narrator, data } = context;
  narrator.say("Provisioning with Powershell...");
  const password = options.elevated_password?.render(data) ?? "";
  if (password !== "") narrator.secret(password);
  const job: Job = { variables: variablesText(options, context.identity, data), password, files: new Set() };
  try {
    for (const script of scriptsOf(options, job.variables, context)) {
      narrator.say(`Provisioning with powershell script: ${script.name}`);
      await runScript(script, job, options, context);
    }
  } catch (error) {
    const gone = error instanceof BakeError && error.code === "machine-unreachable";
    if (!gone) await clean(job, options, true, context);
    throw error;
  }
  await clean(job, options, false, context);
  if (options.pause_after > 0) {
    narrator.say(`Pausing ${formatDuration(options.pause_after)} after this provisioner...`);
    await surroundings.clock.sleep(options.pause_after, signal);
  }
}

function scriptsOf(options: PowershellOptions, variables: string, context: ProvisionerContext): readonly Script[] {
  const { ids } = context.surroundings;
  const variablesPath = options.remote_env_var_path || `c:/Windows/Temp/packer-ps-env-vars-${ids.uuid()}.ps1`;
  const generated = `script-${ids.uuid()}.ps1`;
  const given = options.remote_path || `c:/Windows/Temp/${generated}`;
  const paths = (name: string): RemotePaths => ({
    script: /[/\\]$/.test(given) ? given + name : given,
    variables: variablesPath,
  });
  if (options.inline.length > 0) {
    const own = paths(generated);
    const content = scriptBytes(inlineScript(options, variables, own));
    return [{ name: "inline script", paths: own, read: async () => content }];
  }
  return (options.script ? [options.script] : options.scripts).map((path) => ({
    name: path,
    paths: paths(basename(path)),
    read: () => readLocalFile(path, context, { code: "script-unreadable", kind: "script" }),
  }));
}

/** What the scripts of a provisioner share. */
interface Job {
  /** Text of the file of the variables. */
  readonly variables: string;
  readonly password: string;
  /** Files on the machine that were uploaded so far. */
  readonly files: Set<string>;
}

/** Removes the uploaded files, with `skip_clean` those of elevated commands only (Packer §5.5). */
async function clean(
  { files }: Job,
  options: PowershellOptions,
  failed: boolean,
  context: ProvisionerContext,
): Promise<void> {
  const paths = [...files].filter((path) => !options.skip_clean || path.includes("packer-elevated-shell-"));
  if (paths.length > 0) await removeFiles(paths, failed, context);
}

/** Uploads and runs one script. Throws a `BakeError` when it failed. */
async function runScript(
  script: Script,
  job: Job,
  options: PowershellOptions,
  context: ProvisionerContext,
): Promise<void> {
  const line = executeCommand(options, script.paths, context.data);
  const user = options.elevated_user;
  const task = user
    ? elevatedCommand(line, { name: user, password: job.password }, context.surroundings.ids.uuid())
    : undefined;
  const files = [
    upload(scriptBytes(job.variables), script.paths.variables),
    ...(task ? [task.runner] : []),
    upload(await script.read(), script.paths.script),
  ];
  for (const { destination } of files) job.files.add(destination);
  const ran = await runTask(task, context, () => start(files, task ?? { line, input: undefined }, options, context));
  // The machine may be gone: a script that shuts it down is not waited for to remove what it removed itself.
  if (ran.end.status === "disconnected" && removesItself(options)) {
    for (const path of Object.values(script.paths)) job.files.delete(path);
  }
  checkEnd(script.name, ran, options, context);
}

function upload(content: Uint8Array, destination: string): FileUpload {
  return { source: { from: "memory", content, mode: 0o600 }, destination };
}

/** Uploads the files and starts the command; retries while the machine is not reachable. A started command is never started again. */
function start(
  files: readonly FileUpload[],
  command: Pick<ElevatedCommand, "line" | "input">,
  options: PowershellOptions,
  context: ProvisionerContext,
): Promise<CommandRun> {
  return whileUnreachable(context, options.start_retry_timeout, async () => {
    await context.machine.communicator.uploadFiles(files, { signal: context.signal });
    return runRemote(context, command.line, command.input);
  });
}
