import { findPortSession, terminateSession } from "../session-manager.js";
import { type ReleaseHandler, scopeOf } from "./handler.js";

/** Sessions of Session Manager: found by their reason, which has our key, and ended. */
export const sessionRelease: ReleaseHandler = {
  find: ({ key, details }, context) =>
    details?.instance === undefined
      ? Promise.resolve(undefined)
      : findPortSession(scopeOf(context), { instanceId: details.instance, reason: sessionReason(key) }),
  release: (id, _intent, context) => terminateSession(scopeOf(context), id),
};

/** Returns the reason of a session: Session Manager has no client token and no tags for sessions. At most 256 characters. */
export function sessionReason(key: string): string {
  return `bake-ami ${key}`.slice(0, 256);
}
