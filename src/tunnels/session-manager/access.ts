/** A session and the data of one connection to its data channel (StartSession and ResumeSession of the SSM API). */
export interface OpenedSession {
  readonly id: string;
  /** Goes into the first message of the connection. */
  readonly token: string;
  /** `wss://` address of the data channel. */
  readonly url: string;
}

/** What a tunnel needs of the SSM API, with the credentials of the build. */
export interface SessionAccess {
  /** Starts a session. Rejects with the error of the API, e.g. `TargetNotConnected`. */
  start(signal: AbortSignal): Promise<OpenedSession>;
  /** Returns a new connection to a session; undefined when the session has ended. */
  resume(id: string, signal: AbortSignal): Promise<OpenedSession | undefined>;
  /** Returns the headers that sign the request for a data channel (Signature Version 4, service `ssmmessages`), for one dial. */
  sign(url: URL): Promise<Readonly<Record<string, string>>>;
}
