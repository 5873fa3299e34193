import type { Clock } from "../core/clock.js";
import { type Communicator, type ConnectionDetails, uploadInOrder } from "../core/communicator.js";
import { type ConnectLimits, connectUntilReady } from "../ssh/connect/connect-loop.js";
import type { Connection } from "../ssh/connect/connection.js";
import { type Connector, loadConnector, type SshTarget } from "../ssh/connect/connector.js";
import { refuseForcedCommand } from "../ssh/connect/forced-command.js";
import { keepConnection, type LiveConnection } from "../ssh/connect/live-connection.js";
import { openLocalTunnel, openRemoteTunnels, type Tunnel } from "../ssh/connect/tunnels.js";
import { execCommand } from "../ssh/exec.js";
import { downloadDirectory, downloadFile } from "../ssh/transfer/download.js";
import { sftpDownloadDirectory, sftpDownloadFile } from "../ssh/transfer/sftp-download.js";
import { sftpUploadDirectory, sftpUploadFile } from "../ssh/transfer/sftp-upload.js";
import { uploadDirectory, uploadFile } from "../ssh/transfer/upload.js";
import { logTransfer, type TransferLog } from "./transfer-log.js";

export interface SshCommunicatorOptions {
  readonly target: SshTarget;
  readonly limits: ConnectLimits;
  /** Whether commands run in a terminal (`ssh_pty`). Transfers never do. */
  readonly pty: boolean;
  /** `sftp` uses only SFTP. `scp` uses tar and cat, and SFTP when the machine has no tar. */
  readonly fileTransfer: "scp" | "sftp";
  readonly localTunnels: readonly Tunnel[];
  readonly remoteTunnels: readonly Tunnel[];
  /** Milliseconds to wait after the first connection before connecting again (`pause_before_connecting`). */
  readonly pauseBeforeConnecting: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called after each failed attempt to connect, with the elapsed milliseconds and the reason. */
  readonly onAttempt: ((elapsed: number, reason: string) => void) | undefined;
}

/** A communicator that also returns whether it is connected, and can reconnect. */
export interface SshCommunicator extends Communicator {
  readonly type: "ssh";
  connected(): boolean;
  /** Closes the connection and connects again after a reboot, within the same limits as at first. */
  reconnect(signal: AbortSignal): Promise<void>;
}

/**
 * Connects to a machine as soon as it responds. Reconnects with the same host key when the next command runs after the connection was
 * lost. Rejects as `connectUntilReady` and `refuseForcedCommand` do.
 */
export async function openSshCommunicator(options: SshCommunicatorOptions): Promise<SshCommunicator> {
  const connector = await loadConnector(options.target, options.clock.now());
  const connect = (signal: AbortSignal) => connectUntilReady(connector, { ...options, signal });
  const addTunnels = (connection: Connection) =>
    closingOnFailure(connection, () => openRemoteTunnels(options.remoteTunnels, connection));
  if (options.pauseBeforeConnecting > 0) {
    await (await connect(options.signal)).close();
    await options.clock.sleep(options.pauseBeforeConnecting, options.signal);
  }
  const first = await closingOnFailure(await connect(options.signal), (connection) =>
    refuseForcedCommand(connection, {
      user: options.target.credentials.user,
      sftpOnly: options.fileTransfer === "sftp",
      signal: options.signal,
    }),
  );
  const live = keepConnection(await addTunnels(first), async (signal) => addTunnels(await connector.connect(signal)));
  const tunnels: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const tunnel of tunnels.splice(0)) await tunnel.close();
    await live.close();
  };
  try {
    for (const tunnel of options.localTunnels) tunnels.push(await openLocalTunnel(tunnel, live.current));
  } catch (error) {
    await close();
    throw error;
  }
  const transfer = transfers(live, options);
  return {
    type: "ssh",
    connected: live.alive,
    reconnect: (signal) => live.replaceWith(async () => addTunnels(await connect(signal))),
    exec: (command, given = {}) =>
      live.use(given.signal, (connection) =>
        execCommand(connection, command, { ...given, pty: given.pty ?? options.pty }),
      ),
    ...transfer,
    uploadFiles: uploadInOrder(transfer.uploadFile),
    connection: () => details(connector, options.target),
    close,
  };
}

/** Returns the transfer functions: tar and cat, or SFTP if the options set it or the machine has no tar. */
function transfers(
  live: LiveConnection,
  { fileTransfer, target, clock }: SshCommunicatorOptions,
): Pick<Communicator, "uploadFile" | "uploadDirectory" | "downloadFile" | "downloadDirectory"> {
  const sftp = fileTransfer === "sftp";
  const log: TransferLog = { debug: target.debug, clock };
  return {
    uploadFile: (source, destination, given) =>
      logTransfer(log, { direction: "Upload", source, destination }, given, (counted) =>
        live.use(given?.signal, async (connection) => {
          await (sftp ? sftpUploadFile : uploadFile)(connection, source, destination, counted);
          return sftp ? "SFTP" : "cat";
        }),
      ),
    uploadDirectory: (source, destination, given) =>
      logTransfer(log, { direction: "Upload", source, destination }, given, (counted) =>
        live.use(given?.signal, async (connection) => {
          if (!sftp && (await uploadDirectory(connection, source, destination, counted)) !== "no-tar") return "tar";
          await sftpUploadDirectory(connection, source, destination, { ...counted, modes: sftp ? "exact" : "masked" });
          return "SFTP";
        }),
      ),
    downloadFile: (source, destination, given) =>
      logTransfer(log, { direction: "Download", source, destination }, given, (counted) =>
        live.use(given?.signal, async (connection) => {
          await (sftp ? sftpDownloadFile : downloadFile)(connection, source, destination, counted);
          return sftp ? "SFTP" : "cat";
        }),
      ),
    downloadDirectory: (source, destination, given) =>
      logTransfer(log, { direction: "Download", source, destination }, given, (counted) =>
        live.use(given?.signal, async (connection) => {
          const options = { ...counted, user: target.credentials.user };
          if (!sftp && (await downloadDirectory(connection, source, destination, options)) !== "no-tar") return "tar";
          await sftpDownloadDirectory(connection, source, destination, options);
          return "SFTP";
        }),
      ),
  };
}

/** Returns the connection after `work`. Closes it when that fails. */
async function closingOnFailure(
  connection: Connection,
  work: (connection: Connection) => Promise<void>,
): Promise<Connection> {
  try {
    await work(connection);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function details(
  connector: Connector,
  { port, credentials, bastion, proxy, way, sentKey }: SshTarget,
): ConnectionDetails {
  return {
    host: connector.lastAddress() ?? "",
    port,
    user: credentials.user,
    direct: bastion === undefined && proxy === undefined && way === undefined && sentKey === undefined,
    winrm: undefined,
    privateKey: connector.privateKey,
    password: credentials.password,
    hostKeys: connector.hostKeys(),
  };
}
