import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { readRemote, whileUnreachable } from "../run-remote.js";

/** Milliseconds between checks whether a machine that goes down is gone. */
const INTERVAL = 250;

/** Prints `going-down` on a machine that shuts down: systemd says so, on older systems the run level does. */
const QUESTION = [
  'case "$(systemctl is-system-running 2>/dev/null) $(runlevel 2>/dev/null)" in',
  'stopping*|*" "[06]) echo going-down;; esac',
].join(" ");

/**
 * After a script that may reboot the machine: waits until the machine is reachable and is not going down. `reboot` comes back at
 * once, and the server takes connections for a while yet, so that what follows would run on a machine that is about to stop.
 * Rejects past `window` milliseconds as `whileUnreachable` does.
 */
export async function waitForReboot(context: ProvisionerContext, window: number): Promise<void> {
  const { clock } = context.surroundings;
  const { machine, narrator, signal } = context;
  const began = clock.now();
  const left = () => Math.max(1, window - (clock.now() - began));
  while (await whileUnreachable(context, left(), () => goesDown(context))) {
    narrator.message("The machine is going down; waiting for it to come back...");
    while (machine.reachable()) {
      if (clock.now() - began >= window) {
        throw new BakeError("the machine was going down but did not", {
          code: "machine-still-up",
          hint: 'Look for what holds up the shutdown, or raise "start_retry_timeout".',
          range: context.range,
        });
      }
      await clock.sleep(INTERVAL, signal);
    }
  }
}

async function goesDown(context: ProvisionerContext): Promise<boolean> {
  const { end, output } = await readRemote(context, QUESTION);
  if (end.status === "disconnected") {
    throw new BakeError("the connection was lost while the machine went down", {
      code: "ssh-disconnected",
    });
  }
  return output.includes("going-down");
}
