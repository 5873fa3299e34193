import { createServer, type Server } from "node:net";
import { PassThrough } from "node:stream";
import type { Communicator, ExecResult } from "../core/communicator.js";
import { BakeError, messageOf } from "../core/errors.js";
import type { CommandEnd, CommandRequest, Login, LoginHost, RunningCommand } from "./server/login-host.js";
import { openSshServer } from "./server/server.js";
import { shellCommand } from "./transfer/remote-path.js";

/** Number of ports to try from the first one (Packer's `local_port`). */
const TRIED_PORTS = 10;

export interface SshProxyOptions {
  readonly communicator: Communicator;
  /** The user that may log in, and the public key, a line of `authorized_keys`. */
  readonly user: string;
  readonly authorizedKey: string;
  /** Private key of the server, in OpenSSH or PEM form. */
  readonly hostKey: string;
  /** First port to try; 0 uses any free port. */
  readonly port: number;
  /** Command on the machine that serves SFTP; undefined searches for it. */
  readonly sftpCommand: string | undefined;
}

/** An SSH server on the runner's loopback address that runs commands on the machine behind a communicator. */
export interface SshProxy {
  readonly host: string;
  readonly port: number;
  /** Kills its commands, closes its connections, and stops listening. */
  close(): Promise<void>;
}

/**
 * Opens an SSH server for programs with their own SSH client (Ansible, InSpec). Their commands go through the communicator, so that they
 * reach a machine behind a bastion host or a container without SSH. Commands, `scp` in both protocols and `sftp` work if the machine has
 * the programs for them. Throws a `BakeError` when no port is free.
 */
export async function openSshProxy(options: SshProxyOptions): Promise<SshProxy> {
  const { communicator, user, hostKey, sftpCommand } = options;
  const host = "127.0.0.1";
  const stop = new AbortController();
  const [type = "", key = ""] = options.authorizedKey.trim().split(/\s+/);
  const server = openSshServer({
    hostKey,
    address: host,
    forwards: "refused",
    host: communicatorHost({
      communicator,
      user,
      authorizedKey: `${type} ${key}`,
      sftpCommand: sftpCommand || FIND_SFTP_SERVER,
      signal: stop.signal,
    }),
  });
  const listener = createServer((socket) => server.serve(socket));
  const port = await listen(listener, host, options.port);
  return {
    host,
    port,
    close: () =>
      new Promise((resolve) => {
        stop.abort();
        listener.close(() => resolve());
        server.disconnect();
      }),
  };
}

async function listen(listener: Server, host: string, first: number): Promise<number> {
  const last = first === 0 ? 0 : Math.min(first + TRIED_PORTS - 1, 65_535);
  for (let port = first; ; port++) {
    try {
      return await listenOn(listener, host, port);
    } catch (cause) {
      if (port < last) continue;
      const tried = first === 0 ? "any port" : `ports ${first} to ${last}`;
      throw new BakeError(`The SSH proxy cannot listen on ${tried} of ${host}: ${messageOf(cause)}`, {
        code: "proxy-port",
        hint: 'Remove "local_port", or set it to the first of ten ports of which one is free.',
        cause,
      });
    }
  }
}

function listenOn(listener: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(port, host, () => {
      listener.removeListener("error", reject);
      // The client retries a connection that could not be accepted.
      listener.on("error", () => undefined);
      const bound = listener.address();
      resolve(typeof bound === "object" && bound ? bound.port : port);
    });
  });
}

/** Exit code of ssh(1) when it cannot connect to the machine. */
const UNREACHABLE = 255;

/** Paths of OpenSSH's SFTP server: Debian, Fedora, Arch and Alpine, SUSE, older Debian. */
const SFTP_SERVERS = [
  "/usr/lib/openssh/sftp-server",
  "/usr/libexec/openssh/sftp-server",
  "/usr/libexec/sftp-server",
  "/usr/lib/ssh/sftp-server",
  "/usr/lib/sftp-server",
];

/** Searches for the SFTP server of a machine and starts it. Exit code 127 when there is none. */
const FIND_SFTP_SERVER = shellCommand(
  `for s in ${SFTP_SERVERS.join(" ")}; do [ -x $s ] && exec $s -e; done; echo "this machine has no sftp-server" >&2; exit 127`,
);

interface CommunicatorHostOptions {
  readonly communicator: Communicator;
  /** The one user that may log in, with the one key (`type base64`). */
  readonly user: string;
  readonly authorizedKey: string;
  /** Command that serves SFTP on the machine. */
  readonly sftpCommand: string;
  /** Kills every command. */
  readonly signal: AbortSignal;
}

/**
 * Returns the login host for the machine behind a communicator: commands run through the communicator. Terminal requests are accepted but
 * have no effect, as in Packer's adapter.
 */
function communicatorHost(options: CommunicatorHostOptions): LoginHost {
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
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const stop = new AbortController();
  const ran = communicator.exec(command, {
    signal: AbortSignal.any([signal, stop.signal]),
    stdin,
    onOutput: (chunk, stream) => void (stream === "stdout" ? stdout : stderr).write(chunk),
    // A slow client must not fill the memory.
    drained: (stream) => roomIn(stream === "stdout" ? stdout : stderr),
    // A terminal would echo the input and change bytes.
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

/** Returns a promise that resolves when a full stream can take more; undefined when it can now. */
function roomIn(stream: PassThrough): Promise<void> | undefined {
  if (!stream.writableNeedDrain || stream.destroyed) return undefined;
  return new Promise((resolve) => {
    const done = () => {
      stream.removeListener("drain", done).removeListener("close", done);
      resolve();
    };
    stream.once("drain", done).once("close", done);
  });
}

interface Ended {
  readonly end: CommandEnd;
  readonly complaint: string | undefined;
}

function endOf(result: ExecResult): Ended {
  if (result.status === "exited") return { end: { code: result.code }, complaint: undefined };
  if (result.status === "signalled")
    return { end: { signal: result.signal.replace(/^SIG/, "") }, complaint: undefined };
  return lost("the connection to the machine was lost");
}

function lost(complaint: string): Ended {
  return { end: { code: UNREACHABLE }, complaint };
}
