import { poll, type Verdict } from "../../core/poll.js";
import { type Failure, failedAs } from "../client/errors.js";
import { INTERVALS } from "../client/wait.js";
import type { ReleaseContext } from "./handler.js";

/** A resource that cannot be deleted while something uses it. */
export interface UsedResource {
  /** Its kind and id, for messages. */
  readonly what: string;
  /** Refusals that pass once it is no longer used. */
  readonly until: readonly Failure[];
  /** Longest wait in milliseconds, where the caller names none. */
  readonly patience: number;
  delete(): Promise<unknown>;
}

/** Deletes it as soon as nothing uses it; one that is gone is fine. Rejects with EC2's last refusal when patience is over. */
export async function deleteOnceFree(used: UsedResource, context: ReleaseContext): Promise<void> {
  const { session, signal, patience, onProgress } = context;
  let last: Error | undefined;
  await poll<void>({
    clock: session.clock,
    signal,
    interval: INTERVALS.quick,
    random: session.random,
    deadline: patience ?? used.patience,
    onDeadline: () => last ?? new Error(`${used.what} could not be deleted`),
    onProgress: (elapsed) => onProgress(`${used.what} is still in use`, elapsed),
    probe: async (): Promise<Verdict<void>> => {
      try {
        await used.delete();
      } catch (error) {
        if (failedAs(error, ...used.until)) {
          last = error;
          return { state: "waiting" };
        }
        if (!failedAs(error, "not-found")) throw error;
      }
      return { state: "done", value: undefined };
    },
  });
}
