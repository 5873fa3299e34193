import { PassThrough } from "node:stream";
import type { Communicator, ExecResult } from "../../core/communicator.js";
import { messageOf } from "../../core/errors.js";
import { shellCommand } from "../remote-path.js";
import type { CommandEnd, CommandRequest, Login, LoginHost, RunningCommand } from "../server/login-host.js";

/** What ssh(1) itself answers when it cannot reach the machine. */
const UNREACHABLE = 255;

/** Where distributions put OpenSSH's SFTP server: Debian, Fedora, Arch and Alpine, SUSE, older Debian. */
const SFTP_SERVERS = [
  "/usr/lib/openssh/sftp-server",
  "/usr/libexec/openssh/sftp-server",
  "/usr/libexec/sftp-server",
  "/usr/lib/ssh/sftp-server",
  "/usr/lib/sftp-server",
];

/** Starts the SFTP server of a machine, wherever it is; exit code 127 when there is none. */
export const FIND_SFTP_SERVER = shellCommand(
  `for s in ${SFTP_SERVERS.join(" ")}; do [ -x $s ] && exec $s -e; done; echo "this machine has no sftp-server" >&2; exit 127`,
);

export interface CommunicatorHostOptions {
  readonly communicator: Communicator;
  /** The one user that may log in, with the one key (`type base64`). */
  readonly user: string;
  readonly authorizedKey: string;
  /** What serves the SFTP subsystem on the machine. */
  readonly sftpCommand: string;
  /** Ends every command. */
  readonly signal: AbortSignal;
}

/**
 * The machine behind a communicator as an SSH server sees it: who logs in runs commands through the communicator, whatever that
 * is. Terminals that clients ask for are granted and not made, as Packer's adapter does.
 */
export function communicatorHost(options: CommunicatorHostOptions): LoginHost {
  const { user, authorizedKey } = options;
  const login: Login = { user, uid: 0, gid: 0, groups: "", home: "", shell: "", keyLine: authorizedKey };
  return {
    findLogin: async (name, key) => (name === user && key === authorizedKey ? login : undefined),
    run: async (request) => start(request, options),
  };
}

function start(
  request: CommandRequest,
  { communicator, sftpCommand, signal }: CommunicatorHostOptions,
): RunningCommand {
  const command = { exec: request.command, sftp: sftpCommand, shell: "/bin/sh" }[request.kind];
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const stop = new AbortController();
  const ran = communicator.exec(command, {
    signal: AbortSignal.any([signal, stop.signal]),
    stdin,
    onOutput: (chunk, stream) => void (stream === "stdout" ? stdout : stderr).write(chunk),
    // With a terminal what is sent would come back, and bytes would be changed.
    pty: request.terminal ? undefined : false,
  });
  const ended = ran
    .then(endOf, (error: unknown) => lost(messageOf(error)))
    .then(({ end, complaint }) => {
      if (complaint !== undefined && !stderr.destroyed) stderr.write(`${complaint}\n`);
      stdin.destroy();
      stdout.end();
      stderr.end();
      return end;
    });
  return { stdin, stdout, stderr, ended, signal: () => stop.abort(), resize: () => undefined };
}

interface Ended {
  readonly end: CommandEnd;
  readonly complaint?: string | undefined;
}

function endOf(result: ExecResult): Ended {
  if (result.status === "exited") return { end: { code: result.code } };
  if (result.status === "signalled") return { end: { signal: result.signal.replace(/^SIG/, "") } };
  return lost("the connection to the machine was lost");
}

function lost(complaint: string): Ended {
  return { end: { code: UNREACHABLE }, complaint };
}
