/** How a remote command ended. A lost connection is never reported as exit code 0. */
export type ExecResult =
  | { readonly status: "exited"; readonly code: number }
  | { readonly status: "signalled"; readonly signal: string }
  | { readonly status: "disconnected"; readonly reason?: string | undefined };

/** Returns whether the machine runs Windows: its commands are for cmd.exe, and it has no POSIX shell. */
export function runsWindows({ type, isWindows }: Pick<Communicator, "type" | "isWindows">): boolean {
  return type === "winrm" || isWindows === true;
}

/** Returns why the connection was lost, after a colon: `: no response for 2 minutes`. Empty if it is not known. */
export function lostBecause(end: ExecResult): string {
  return end.status === "disconnected" && end.reason !== undefined ? `: ${end.reason}` : "";
}

/** Returns `uploadFiles` of a communicator that sends files one after the other. */
export function uploadInOrder(uploadFile: Communicator["uploadFile"]): Communicator["uploadFiles"] {
  return async (files, options) => {
    for (const { source, destination } of files) await uploadFile(source, destination, options);
  };
}

export type OutputStream = "stdout" | "stderr";

export interface ExecOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with output as it arrives. */
  readonly onOutput?: ((chunk: Uint8Array, stream: OutputStream) => void) | undefined;
  /** Called after `onOutput`. No more of the stream is read until the returned promise resolves. */
  readonly drained?: ((stream: OutputStream) => Promise<void> | undefined) | undefined;
  readonly stdin?: AsyncIterable<Uint8Array> | Uint8Array | undefined;
  /** False requests no terminal even with `ssh_pty`: input and output are bytes. */
  readonly pty?: false | undefined;
}

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes transferred so far, and the total where it is known. */
  readonly onProgress?: (bytes: number, total: number | undefined) => void;
  /** Called with what does not stop the transfer but should be known: a sentence without a final period. */
  readonly onWarning?: (text: string) => void;
}

/**
 * One file to send: from the local disk or from memory. `mode` is the permission bits, e.g. 0o644. As with scp, the machine's umask applies
 * to a new file, and an existing file keeps its mode; `exactMode` sets the mode in both cases.
 */
export type UploadSource =
  | { readonly from: "file"; readonly path: string }
  | { readonly from: "memory"; readonly content: Uint8Array; readonly mode: number; readonly exactMode?: true };

/** How programs on the runner (Ansible, InSpec) connect to the machine by themselves. */
export interface ConnectionDetails {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private key in OpenSSH or PEM form, where a key is used. */
  readonly privateKey: string | undefined;
  readonly password: string | undefined;
  /** The known host keys in `known_hosts` format (`ssh-ed25519 AAAA…`), the one of the first login first. */
  readonly hostKeys: readonly string[];
  /** Whether the address is reachable without a bastion or proxy. */
  readonly direct: boolean;
  /** Opens a port of this host that leads to the machine's SSH or WinRM server; undefined where its address is reached otherwise. */
  readonly forward?: (() => Promise<ForwardedPort>) | undefined;
  /** How to log in by WinRM; undefined for SSH. */
  readonly winrm: WinrmAccess | undefined;
}

/** A port of 127.0.0.1 that leads to a machine, for a program that connects by itself. */
export interface ForwardedPort {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** How a program on the runner logs in to a machine by WinRM with the address, port, user and password of `ConnectionDetails`. */
export interface WinrmAccess {
  readonly https: boolean;
  /** Whether the certificate and its name are not checked. */
  readonly insecure: boolean;
  /** Whether to log in with NTLM in place of Basic. */
  readonly ntlm: boolean;
}

/** One of several files to upload together: to exactly `destination`. */
export interface FileUpload {
  readonly source: UploadSource;
  readonly destination: string;
}

/**
 * Connection to the machine being built: runs commands, transfers files. Commands are text for the login user's shell (Packer §4.3), by
 * WinRM for cmd.exe. A command that `exec` started is never started again by a communicator: a lost connection is "disconnected".
 * Every method rejects with the signal's reason when aborted, and with a `BakeError` otherwise.
 */
export interface Communicator {
  readonly type: "ssh" | "winrm" | "docker" | "none";
  /** Whether the machine runs Windows, if the communicator can be of both kinds (SSH). */
  readonly isWindows?: boolean | undefined;
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** Uploads one file to exactly `destination`, whose directory must exist. */
  uploadFile(source: UploadSource, destination: string, options?: TransferOptions): Promise<void>;
  /** Uploads several small files in order, in as few requests as the connection allows. Directories must exist. */
  uploadFiles(files: readonly FileUpload[], options?: TransferOptions): Promise<void>;
  /**
   * Uploads a directory by Packer's slash rule (§4.4): without a trailing slash in `source` it becomes `destination/base`, with one its
   * contents go into `destination`. Modes, names and empty directories are kept; symbolic links are followed.
   */
  uploadDirectory(source: string, destination: string, options?: TransferOptions): Promise<void>;
  downloadFile(source: string, destination: string, options?: TransferOptions): Promise<void>;
  /** Downloads `source` (a directory with or without a trailing slash, or a remote glob) into the local `destination`. */
  downloadDirectory(source: string, destination: string, options?: TransferOptions): Promise<void>;
  /** Details for programs that connect by themselves; undefined where they cannot (docker, none). */
  connection(): ConnectionDetails | undefined;
  close(): Promise<void>;
}
