import { throwIfAborted } from "../core/clock.js";
import { type ExecResult, lostBecause } from "../core/communicator.js";
import { BakeError, messageOf } from "../core/errors.js";
import type { ProvisionerContext } from "../core/parts.js";
import { formatDuration } from "../core/text.js";
import { type CommandRun, outputLines, succeeded } from "./command-run.js";

/**
 * Runs a command on the machine and emits its output line by line; `stdin` is its input. Rejects as `Communicator.exec` does.
 */
export async function runRemote(
  context: ProvisionerContext,
  command: string,
  stdin?: Uint8Array | undefined,
): Promise<CommandRun> {
  const lines = outputLines(context.narrator);
  try {
    const end = await context.machine.communicator.exec(command, {
      signal: context.signal,
      onOutput: lines.push,
      ...(stdin === undefined ? {} : { stdin, pty: false }),
    });
    return { end, lastLines: lines.last() };
  } finally {
    lines.end();
  }
}

/** Runs a command that must succeed. Throws a `BakeError` whose message begins with `failure`. */
export async function runChecked(context: ProvisionerContext, command: string, failure: string): Promise<void> {
  const run = await runRemote(context, command);
  if (succeeded(run)) return;
  const { end, lastLines } = run;
  if (end.status === "disconnected") {
    throw new BakeError(`${failure}: the connection was lost${lostBecause(end)}`, { code: "ssh-disconnected" });
  }
  const how = end.status === "exited" ? `exit status ${end.code}` : end.signal;
  throw new BakeError(`${failure}: ${lastLines.at(-1) ?? how}`, {
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

/** Codes of errors that mean that the machine is not reachable at the moment. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  "ssh-disconnected",
  "ssh-timeout",
  "winrm-unreachable",
  "winrm-timeout",
]);

/** Returns whether an error means that the machine is not reachable at the moment. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof BakeError && UNREACHABLE.has(error.code);
}

/**
 * Runs `action` and retries it while the machine is not reachable (during a reboot), for up to `window` milliseconds: Packer's
 * `start_retry_timeout`. Rejects at once with other errors, and past the window with a `BakeError` (`machine-unreachable`).
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
      if (elapsed >= window) throw notReachable(context, window, error);
      narrator.emit({ type: "progress", what: "waiting for the machine to be reachable", elapsed });
      await clock.sleep(Math.min(INTERVAL, window - elapsed), signal);
    }
  }
}

function notReachable({ range }: ProvisionerContext, window: number, cause: unknown): BakeError {
  const last = cause instanceof BakeError ? `: ${messageOf(cause)}` : "";
  return new BakeError(`The machine was not reachable for ${formatDuration(window)}${last}`, {
    code: "machine-unreachable",
    hint: 'Increase "start_retry_timeout" if the machine needs more time to restart. Otherwise check its console output.',
    range,
    cause,
  });
}
