import type { Filter } from "@aws-sdk/client-ec2";
import type { Intent } from "../../core/ledger.js";
import { TAG } from "../../core/ownership.js";
import { type ProbeResult, poll } from "../../core/poll.js";
import { failedAs } from "../client/errors.js";
import { longestRefusal, passes } from "../client/refusals.js";
import type { AwsSession } from "../client/session.js";
import { INTERVALS } from "../client/wait.js";

/** What finding and releasing a resource needs. The session is that of the intent's account and region. */
export interface ReleaseContext {
  readonly session: AwsSession;
  readonly signal: AbortSignal;
  /** Longest wait for what is in use, in milliseconds; undefined waits as long as an instance may take to terminate. */
  readonly patience: number | undefined;
  /** Says how a release that takes long goes on; milliseconds since it began. */
  onProgress(text: string, elapsed: number): void;
}

/**
 * How one kind of resource is found again and removed. Both are idempotent; `release` takes "not found" for success and
 * rejects with an `AwsError` for what it could not remove.
 */
export interface ReleaseHandler {
  /** The id of the resource that the intent speaks of, when it exists and carries our key; undefined when it does not (yet). */
  find(intent: Intent, context: ReleaseContext): Promise<string | undefined>;
  release(id: string, intent: Intent, context: ReleaseContext): Promise<void>;
  /** Why the resource is to stay although the ledger still holds it open; undefined lets it go. */
  readonly keeps?: ((id: string, intent: Intent, context: ReleaseContext) => Promise<string | undefined>) | undefined;
}

/** The filter of EC2's Describe calls that finds what was created with a ledger key. */
export function withKey(key: string): Filter {
  return { Name: `tag:${TAG.key}`, Values: [key] };
}

/** A resource that cannot be deleted while something uses it. */
export interface UsedResource {
  /** Its kind and id, for messages. */
  readonly what: string;
  /** The action that deletes it: which of its refusals pass, and how long that may take, is in the table of refusals. */
  readonly action: "DeleteSecurityGroup" | "DeleteVolume";
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
    deadline: patience ?? longestRefusal(used.action),
    onDeadline: () => last ?? new Error(`${used.what} could not be deleted`),
    onProgress: (elapsed) => onProgress(`${used.what} is still in use`, elapsed),
    probe: async (): Promise<ProbeResult<void>> => {
      try {
        await used.delete();
      } catch (error) {
        if (passes(error)) {
          last = error;
          return { state: "waiting" };
        }
        if (!failedAs(error, "not-found")) throw error;
      }
      return { state: "done", value: undefined };
    },
  });
}
