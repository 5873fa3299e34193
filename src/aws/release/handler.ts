import type { Filter } from "@aws-sdk/client-ec2";
import type { Intent } from "../../core/ledger.js";
import { TAG } from "../../core/ownership.js";
import { type ProbeResult, poll } from "../../core/poll.js";
import { failedAs } from "../client/errors.js";
import type { AwsSession } from "../client/session.js";
import { isTemporary, longestTemporaryErrorOf } from "../client/temporary-errors.js";
import { INTERVALS } from "../client/wait.js";

/** The context of a release. The session is that of the intent's account and Region. */
export interface ReleaseContext {
  readonly session: AwsSession;
  readonly signal: AbortSignal;
  /** Longest wait for a resource in use, in milliseconds; undefined waits as long as an instance can take to terminate. */
  readonly longestWait: number | undefined;
  /** Reports the progress of a release; `elapsed` is in milliseconds. */
  onProgress(text: string, elapsed: number): void;
}

/**
 * Finds and removes one kind of resource. Both calls are idempotent. For `release` "not found" is success; it rejects with an
 * `AwsError` when it cannot remove the resource.
 */
export interface ReleaseHandler {
  /** Returns the id of the intent's resource if it exists and has our key; undefined if it does not exist (yet). */
  find(intent: Intent, context: ReleaseContext): Promise<string | undefined>;
  release(id: string, intent: Intent, context: ReleaseContext): Promise<void>;
  /** Returns why the resource is kept although its ledger entry is open; undefined to remove it. */
  readonly keeps?: ((id: string, intent: Intent, context: ReleaseContext) => Promise<string | undefined>) | undefined;
}

/** Returns the filter for EC2's Describe calls that finds resources created with a ledger key. */
export function withKey(key: string): Filter {
  return { Name: `tag:${TAG.key}`, Values: [key] };
}

/** A resource that cannot be deleted while something uses it. */
export interface UsedResource {
  /** Its kind and id, for messages. */
  readonly what: string;
  /** The action that deletes it. The table of temporary errors lists which of its errors are retried, and for how long. */
  readonly action: "DeleteSecurityGroup" | "DeleteVolume";
  delete(): Promise<unknown>;
}

/** Deletes it as soon as nothing uses it; "not found" is success. Rejects with EC2's last error after the longest wait. */
export async function deleteOnceFree(used: UsedResource, context: ReleaseContext): Promise<void> {
  const { session, signal, longestWait, onProgress } = context;
  let last: Error | undefined;
  await poll<void>({
    clock: session.clock,
    signal,
    interval: INTERVALS.quick,
    random: session.random,
    deadline: longestWait ?? longestTemporaryErrorOf(used.action),
    onDeadline: () => last ?? new Error(`Could not delete ${used.what}`),
    onProgress: (elapsed) => onProgress(`${used.what} is still in use`, elapsed),
    probe: async (): Promise<ProbeResult<void>> => {
      try {
        await used.delete();
      } catch (error) {
        if (isTemporary(error)) {
          last = error;
          return { state: "waiting" };
        }
        if (!failedAs(error, "not-found")) throw error;
      }
      return { state: "done", value: undefined };
    },
  });
}
