import { Cancelled } from "../core/errors.js";
import type { BuilderContext } from "../core/parts.js";

/** Runs a step of a build and reports its start and end; steps may overlap. Rejects as `work` does. */
export async function runBuilderStep<T>(
  { narrator, signal }: BuilderContext,
  name: string,
  title: string,
  work: () => Promise<T>,
): Promise<T> {
  narrator.emit({ type: "step-started", step: name, title });
  try {
    const result = await work();
    narrator.emit({ type: "step-ended", step: name, outcome: "succeeded" });
    return result;
  } catch (error) {
    const cancelled = error instanceof Cancelled || signal.aborted;
    narrator.emit({ type: "step-ended", step: name, outcome: cancelled ? "cancelled" : "failed" });
    throw error;
  }
}

/**
 * Awaits steps that run in parallel. If one fails, its error is thrown only after the others have ended, so that nothing is created during
 * cleanup.
 */
export async function awaitSteps<T extends readonly Promise<unknown>[]>(
  ...work: T
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
