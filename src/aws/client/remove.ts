import { type ProbeResult, poll } from "../../core/poll.js";
import { AwsError } from "./errors.js";
import type { CallScope } from "./session.js";
import { type Circumstance, findTemporaryError, REPLICA_LAG, YOUNG } from "./temporary-errors.js";
import { createProgressReporter, INTERVALS } from "./wait.js";

/** What a Describe shows of a resource. `ended` is a sure end: an instance that is terminated, an image that is deregistered. */
export type Presence = "exists" | "absent" | "ended";

/** The deletion of a resource. Times in milliseconds. */
export interface Removal {
  /** Its kind and id for the progress: `security group sg-0abc`. */
  readonly what: string;
  /** Returns what makes an error of the call temporary; none by default. */
  circumstances?(error: AwsError): readonly Circumstance[];
  /** Whether the deletion takes time after the call, as that of an instance does. Then its end is waited for. */
  readonly takesTime?: boolean | undefined;
  /** Longest wait while the resource is in use; undefined for that of the table of temporary errors. */
  readonly longestWait?: number | undefined;
  /** When it was created, in milliseconds since the epoch; undefined if it is certainly older than a minute. */
  readonly createdAt?: number | undefined;
  /** Sends the deletion. */
  send(): Promise<unknown>;
  describe(): Promise<Presence>;
  /** Called between two attempts; `elapsed` in milliseconds. By default the scope's narrator reports the progress. */
  readonly onProgress?: ((text: string, elapsed: number) => void) | undefined;
}

/**
 * Deletes a resource and resolves when it is deleted. "Not found" alone is not believed (EC2 eventual consistency): then the resource
 * counts as deleted when Describe calls over `REPLICA_LAG` do not show it either, and it is older than a minute. Retries temporary
 * errors. Rejects with AWS's last error when the resource stays in use, or cannot be deleted.
 */
export async function removeResource(scope: CallScope, removal: Removal): Promise<void> {
  const { session, signal, narrator } = scope;
  const { what } = removal;
  const absence = createAbsence(removal, () => session.clock.now());
  const report = createProgressReporter(narrator, `${what} to be removed`);
  const onProgress = removal.onProgress ?? ((text, elapsed) => report(elapsed, { text }));
  const began = session.clock.now();
  let isAccepted = false;
  await poll<void>({
    clock: session.clock,
    signal,
    interval: removal.takesTime ? INTERVALS.power : INTERVALS.removal,
    random: session.random,
    onDeadline: () => new Error("unreachable: no deadline is set"),
    onProgress: (elapsed, progress) => onProgress(progress?.text ?? what, elapsed),
    probe: async (): Promise<ProbeResult<void>> => {
      if (!isAccepted) {
        const refusal = await sendDeletion(removal);
        if (refusal === undefined && !removal.takesTime) return DONE;
        isAccepted = refusal === undefined;
        if (refusal !== undefined && !isMissing(refusal.error)) {
          if (session.clock.now() - began >= (removal.longestWait ?? refusal.longest)) throw refusal.error;
          return { state: "waiting", progress: { text: `${what} is still in use` } };
        }
        if (refusal?.error.afterLostResponse) absence.expect();
      }
      const presence = await removal.describe();
      if (presence === "ended" || absence.isBelieved(presence)) return DONE;
      return { state: "waiting", progress: { text: `${what} is being removed` } };
    },
  });
}

const DONE: ProbeResult<void> = { state: "done", value: undefined };

/** An error of the deletion after which it is sent again, and how long the error can last. */
interface Refusal {
  readonly error: AwsError;
  readonly longest: number;
}

/** Sends the deletion. Returns undefined if AWS accepts it, else a temporary error or "not found". Rejects with any other error. */
async function sendDeletion(removal: Removal): Promise<Refusal | undefined> {
  try {
    await removal.send();
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const temporary = findTemporaryError(error, removal.circumstances?.(error));
    if (temporary === undefined && !isMissing(error)) throw error;
    return { error, longest: temporary?.longest ?? Number.POSITIVE_INFINITY };
  }
}

/** Returns whether the error means that the resource does not exist, if it can be believed. */
function isMissing(error: AwsError): boolean {
  return error.failure === "not-found" || error.awsCode === "InvalidAMIID.Unavailable";
}

/** Decides when an absent resource is believed to be deleted. */
interface Absence {
  /** An earlier attempt of the deletion may have succeeded. Then the age of the resource does not matter. */
  expect(): void;
  isBelieved(presence: Presence): boolean;
}

function createAbsence({ createdAt }: Removal, now: () => number): Absence {
  let oldEnoughAt = createdAt === undefined ? 0 : createdAt + YOUNG;
  let since: number | undefined;
  return {
    expect() {
      oldEnoughAt = 0;
    },
    isBelieved(presence) {
      since = presence === "absent" ? (since ?? now()) : undefined;
      return since !== undefined && now() - since >= REPLICA_LAG && now() >= oldEnoughAt;
    },
  };
}
