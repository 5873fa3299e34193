import { throwIfAborted } from "../core/clock.js";
import type { ExecResult } from "../core/communicator.js";
import { BakeError, messageOf } from "../core/errors.js";
import type { ProvisionerContext } from "../core/parts.js";
import { formatDuration } from "../core/text.js";
import { type CommandRun, outputLines, succeeded } from "./command-run.js";

/** Runs a command on the machine; its output becomes events line by line as it comes. Rejects as `Communicator.exec` does. */
export async function runRemote(context: ProvisionerContext, command: string): Promise<CommandRun> {
  const lines = outputLines(context.narrator);
  try {
    const end = await context.machine.communicator.exec(command, {
      signal: context.signal,
      onOutput: lines.push,
    });
    return { end, lastLines: lines.last() };
  } finally {
    lines.end();
  }
}

/** Runs a command that must succeed; `complaint` says what it means when it does not. Throws a `BakeError`. */
export async function runChecked(context: ProvisionerContext, command: string, complaint: string): Promise<void> {
  const run = await runRemote(context, command);
  if (succeeded(run)) return;
  const { end, lastLines } = run;
  if (end.status === "disconnected") {
    throw new BakeError(`${complaint}: the connection was lost`, { code: "ssh-disconnected" });
  }
  const how = end.status === "exited" ? `exit code ${end.code}` : end.signal;
  throw new BakeError(`${complaint}: ${lastLines.at(-1) ?? how}`, {
    code: "remote-command-failed",
    range: context.range,
  });
}

/** Runs a command whose output is not shown; returns how it ended and its standard output. Rejects as `Communicator.exec` does. */
export async function readRemote(
  { machine, signal }: ProvisionerContext,
  command: string,
): Promise<{ readonly end: ExecResult; readonly output: string }> {
  const pieces: Uint8Array[] = [];
  const end = await machine.communicator.exec(command, {
    signal,
    onOutput: (chunk, stream) => stream === "stdout" && pieces.push(chunk),
  });
  return { end, output: Buffer.concat(pieces).toString() };
}

/** Milliseconds between attempts (Packer §5.1). */
const INTERVAL = 2000;

/** Codes of errors that mean: the machine cannot be reached now, but may be again. */
const UNREACHABLE: ReadonlySet<string> = new Set(["ssh-disconnected", "ssh-timeout"]);

/** Whether an error only says that the machine cannot be reached just now. */
function isUnreachable(error: unknown): boolean {
  return error instanceof BakeError && UNREACHABLE.has(error.code);
}

/**
 * Does `action`, again and again while the machine cannot be reached (it reboots), for up to `window` milliseconds: Packer's
 * `start_retry_timeout`. Other errors end it at once. Past the window it rejects with a `BakeError` (`machine-unreachable`).
 */
export async function whileUnreachable<T>(
  context: ProvisionerContext,
  window: number,
  action: () => Promise<T>,
): Promise<T> {
  const { clock } = context.surroundings;
  const { machine, narrator, signal } = context;
  const began = clock.now();
  for (;;) {
    throwIfAborted(signal);
    try {
      if (!machine.reachable() && machine.reconnect) {
        const left = Math.max(1, window - (clock.now() - began));
        await machine.reconnect(AbortSignal.any([signal, AbortSignal.timeout(left)]));
      }
      return await action();
    } catch (error) {
      throwIfAborted(signal);
      const elapsed = clock.now() - began;
      const timedOut = error instanceof Error && (error.name === "TimeoutError" || error.name === "Cancelled");
      if (!(isUnreachable(error) || timedOut)) throw error;
      if (elapsed >= window) throw stayedAway(context, window, error);
      narrator.emit({ type: "progress", what: "the machine cannot be reached; trying again", elapsed });
      await clock.sleep(Math.min(INTERVAL, window - elapsed), signal);
    }
  }
}

function stayedAway({ range }: ProvisionerContext, window: number, cause: unknown): BakeError {
  const last = cause instanceof BakeError ? `: ${messageOf(cause)}` : "";
  return new BakeError(`the machine could not be reached for ${formatDuration(window)}${last}`, {
    code: "machine-unreachable",
    hint: 'If it takes longer to restart, raise "start_retry_timeout"; otherwise look at its console for why it does not come back.',
    range,
    cause,
  });
}
