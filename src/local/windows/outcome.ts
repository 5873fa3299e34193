/** What a command did, when it is known at once. */
export interface GuestOutcome {
  readonly stdout: string | Buffer;
  readonly exit: number;
  /** Transfers of files are recorded as files, not as commands. */
  readonly isTransfer: boolean;
}

/** A command that reads files from its standard input. */
export interface Receiving {
  write(bytes: Buffer): void;
  /** Returns the exit code, and a text for standard error. */
  end(): { readonly exit: number; readonly stderr: string };
}
