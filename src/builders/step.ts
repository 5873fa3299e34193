import { Cancelled } from "../core/errors.js";
import type { Outcome } from "../core/events.js";
import type { PartContext } from "../core/parts.js";

/** Runs a step of a build and reports its start and end; steps may overlap. Rejects as `work` does. */
export async function runBuilderStep<T>(
  { narrator, signal, surroundings: { clock, debug } }: PartContext,
  name: string,
  title: string,
  work: () => Promise<T>,
): Promise<T> {
  const began = clock.now();
  const end = (outcome: Outcome) => {
    narrator.emit({ type: "step-ended", step: name, outcome });
    debug(() => `Step ${name}: ${outcome} after ${clock.now() - began} ms`);
  };
  narrator.emit({ type: "step-started", step: name, title });
  debug(() => `Step ${name}: ${title}`);
  try {
    const result = await work();
    end("succeeded");
    return result;
  } catch (error) {
    end(error instanceof Cancelled || signal.aborted ? "cancelled" : "failed");
    throw error;
  }
}
