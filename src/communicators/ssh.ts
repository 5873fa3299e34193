import { type Clock, throwIfAborted } from "../core/clock.js";
import type { Communicator, ConnectionDetails } from "../core/communicator.js";
import { BakeError } from "../core/errors.js";
import { connector, type SshTarget } from "../ssh/connect.js";
import { type ConnectLimits, connectUntilReady } from "../ssh/connect-loop.js";
import type { Connection } from "../ssh/connection.js";
import { downloadDirectory, downloadFile } from "../ssh/download.js";
import { openSession, runSession, SessionRefused } from "../ssh/exec.js";
import { sftpDownloadDirectory, sftpDownloadFile } from "../ssh/sftp-download.js";
import { sftpUploadDirectory, sftpUploadFile } from "../ssh/sftp-upload.js";
import { connectionLost } from "../ssh/transfer-error.js";
import type { Tunnel } from "../ssh/tunnel.js";
import { openLocalTunnel, openRemoteTunnels } from "../ssh/tunnels.js";
import { uploadDirectory, uploadFile } from "../ssh/upload.js";

export interface SshCommunicatorOptions {
  readonly target: SshTarget;
  readonly limits: ConnectLimits;
  /** Terminal for commands (`ssh_pty`); transfers never have one. */
  readonly pty: boolean;
  /** `sftp` keeps to SFTP; `scp` means tar and cat, with SFTP where the machine has no tar. */
  readonly fileTransfer: "scp" | "sftp";
  readonly localTunnels: readonly Tunnel[];
  readonly remoteTunnels: readonly Tunnel[];
  /** Milliseconds to wait after the first connection before connecting again (`pause_before_connecting`). */
  readonly pauseBeforeConnecting: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called after each failed attempt to connect: milliseconds so far, and why it failed. */
  onAttempt?(elapsed: number, reason: string): void;
}

/** A communicator that can also say whether it is connected and connect anew. */
export interface SshCommunicator extends Communicator {
  readonly type: "ssh";
  connected(): boolean;
  /** Connects anew after a reboot, within the same limits as at first; the old connection is dropped. */
  reconnect(signal: AbortSignal): Promise<void>;
}

/**
 * Connects to a machine as soon as it answers and keeps to it: a lost connection is made anew, with the same host key, when
 * the next command is run. Rejects as `connectUntilReady` does.
 */
export async function openSshCommunicator(options: SshCommunicatorOptions): Promise<SshCommunicator> {
  const { target, limits, clock } = options;
  const way = await connector(target);
  const attempt = options.onAttempt ? { onAttempt: options.onAttempt } : {};
  const arrive = async (signal: AbortSignal): Promise<Connection> => {
    const made = await connectUntilReady(way, { clock, signal, limits, ...attempt });
    return equipped(made);
  };
  const equipped = async (made: Connection): Promise<Connection> => {
    try {
      await openRemoteTunnels(options.remoteTunnels, made);
      return made;
    } catch (error) {
      await made.close();
      throw error;
    }
  };

  if (options.pauseBeforeConnecting > 0) {
    await (await connectUntilReady(way, { clock, signal: options.signal, limits, ...attempt })).close();
    await clock.sleep(options.pauseBeforeConnecting, options.signal);
  }
  let current = await arrive(options.signal);
  let replacing: Promise<void> | undefined;
  let closed = false;

  /** One attempt to connect anew, shared by all that need it (Packer §4.3). */
  const replace = (broken: Connection, signal: AbortSignal | undefined): Promise<void> => {
    if (current !== broken) return Promise.resolve();
    replacing ??= (async () => {
      try {
        const made = await way.connect(signal ?? new AbortController().signal).then(equipped);
        await broken.close();
        current = made;
      } catch (error) {
        if (error instanceof BakeError || signal?.aborted) throw error;
        throw connectionLost("connecting anew", error);
      } finally {
        replacing = undefined;
      }
    })();
    return replacing;
  };

  /** Works with a live connection; when no session can be opened on it, once more with a new one. */
  const connected = async <T>(signal: AbortSignal | undefined, work: (live: Connection) => Promise<T>): Promise<T> => {
    throwIfAborted(signal);
    if (closed) throw connectionLost("a command after the connection was closed");
    const first = current;
    try {
      if (first.alive()) return await work(first);
    } catch (error) {
      if (!(error instanceof SessionRefused)) throw error;
      throwIfAborted(signal);
    }
    await replace(first, signal);
    try {
      return await work(current);
    } catch (error) {
      throw error instanceof SessionRefused ? connectionLost("opening a session", error) : error;
    }
  };

  const tunnels: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    closed = true;
    for (const tunnel of tunnels.splice(0)) await tunnel.close();
    await current.close();
  };
  try {
    for (const tunnel of options.localTunnels) tunnels.push(await openLocalTunnel(tunnel, () => current));
  } catch (error) {
    await close();
    throw error;
  }

  const sftpOnly = options.fileTransfer === "sftp";
  return {
    type: "ssh",
    connected: () => !closed && current.alive(),
    async reconnect(signal) {
      await current.close();
      current = await arrive(signal);
    },
    exec: (command, given = {}) =>
      connected(given.signal, async (live) => runSession(live, await openSession(live, command, options.pty), given)),
    uploadFile: (source, destination, given) =>
      connected(given?.signal, (live) => (sftpOnly ? sftpUploadFile : uploadFile)(live, source, destination, given)),
    uploadDirectory: (source, destination, given) =>
      connected(given?.signal, async (live) => {
        const sent = sftpOnly ? "no-tar" : await uploadDirectory(live, source, destination, given);
        if (sent === "no-tar") await sftpUploadDirectory(live, source, destination, given);
      }),
    downloadFile: (source, destination, given) =>
      connected(given?.signal, (live) =>
        (sftpOnly ? sftpDownloadFile : downloadFile)(live, source, destination, given),
      ),
    downloadDirectory: (source, destination, given) =>
      connected(given?.signal, async (live) => {
        const got = sftpOnly ? "no-tar" : await downloadDirectory(live, source, destination, given);
        if (got === "no-tar") await sftpDownloadDirectory(live, source, destination, given);
      }),
    connection: () => details(way.lastAddress(), way.privateKey, way.hostKey(), target),
    close,
  };
}

function details(
  host: string | undefined,
  privateKey: string | undefined,
  hostKey: string | undefined,
  { port, credentials, bastion, proxy }: SshTarget,
): ConnectionDetails {
  return {
    host: host ?? "",
    port,
    user: credentials.user,
    direct: bastion === undefined && proxy === undefined,
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(credentials.password === undefined ? {} : { password: credentials.password }),
    ...(hostKey === undefined ? {} : { hostKey }),
  };
}
