import { throwIfAborted } from "../core/clock.js";
import { BakeError, messageOf } from "../core/errors.js";
import type { ProvisionerContext } from "../core/parts.js";
import { formatDuration } from "../core/text.js";

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
