import type { Filter } from "@aws-sdk/client-ec2";
import type { Intent } from "../../core/ledger.js";
import { TAG } from "../../core/ownership.js";
import type { AwsSession } from "../client/session.js";

/** What finding and releasing a resource needs. The session is that of the intent's account and region. */
export interface ReleaseContext {
  readonly session: AwsSession;
  readonly signal: AbortSignal;
  /** Longest wait for what is in use, in milliseconds; without it as long as an instance may take to go. */
  readonly patience?: number | undefined;
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
