import { lostBecause } from "../../core/communicator.js";
import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { formatDuration } from "../../core/text.js";
import { type CommandRun, exitCode, lastLinesDetail } from "../command-run.js";
import { runRemote, whileUnreachable } from "../run-remote.js";
import { removeFiles } from "../windows/clean.js";
import { elevatedCommand, runTask } from "../windows/elevated.js";
import { scriptBytes } from "../windows/quote.js";
import { restartWindows } from "../windows/restart.js";
import type { WindowsUpdateOptions } from "./options.js";
import { MORE, RESTART, updateScript } from "./script.js";

/** Time to retry the start of the script, and between two tries of the installation, in milliseconds. */
const START_RETRY = 300_000;
const RETRY_DELAY = 5000;

/** Largest number of installations: an update that is offered again after each restart would repeat them without an end. */
const MOST_ROUNDS = 50;

/** The exit code 101 as a task reports it on Windows Server 2012: an HRESULT of 32 bits. */
const RESTART_AS_HRESULT: readonly number[] = [0x80070065, 0x80070065 | 0];

/**
 * Installs updates in a scheduled task, because the Windows Update Agent refuses remote logins, and restarts Windows until no update is
 * left (rgl/windows-update). Throws a `BakeError` when the installation fails.
 */
export async function run(options: WindowsUpdateOptions, context: ProvisionerContext): Promise<void> {
  const password = options.password?.render(context.data) ?? "";
  if (password !== "") context.narrator.secret(password);
  const path = `C:/Windows/Temp/packer-windows-update-${context.surroundings.ids.uuid()}.ps1`;
  try {
    await installAll(path, { name: options.username || "SYSTEM", password }, options, context);
  } catch (error) {
    await removeFiles([path], true, context);
    throw error;
  }
  await removeFiles([path], false, context);
}

/** The user of the scheduled task. */
interface User {
  readonly name: string;
  readonly password: string;
}

async function installAll(
  path: string,
  user: User,
  options: WindowsUpdateOptions,
  context: ProvisionerContext,
): Promise<void> {
  const { narrator, range } = context;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    narrator.say("Running Windows update...");
    const code = await install(path, user, options, context);
    if (code === 0) return;
    if (code === MORE) continue;
    await restartWindows(
      {
        command: 'shutdown.exe -f -r -t 0 -c "packer restart"',
        timeout: options.restart_timeout || 14_400_000,
        checkCommand: undefined,
        pendingKeys: [],
      },
      context,
    );
  }
  throw new BakeError(`Windows still has updates to install after ${MOST_ROUNDS} installations`, {
    code: "windows-update-endless",
    hint: 'Exclude the update that is found each time with "filters".',
    range,
  });
}

/** Runs the installation, again if it fails. Returns 0, `RESTART` or `MORE`. */
async function install(
  path: string,
  user: User,
  options: WindowsUpdateOptions,
  context: ProvisionerContext,
): Promise<number> {
  const { narrator, surroundings, signal, range } = context;
  const tries = options.update_max_retries || 5;
  for (let attempt = 1; ; attempt++) {
    const ran = await runOnce(path, user, options, context);
    const code = exitCode(ran.end);
    if (code === 0 || code === MORE) return code;
    if (code === RESTART || RESTART_AS_HRESULT.includes(code)) return RESTART;
    const how = ran.end.status === "exited" ? `exit status ${code}` : `connection lost${lostBecause(ran.end)}`;
    if (attempt >= tries) {
      throw new BakeError(`Windows update failed: ${how}`, {
        code: "windows-update-failed",
        hint: "Check the output of the script, and C:\\Windows\\Logs\\WindowsUpdate on the machine.",
        detail: lastLinesDetail(ran),
        range,
      });
    }
    narrator.message(`Windows update failed (${how}). Trying again in ${formatDuration(RETRY_DELAY)}...`);
    await surroundings.clock.sleep(RETRY_DELAY, signal);
  }
}

/** Uploads the script and runs it in a task. What the task started is ended when the connection is lost or the build is aborted. */
async function runOnce(
  path: string,
  user: User,
  options: WindowsUpdateOptions,
  context: ProvisionerContext,
): Promise<CommandRun> {
  const { communicator } = context.machine;
  const line = `powershell -executionpolicy bypass -file ${path}`;
  const task = elevatedCommand(line, user, context.surroundings.ids.uuid());
  const content = scriptBytes(updateScript(options));
  const files = [{ source: { from: "memory", content, mode: 0o600 } as const, destination: path }, task.runner];
  return runTask(task, context, () =>
    whileUnreachable(context, START_RETRY, async () => {
      await communicator.uploadFiles(files, { signal: context.signal });
      return runRemote(context, task.line, task.input);
    }),
  );
}
