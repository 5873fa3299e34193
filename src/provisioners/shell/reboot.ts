import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { whileUnreachable } from "../while-unreachable.js";

/** Milliseconds between looks at whether a machine that goes down is gone. */
const INTERVAL = 250;

/** Answers `going-down` on a machine that shuts down: systemd says so, on older systems the run level does. */
const QUESTION = [
  'case "$(systemctl is-system-running 2>/dev/null) $(runlevel 2>/dev/null)" in',
  'stopping*|*" "[06]) echo going-down;; esac',
].join(" ");

/**
 * After a script that may reboot the machine: waits until the machine is there and is not going down. `reboot` comes back at
 * once, and the server takes connections for a while yet, so that what follows would run on a machine that is about to stop.
 * Rejects past `window` milliseconds as `whileUnreachable` does.
 */
export async function settle(context: ProvisionerContext, window: number): Promise<void> {
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

async function goesDown({ machine, signal }: ProvisionerContext): Promise<boolean> {
  let answer = "";
  const result = await machine.communicator.exec(QUESTION, {
    signal,
    onOutput: (chunk, stream) => {
      if (stream === "stdout") answer += Buffer.from(chunk).toString();
    },
  });
  if (result.status === "disconnected") {
    throw new BakeError("the connection was lost while the machine went down", {
      code: "ssh-disconnected",
    });
  }
  return answer.includes("going-down");
}
