import type { DataKey, OpenedSession } from "../../core/opened-session.js";

/** What a tunnel needs of the SSM API, with the credentials of the build. */
export interface SessionAccess {
  /** Starts a session. Rejects with the error of the API, e.g. `TargetNotConnected`. */
  start(signal: AbortSignal): Promise<OpenedSession>;
  /** Returns a new connection to a session; undefined when the session has ended. */
  resume(id: string, signal: AbortSignal): Promise<OpenedSession | undefined>;
  /** Returns a data key of a KMS key, for a session whose preferences require encryption. Rejects with an error that no repetition changes. */
  dataKey(request: DataKeyRequest, signal: AbortSignal): Promise<DataKey>;
  /** Returns the headers that sign the request for a data channel (Signature Version 4, service `ssmmessages`), for one dial. */
  sign(url: URL): Promise<Readonly<Record<string, string>>>;
}

/** A session that is to be encrypted. */
export interface DataKeyRequest {
  readonly sessionId: string;
  /** ARN, ID or alias of the KMS key of the preferences. */
  readonly keyId: string;
}
