import type { OpenedSession } from "../../core/opened-session.js";

/** What a tunnel needs of the SSM API, with the credentials of the build. */
export interface SessionAccess {
  /** Starts a session. Rejects with the error of the API, e.g. `TargetNotConnected`. */
  start(signal: AbortSignal): Promise<OpenedSession>;
  /** Returns a new connection to a session; undefined when the session has ended. */
  resume(id: string, signal: AbortSignal): Promise<OpenedSession | undefined>;
  /** Returns the headers that sign the request for a data channel (Signature Version 4, service `ssmmessages`), for one dial. */
  sign(url: URL): Promise<Readonly<Record<string, string>>>;
}
