import type { $Command } from "@aws-sdk/client-ec2";
import type { MetadataBearer } from "@smithy/types";
import type { Caller, LostResponse } from "./call.js";
import { AwsError } from "./errors.js";
import type { CallScope } from "./session.js";
import { type Circumstance, findTemporaryError, type TemporaryError } from "./temporary-errors.js";
import { createProgressReporter } from "./wait.js";

/** The resource that a call changes. */
export interface ChangeTarget {
  /** Its kind and id for the progress: `instance i-0abc`. */
  readonly what: string;
  /** What makes some errors of the call temporary; none by default. */
  readonly circumstances?: readonly Circumstance[] | undefined;
  /**
   * Describes the resource before each retry. Returns true if the call cannot succeed any more, for example because the instance is
   * terminated. Undefined retries until the error has lasted too long.
   */
  readonly isLost?: (() => Promise<boolean>) | undefined;
  /** `report` for a call that has neither a name nor a client token, so that each attempt can create a resource. */
  readonly lostResponse?: LostResponse | undefined;
}

/**
 * Sends a call that changes something, and retries it while its errors are temporary by the table of `temporary-errors.ts`: a resource
 * that is not visible yet, a state that passes, a limit of the account. Reports the progress of the wait. Rejects with the last
 * `AwsError` if the error is final, has lasted too long, or the resource is lost.
 */
export async function sendChange<In extends object, Out extends MetadataBearer, Config, I extends In, O extends Out>(
  scope: CallScope,
  caller: Caller<In, Out, Config>,
  command: $Command<I, O, Config, In, Out>,
  target: ChangeTarget,
): Promise<O> {
  const retry = createRetry(scope, target);
  for (;;) {
    try {
      return await caller.send(command, scope.signal, target.lostResponse);
    } catch (error) {
      const temporary = findTemporaryError(error, target.circumstances);
      if (!(error instanceof AwsError) || temporary === undefined) throw error;
      await retry(error, temporary);
      if (await target.isLost?.()) throw error;
    }
  }
}

/** Waits before the next attempt. Rejects with the error if it has lasted too long, or with the signal's reason. */
type Retry = (error: AwsError, temporary: TemporaryError) => Promise<void>;

/** The pauses for one temporary error. Times in milliseconds. */
interface Backoff {
  readonly began: number;
  readonly report: (elapsed: number, progress: { readonly text: string }) => void;
  pause: number;
}

/** Returns the pauses of one change: for each of its temporary errors they grow by half. */
function createRetry({ session, signal, narrator }: CallScope, { what }: ChangeTarget): Retry {
  const { clock, random } = session;
  const backoffs = new Map<TemporaryError, Backoff>();
  return async (error, temporary) => {
    const backoff = backoffs.get(temporary) ?? {
      began: clock.now(),
      report: createProgressReporter(narrator, `${what} ${temporary.until}`),
      pause: temporary.pause.first,
    };
    backoffs.set(temporary, backoff);
    const elapsed = clock.now() - backoff.began;
    if (elapsed >= temporary.longest) throw error;
    backoff.report(elapsed, { text: `${error.operation} returned ${error.awsCode}` });
    const pause = backoff.pause * (1 + 0.2 * random());
    session.debug(
      () => `${error.operation} (${what}) is retried in ${Math.round(pause)} ms: ${error.awsCode} is temporary`,
    );
    await clock.sleep(Math.min(pause, temporary.longest - elapsed), signal);
    backoff.pause = Math.min(backoff.pause * 1.5, temporary.pause.max);
  };
}
