import { AwsError } from "../client/errors.js";
import type { CallScope } from "../client/session.js";
import { describeSessions, findPortSession, terminateSession } from "../session-manager.js";
import { type ReleaseHandler, scopeOf } from "./handler.js";

/** Sessions of Session Manager: found by their reason, which has our key, and ended. */
export const sessionRelease: ReleaseHandler = {
  find: ({ key, details }, context) =>
    details?.instance === undefined
      ? Promise.resolve(undefined)
      : findPortSession(scopeOf(context), { instanceId: details.instance, reason: sessionReason(key) }),
  release: (id, _intent, context) => terminateSession(scopeOf(context), id),
};

const PREFIX = "bake-ami ";

/** Returns the IDs of the sessions that runs left on an instance; none where sessions cannot be listed: they end with their instance. */
export async function findSessionsLeft(scope: CallScope, instanceId: string): Promise<readonly string[]> {
  const sessions = await describeSessions(scope, instanceId).catch((error: unknown) => {
    if (error instanceof AwsError) return [];
    throw error;
  });
  return sessions.filter(({ reason }) => reason.startsWith(PREFIX)).map(({ id }) => id);
}

/** Returns the reason of a session: Session Manager has no client token and no tags for sessions. At most 256 characters. */
export function sessionReason(key: string): string {
  return `${PREFIX}${key}`.slice(0, 256);
}
