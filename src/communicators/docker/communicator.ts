import { randomBytes } from "node:crypto";
import { posix } from "node:path";
import { abortReason, type Clock } from "../../core/clock.js";
import {
  type Communicator,
  type ExecOptions,
  type ExecResult,
  type TransferOptions,
  uploadInOrder,
} from "../../core/communicator.js";
import type { Debug } from "../../core/debug.js";
import { BakeError } from "../../core/errors.js";
import { isContainerRunning } from "../../docker/containers.js";
import { type ContainerEngine, type FinishedCommand, runCommand } from "../../docker/engine.js";
import { isEngineError } from "../../docker/errors.js";
import { type LoggedTransfer, logTransfer } from "../transfer-log.js";
import { containerUser, type Owner, ROOT, tmpfsDirectories } from "./container.js";
import { type CopyTarget, copyDirectoryIn, copyFileIn } from "./copy-in.js";
import { copyDirectoryOut, copyFileOut } from "./copy-out.js";

/** How to reach a container. */
export interface DockerCommunicatorOptions {
  readonly engine: ContainerEngine;
  /** Id or name. */
  readonly container: string;
  /** User that runs commands, `user[:group]`; undefined is the container's user (`exec_user`). */
  readonly execUser: string | undefined;
  /** Whether commands run in a terminal (`pty`). */
  readonly pty: boolean;
  /** Whether the container's user owns uploads, instead of root (`fix_upload_owner`). */
  readonly fixUploadOwner: boolean;
  readonly clock: Clock;
  readonly debug: Debug;
}

/** A communicator that also returns whether the container existed at its last command or transfer. */
export interface DockerCommunicator extends Communicator {
  readonly type: "docker";
  connected(): boolean;
}

/** Environment variable that marks the processes of one command, so that all of them can be killed. */
const MARK = "BAKE_AMI_COMMAND";

/** Kills every process with the mark. Only root can read the environment of another user's process. */
const KILL_MARKED = `for p in /proc/[0-9]*; do
  if grep -q "${MARK}=$0" "$p/environ" 2>/dev/null; then kill -KILL "\${p#/proc/}" 2>/dev/null; fi
done`;

/** Milliseconds that killing a command may take. */
const KILL_LIMIT = 10_000;

/**
 * Returns a communicator over the engine's command line: `docker exec` for commands, tar streams through `docker cp` for files. The image
 * needs only a shell (Packer: the docker builder's communicator). A container or an engine that is gone is `disconnected`, never an
 * exit code.
 */
export function dockerCommunicator(options: DockerCommunicatorOptions): DockerCommunicator {
  const { engine, container } = options;
  const link = { connected: true };
  const target: CopyTarget = {
    engine,
    container,
    owner: ownerOnce(options),
    now: options.clock.now,
    inMemory: inMemoryOnce(options),
  };
  const transfer = async (
    logged: LoggedTransfer,
    given: TransferOptions | undefined,
    work: (counted: TransferOptions) => Promise<void>,
  ): Promise<void> => {
    try {
      await logTransfer(options, logged, given, async (counted) => {
        await work(counted);
        return "docker cp";
      });
    } catch (error) {
      if (error instanceof BakeError) await throwIfGone(options, link);
      throw error;
    }
  };
  const uploadFile: Communicator["uploadFile"] = (source, destination, given) =>
    transfer({ direction: "Upload", source, destination }, given, (counted) =>
      copyFileIn(target, source, fromRoot(destination), counted),
    );
  return {
    type: "docker",
    connected: () => link.connected,
    exec: (command, given = {}) => execute(options, link, command, given),
    uploadFile,
    uploadFiles: uploadInOrder(uploadFile),
    uploadDirectory: (source, destination, given) =>
      transfer({ direction: "Upload", source, destination }, given, (counted) =>
        copyDirectoryIn(target, source, fromRoot(destination), counted),
      ),
    downloadFile: (source, destination, given) =>
      transfer({ direction: "Download", source, destination }, given, (counted) =>
        copyFileOut(target, fromRoot(source), destination, counted),
      ),
    downloadDirectory: (source, destination, given) =>
      transfer({ direction: "Download", source, destination }, given, (counted) =>
        copyDirectoryOut(target, fromRoot(source), destination, counted),
      ),
    connection: () => undefined,
    close: async () => undefined,
  };
}

/** Reads the container's user at the first upload. It does not change. */
function ownerOnce({ engine, container, fixUploadOwner }: DockerCommunicatorOptions) {
  let owner: Owner | undefined;
  return async (signal: AbortSignal | undefined): Promise<Owner> => {
    owner ??= fixUploadOwner ? await containerUser({ engine, container }, signal) : ROOT;
    return owner;
  };
}

/** Reads the tmpfs mounts once. They do not change after the container is created. */
function inMemoryOnce({ engine, container }: DockerCommunicatorOptions): CopyTarget["inMemory"] {
  let directories: readonly string[] | undefined;
  return async (path, signal) => {
    directories ??= await tmpfsDirectories({ engine, container }, signal);
    return directories.some((directory) => path.startsWith(`${directory.replace(/\/+$/, "")}/`));
  };
}

/** Relative paths of `docker cp` start at the container's root. */
function fromRoot(path: string): string {
  return path.startsWith("/") ? path : posix.join("/", path);
}

async function execute(
  options: DockerCommunicatorOptions,
  link: { connected: boolean },
  command: string,
  { signal, onOutput, drained, stdin }: ExecOptions,
): Promise<ExecResult> {
  const { engine, container, execUser } = options;
  const mark = randomBytes(8).toString("hex");
  const args = [
    "exec",
    ...(stdin === undefined ? [] : ["-i"]),
    // The client refuses a terminal when stdin is not one.
    ...(options.pty && stdin === undefined ? ["-t"] : []),
    ...(execUser ? ["-u", execUser] : []),
    ...["-e", `${MARK}=${mark}`],
    container,
    ...["/bin/sh", "-c", command],
  ];
  let ended: FinishedCommand;
  try {
    ended = await runCommand(engine, args, {
      action: "run a command in the container",
      signal,
      stdin,
      onOutput,
      drained,
    });
  } catch (error) {
    // The command continues when the client exits.
    await killMarked(options, mark);
    throw error;
  }
  const { end, stderr } = ended;
  if (end.status === "exited" && end.code === 0) return end;
  const lost = end.status !== "exited" || isEngineError(stderr) || !(await stillRuns(options, signal));
  if (lost) link.connected = false;
  return lost ? { status: "disconnected" } : end;
}

async function killMarked({ engine, container }: DockerCommunicatorOptions, mark: string): Promise<void> {
  const args = ["exec", "-u", "0", container, "/bin/sh", "-c", KILL_MARKED, mark];
  const signal = AbortSignal.timeout(KILL_LIMIT);
  await runCommand(engine, args, { action: "end a command in the container", signal }).catch(() => undefined);
}

async function stillRuns({ engine, container }: DockerCommunicatorOptions, signal?: AbortSignal): Promise<boolean> {
  try {
    return (await isContainerRunning(engine, container, signal)) === true;
  } catch {
    if (signal?.aborted) throw abortReason(signal);
    return false;
  }
}

/** Throws when a transfer failed because the container no longer runs. */
async function throwIfGone(options: DockerCommunicatorOptions, link: { connected: boolean }): Promise<void> {
  if (await stillRuns(options)) return;
  link.connected = false;
  throw new BakeError(`Container ${options.container} is no longer running`, {
    code: "container-gone",
    hint: 'Check "run_command" and `docker events`. The first process exited, or something removed the container.',
  });
}
