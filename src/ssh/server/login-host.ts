import type { Readable, Writable } from "node:stream";

/** A user of the machine behind the server, read from the machine's files at login. */
export interface Login {
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
  /** Supplementary group ids, comma-separated. */
  readonly groups: string;
  readonly home: string;
  readonly shell: string;
  /** The line of `authorized_keys` with the offered key (sshd(8), AUTHORIZED_KEYS FILE FORMAT). */
  readonly keyLine: string;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A request to run a command on a session channel. */
export interface CommandRequest {
  readonly login: Login;
  readonly kind: "exec" | "shell" | "sftp";
  /** Empty unless `kind` is `exec`. */
  readonly command: string;
  /** `NAME=value` entries that the server or the client adds to the login's environment. */
  readonly environment: readonly string[];
  /** TERM and size of the terminal, if the client requested one. */
  readonly terminal: (TerminalSize & { readonly term: string }) | undefined;
}

/** How a command ended: with a code, or by a signal (name without SIG). */
export type CommandEnd = { readonly code: number } | { readonly signal: string };

export interface RunningCommand {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly ended: Promise<CommandEnd>;
  /** Sends a signal (name without SIG) to the command's process group. */
  signal(name: string): void;
  resize(size: TerminalSize): void;
}

/** The machine behind an SSH server. */
export interface LoginHost {
  /** Returns the login if `user` exists and accepts the key (`type base64`); undefined otherwise. */
  findLogin(user: string, key: string): Promise<Login | undefined>;
  /** Starts a command. Rejects when the machine is down. */
  run(request: CommandRequest): Promise<RunningCommand>;
}
