import type { Filter } from "@aws-sdk/client-ec2";
import type { Intent } from "../../core/ledger.js";
import { TAG } from "../../core/ownership.js";
import { type Removal, removeResource } from "../client/remove.js";
import type { AwsSession, CallScope } from "../client/session.js";
import { withOwnTag } from "../tags.js";

/** The context of a release. The session is that of the intent's account and Region. */
export interface ReleaseContext {
  readonly session: AwsSession;
  readonly signal: AbortSignal;
  /** Longest wait for a resource in use, in milliseconds; undefined waits as long as an instance can take to terminate. */
  readonly longestWait: number | undefined;
  /** When the resource was created or about to be, in milliseconds since the epoch; undefined if certainly more than a minute ago. */
  readonly createdAt: number | undefined;
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
  /** Called when the resource is kept: ends what only a live run may have on it. */
  readonly afterKept?: ((id: string, intent: Intent, context: ReleaseContext) => Promise<void>) | undefined;
}

/** Returns the filter for EC2's Describe calls that finds resources created with a ledger key. */
export function withKey(key: string): Filter {
  return withOwnTag(TAG.key, key);
}

/** Returns the scope of calls in the Region of the release. */
export function scopeOf({ session, signal }: ReleaseContext): CallScope {
  return { session, region: session.region, signal };
}

/** Deletes a resource as `removeResource` does, with the age, the longest wait and the progress of the release. */
export async function remove(
  context: ReleaseContext,
  removal: Omit<Removal, "createdAt" | "longestWait" | "onProgress">,
): Promise<void> {
  const { createdAt, longestWait, onProgress } = context;
  await removeResource(scopeOf(context), { ...removal, createdAt, longestWait, onProgress });
}
