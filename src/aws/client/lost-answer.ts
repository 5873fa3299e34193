import type { AwsError } from "./errors.js";
import type { CallScope } from "./scope.js";
import { waitFor } from "./waiter.js";
import { INTERVALS, NOT_YET_VISIBLE } from "./waits.js";

/**
 * What a repeated create call found taken: the resource that its first, unanswered attempt made, or somebody else's. `find` looks
 * for one that bears our key. After a lost answer it is looked for until it must have become visible; otherwise once, as then it
 * cannot be ours. Answers undefined when it is not ours.
 */
export async function findOurs<T>(
  scope: CallScope,
  name: string,
  error: AwsError,
  find: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const found = await find();
  if (found !== undefined || !error.afterLostAnswer) return found;
  const began = scope.session.clock.now();
  return waitFor<T | undefined>(scope, {
    what: `${name} to appear`,
    resource: name,
    interval: INTERVALS.quick,
    longest: 2 * NOT_YET_VISIBLE,
    probe: async () => {
      const value = await find();
      const over = scope.session.clock.now() - began >= NOT_YET_VISIBLE;
      return value !== undefined || over ? { state: "done", value } : { state: "waiting" };
    },
  });
}
