import type { Connection } from "../ssh/connect/connection.js";
import type { SshTarget } from "../ssh/connect/connector.js";
import { refuseForcedCommand } from "../ssh/connect/forced-command.js";
import { windowsServer, windowsSftpPath } from "../ssh/windows/server.js";
import { findWindowsShell, lineForShell } from "../ssh/windows/shell.js";

interface ExamineOptions {
  readonly target: SshTarget;
  readonly isWindows: boolean;
  readonly fileTransfer: "scp" | "sftp";
  readonly signal: AbortSignal;
}

/** How the commands and paths of the provisioners are written for a machine. */
export interface SshMachine {
  /** Whether it is Windows: it has no `sh`, `tar` and `cat`, so that all transfers use SFTP. */
  readonly isWindows: boolean;
  /** Returns the line for the login shell. */
  line(command: string): string;
  /** Returns the path for SFTP. */
  path(path: string): string;
}

const POSIX: SshMachine = { isWindows: false, line: (command) => command, path: (path) => path };

/**
 * Returns how to use a machine, by what its server sent first. One command is run: on Windows it shows the default shell, elsewhere that the
 * login runs commands at all (`refuseForcedCommand`, whose errors it throws).
 */
export async function examineMachine(connection: Connection, options: ExamineOptions): Promise<SshMachine> {
  const { signal, target } = options;
  const server = windowsServer(connection.identification, options.isWindows);
  if (server === undefined) {
    await refuseForcedCommand(connection, {
      user: target.credentials.user,
      sftpOnly: options.fileTransfer === "sftp",
      signal,
    });
    return POSIX;
  }
  // Only OpenSSH for Windows has the setting of another default shell.
  const shell = server === "openssh" ? await findWindowsShell(connection, signal) : "cmd";
  target.debug(() => `SSH: the machine is Windows (${connection.identification}); its default shell is ${shell}`);
  return {
    isWindows: true,
    line: (command) => lineForShell(command, shell),
    path: (path) => windowsSftpPath(path, server),
  };
}
