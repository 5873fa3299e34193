import { messageOf } from "../core/errors.js";
import type { PartContext } from "../core/parts.js";
import type { OnError } from "../core/settings.js";

/** What a failed build does with what it created. */
export type ErrorDecision = "cleanup" | "keep";

/**
 * Decides by `-on-error` (Packer §7.1). `ask` without a terminal cleans up and says so, as a hung CI job helps nobody.
 */
export async function decideOnError(error: unknown, onError: OnError, context: PartContext): Promise<ErrorDecision> {
  if (onError === "cleanup") return "cleanup";
  if (onError !== "ask") return "keep";
  const { ask } = context.surroundings;
  if (!context.settings.interactive || !ask) {
    context.narrator.warn({
      code: "cannot-ask",
      summary: "on-error is ask, but there is no terminal to ask at: cleaning up",
      hint: "Use on-error abort to keep the instance of a failed build.",
    });
    return "cleanup";
  }
  const answer = await ask(
    `Build '${context.identity.name}' failed: ${messageOf(error)}\n[c] Clean up and exit, [a] abort without cleanup: `,
    context.signal,
  );
  return answer.trim().toLowerCase() === "a" ? "keep" : "cleanup";
}
