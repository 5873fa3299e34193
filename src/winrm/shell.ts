import { throwIfAborted } from "../core/clock.js";
import { messageOf } from "../core/errors.js";
import type { Surroundings } from "../core/surroundings.js";
import { ConnectionLost } from "./http/connection.js";
import type { WinrmLane } from "./lane.js";
import { FAULT, WsmanFault } from "./wire/fault.js";
import { createRequest, deleteRequest, readShellId, terminateRequest } from "./wire/soap.js";

/** Milliseconds to wait for a free shell, and between attempts. */
const QUOTA_LIMIT = 60_000;
const QUOTA_PAUSE = 2000;

/** Milliseconds for the removal of a shell after a command was aborted. */
const CLEANUP_LIMIT = 5000;

/** Needs of a shell. */
export interface ShellNeeds {
  readonly signal: AbortSignal;
  readonly surroundings: Pick<Surroundings, "clock" | "debug">;
}

/**
 * Opens a shell. Each command of a user gets a new one: a shell keeps the environment of its start, such as the PATH before an installation.
 * Rejects with `NotConnected`, `ConnectionLost`, `WsmanFault` or the abort reason.
 */
export async function openShell(lane: WinrmLane, { signal, surroundings }: ShellNeeds): Promise<string> {
  const { clock, debug } = surroundings;
  const began = clock.now();
  for (;;) {
    try {
      const shell = readShellId(await lane.request(createRequest(), { signal, repeat: true }));
      if (shell === undefined) throw new ConnectionLost("a response without the ID of the shell");
      return shell;
    } catch (error) {
      throwIfAborted(signal);
      const full = error instanceof WsmanFault && isQuota(error);
      if (!full || clock.now() - began >= QUOTA_LIMIT) throw error;
      debug(() => `WinRM: waiting for a free shell: ${messageOf(error)}`);
      await clock.sleep(QUOTA_PAUSE, signal);
    }
  }
}

/** Returns whether a fault is that of a quota. */
export function isQuota({ code }: WsmanFault): boolean {
  return code === FAULT.tooManyShells || code === FAULT.tooManyOperations;
}

/** Removes a shell and ends what runs in it. Never rejects: the service removes idle shells by itself. */
export async function closeShell(
  lane: WinrmLane,
  shell: string,
  { surroundings }: Omit<ShellNeeds, "signal">,
): Promise<void> {
  await lane
    .request(deleteRequest(shell), { signal: AbortSignal.timeout(CLEANUP_LIMIT), repeat: false })
    .catch((error: unknown) => surroundings.debug(() => `WinRM: a shell was not closed: ${messageOf(error)}`));
}

/** Ends a command. Never rejects. */
export async function terminateCommand(lane: WinrmLane, shell: string, command: string): Promise<void> {
  const signal = AbortSignal.timeout(CLEANUP_LIMIT);
  await lane.request(terminateRequest(shell, command), { signal, repeat: false }).catch(() => undefined);
}
