import { createServer, type Server } from "node:net";
import type { Communicator } from "../../core/communicator.js";
import { BakeError, messageOf } from "../../core/errors.js";
import { openSshServer } from "../server/server.js";
import { communicatorHost, FIND_SFTP_SERVER } from "./communicator-host.js";

/** Ports that are tried from the first one on (Packer's `local_port`). */
const TRIED_PORTS = 10;

export interface SshProxyOptions {
  readonly communicator: Communicator;
  /** The user that may log in, and the public key, a line of `authorized_keys`. */
  readonly user: string;
  readonly authorizedKey: string;
  /** Private key of the server, in OpenSSH or PEM form. */
  readonly hostKey: string;
  /** First port to try; 0 takes any free one. */
  readonly port: number;
  /** Command on the machine that serves the SFTP subsystem; looked for when not given. */
  readonly sftpCommand?: string | undefined;
}

/** An SSH server on this machine's loopback address that leads to the machine behind a communicator. */
export interface SshProxy {
  readonly host: string;
  readonly port: number;
  /** Ends its commands, cuts its connections, and stops listening. */
  close(): Promise<void>;
}

/**
 * Opens an SSH server for programs that come with an SSH client of their own (Ansible, InSpec): what they run goes through the
 * communicator, so that they reach a machine behind a bastion or a container without SSH. Commands, `scp` in both its
 * protocols, and `sftp` work as far as the machine has the programs for them. Throws `BakeError` when no port is free.
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
  const listener = createServer((socket) => server.take(socket));
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
      const tried = first === 0 ? "any port" : `the ports ${first} to ${last}`;
      throw new BakeError(`the SSH proxy cannot listen on ${tried} of ${host}: ${messageOf(cause)}`, {
        code: "proxy-port",
        hint: 'Leave out "local_port", or name one where ten free ports begin.',
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
      // A connection that could not be accepted is the client's to try again.
      listener.on("error", () => undefined);
      const bound = listener.address();
      resolve(typeof bound === "object" && bound ? bound.port : port);
    });
  });
}
