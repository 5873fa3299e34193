import { lostBecause } from "../../core/communicator.js";
import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { shellCommand } from "../../ssh/transfer/remote-path.js";
import { readRemote, whileUnreachable } from "../run-remote.js";

/** Milliseconds between checks of whether a machine has shut down. */
const INTERVAL = 250;

/** Prints `going-down` on a machine that is shutting down, by the state of systemd, or by the runlevel on older systems. */
export const SHUTDOWN_CHECK = shellCommand(
  'case "$(systemctl is-system-running 2>/dev/null) $(runlevel 2>/dev/null)" in stopping*|*" "[06]) echo going-down;; esac',
);

/**
 * Waits, after a script that may reboot the machine, until the machine is reachable and is not shutting down. `reboot` returns at once
 * and the SSH server still accepts connections for a while, so the next script could run on a machine that is about to stop. Rejects
 * past `window` milliseconds as `whileUnreachable` does.
 */
export async function waitForReboot(context: ProvisionerContext, window: number): Promise<void> {
  const { clock } = context.surroundings;
  const { machine, narrator, signal } = context;
  const began = clock.now();
  const left = () => Math.max(1, window - (clock.now() - began));
  while (await whileUnreachable(context, left(), () => isShuttingDown(context))) {
    narrator.message("The machine is shutting down. Waiting for it to restart...");
    while (machine.reachable()) {
      if (clock.now() - began >= window) {
        throw new BakeError("The machine started to shut down but is still running", {
          code: "machine-still-up",
          hint: 'Check what blocks the shutdown, or increase "start_retry_timeout".',
          range: context.range,
        });
      }
      await clock.sleep(INTERVAL, signal);
    }
  }
}

async function isShuttingDown(context: ProvisionerContext): Promise<boolean> {
  const { end, output } = await readRemote(context, SHUTDOWN_CHECK);
  if (end.status === "disconnected") {
    throw new BakeError(`The connection was lost during the shutdown${lostBecause(end)}`, {
      code: "ssh-disconnected",
    });
  }
  return output.includes("going-down");
}
