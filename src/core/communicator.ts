/** How a remote command ended. A lost connection is never read as exit code 0. */
export type ExecResult =
  | { readonly status: "exited"; readonly code: number }
  | { readonly status: "signalled"; readonly signal: string }
  | { readonly status: "disconnected" };

export type OutputStream = "stdout" | "stderr";

export interface ExecOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes as they come; backpressure is the communicator's. */
  readonly onOutput?: ((chunk: Uint8Array, stream: OutputStream) => void) | undefined;
  readonly stdin?: AsyncIterable<Uint8Array> | Uint8Array | undefined;
  /** False keeps the communicator from giving the command a terminal (`ssh_pty`): its input and output are bytes. */
  readonly pty?: false | undefined;
}

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes sent or received so far, and the total where it is known. */
  readonly onProgress?: (bytes: number, total: number | undefined) => void;
}

/** One file to send: from the local disk or from memory. `mode` is the permission bits, e.g. 0o644. */
export type UploadSource =
  | { readonly from: "file"; readonly path: string }
  | { readonly from: "memory"; readonly content: Uint8Array; readonly mode: number };

/** How other programs on this machine (Ansible, InSpec) reach the same machine. */
export interface ConnectionDetails {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private key in OpenSSH or PEM form, where a key is used. */
  readonly privateKey: string | undefined;
  readonly password: string | undefined;
  /** The pinned host key as a `known_hosts` key part (`ssh-ed25519 AAAA…`). */
  readonly hostKey: string | undefined;
  /** Whether the address is reached directly, without bastion or proxy. */
  readonly direct: boolean;
}

/**
 * A way to a machine being built: runs commands, moves files. Commands are text for the login user's shell (Packer §4.3).
 * Every method rejects with the signal's reason when aborted, and with a `BakeError` otherwise.
 */
export interface Communicator {
  readonly type: "ssh" | "docker" | "none";
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** Sends one file to exactly `destination` (its folder exists). */
  uploadFile(source: UploadSource, destination: string, options?: TransferOptions): Promise<void>;
  /**
   * Sends a folder by Packer's slash rule (§4.4): `source` without a trailing slash makes `destination/base`, with one only its
   * contents go into `destination`. Modes, empty folders and names are exact; symbolic links are followed.
   */
  uploadDirectory(source: string, destination: string, options?: TransferOptions): Promise<void>;
  downloadFile(source: string, destination: string, options?: TransferOptions): Promise<void>;
  /** Fetches what `source` (a folder with or without trailing slash, or a remote glob) names into the local `destination`. */
  downloadDirectory(source: string, destination: string, options?: TransferOptions): Promise<void>;
  /** For tools that connect by themselves; undefined where that cannot be (docker, none). */
  connection(): ConnectionDetails | undefined;
  close(): Promise<void>;
}
