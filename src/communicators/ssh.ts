import type { Clock } from "../core/clock.js";
import { type Communicator, type ConnectionDetails, uploadInOrder } from "../core/communicator.js";
import { type ConnectLimits, connectUntilReady } from "../ssh/connect/connect-loop.js";
import type { Connection } from "../ssh/connect/connection.js";
import { type Connector, loadConnector, type SshTarget } from "../ssh/connect/connector.js";
import { keepConnection, type LiveConnection } from "../ssh/connect/live-connection.js";
import { openLocalTunnel, openRemoteTunnels, type Tunnel } from "../ssh/connect/tunnels.js";
import { execCommand } from "../ssh/exec.js";
import { downloadDirectory, downloadFile } from "../ssh/transfer/download.js";
import { sftpDownloadDirectory, sftpDownloadFile } from "../ssh/transfer/sftp-download.js";
import { type SftpModes, sftpUploadDirectory, sftpUploadFile } from "../ssh/transfer/sftp-upload.js";
import { uploadDirectory, uploadFile } from "../ssh/transfer/upload.js";
import { examineMachine, type SshMachine } from "./ssh-machine.js";
import { logTransfer, type TransferLog } from "./transfer-log.js";

export interface SshCommunicatorOptions {
  readonly target: SshTarget;
  readonly limits: ConnectLimits;
  /** Whether commands run in a terminal (`ssh_pty`). Transfers never do. */
  readonly pty: boolean;
  /** Whether the source image is of Windows, where the builder knows it. */
  readonly isWindows: boolean;
  /** `sftp` uses only SFTP. `scp` uses tar and cat, and SFTP when the machine has no tar. Windows gets only SFTP. */
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
 * lost. Rejects as `connectUntilReady` and `examineMachine` do.
 */
export async function openSshCommunicator(options: SshCommunicatorOptions): Promise<SshCommunicator> {
  const connector = await loadConnector(options.target, options.clock.now());
  const connect = (signal: AbortSignal) => connectUntilReady(connector, { ...options, signal });
  const addTunnels = async (connection: Connection) => {
    await closingOnFailure(connection, () => openRemoteTunnels(options.remoteTunnels, connection));
    return connection;
  };
  if (options.pauseBeforeConnecting > 0) {
    await (await connect(options.signal)).close();
    await options.clock.sleep(options.pauseBeforeConnecting, options.signal);
  }
  const first = await connect(options.signal);
  const machine = await closingOnFailure(first, () => examineMachine(first, options));
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
  const transfer = transfers(live, options, machine);
  return {
    type: "ssh",
    isWindows: machine.isWindows,
    connected: live.alive,
    reconnect: (signal) => live.replaceWith(async () => addTunnels(await connect(signal))),
    exec: (command, given = {}) =>
      live.use(given.signal, (connection) =>
        execCommand(connection, machine.line(command), { ...given, pty: given.pty ?? options.pty }),
      ),
    ...transfer,
    uploadFiles: uploadInOrder(transfer.uploadFile),
    connection: () => details(connector, options.target),
    close,
  };
}

/** Returns the transfer functions: tar and cat, or SFTP if the options set it, on Windows, or if the machine has no tar. */
function transfers(
  live: LiveConnection,
  { fileTransfer, target, clock }: SshCommunicatorOptions,
  { isWindows, path }: SshMachine,
): Pick<Communicator, "uploadFile" | "uploadDirectory" | "downloadFile" | "downloadDirectory"> {
  const sftp = isWindows || fileTransfer === "sftp";
  const modes: SftpModes = isWindows ? "none" : sftp ? "exact" : "masked";
  const globs = isWindows ? "listings" : "shell";
  const log: TransferLog = { debug: target.debug, clock };
  return {
    uploadFile: (source, destination, given) =>
      logTransfer(log, { direction: "Upload", source, destination }, given, (counted) =>
        live.use(given?.signal, async (connection) => {
          if (sftp) await sftpUploadFile(connection, source, path(destination), { ...counted, modes });
          else await uploadFile(connection, source, destination, counted);
          return sftp ? "SFTP" : "cat";
        }),
      ),
    uploadDirectory: (source, destination, given) =>
      logTransfer(log, { direction: "Upload", source, destination }, given, (counted) =>
        live.use(given?.signal, async (connection) => {
          if (!sftp && (await uploadDirectory(connection, source, destination, counted)) !== "no-tar") return "tar";
          await sftpUploadDirectory(connection, source, path(destination), { ...counted, modes });
          return "SFTP";
        }),
      ),
    downloadFile: (source, destination, given) =>
      logTransfer(log, { direction: "Download", source, destination }, given, (counted) =>
        live.use(given?.signal, async (connection) => {
          await (sftp ? sftpDownloadFile : downloadFile)(connection, path(source), destination, counted);
          return sftp ? "SFTP" : "cat";
        }),
      ),
    downloadDirectory: (source, destination, given) =>
      logTransfer(log, { direction: "Download", source, destination }, given, (counted) =>
        live.use(given?.signal, async (connection) => {
          const options = { ...counted, user: target.credentials.user, globs } as const;
          if (!sftp && (await downloadDirectory(connection, source, destination, options)) !== "no-tar") return "tar";
          await sftpDownloadDirectory(connection, path(source), destination, options);
          return "SFTP";
        }),
      ),
  };
}

/** Returns what `work` returns. Closes the connection when it fails. */
async function closingOnFailure<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
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
    forward: connector.forward,
    privateKey: connector.privateKey,
    password: credentials.password,
    hostKeys: connector.hostKeys(),
  };
}
