import type { Communicator, ConnectionDetails, ExecOptions, ExecResult } from "../core/communicator.js";
import type { Surroundings } from "../core/surroundings.js";
import type { Way } from "../ssh/connect/connector.js";
import { openLoopbackPort } from "../ssh/connect/loopback-port.js";
import { type WinrmClient, winrmClient } from "../winrm/client.js";
import { needsCmd } from "../winrm/command-line.js";
import { winrmConnector } from "../winrm/connect.js";
import { winrmLanes } from "../winrm/lane.js";
import { textOutput } from "../winrm/output.js";
import type { WinrmTarget } from "../winrm/session.js";
import { winrmTransfers } from "./winrm-transfers.js";

/** How to connect by WinRM (Packer §4.5). Durations in milliseconds. */
export interface WinrmCommunicatorOptions {
  /** Returns the host to connect to. Called for each connection. */
  readonly address: (signal: AbortSignal) => Promise<string>;
  readonly port: number;
  readonly https: boolean;
  /** Whether the certificate and its name are not checked (`winrm_insecure`). */
  readonly insecure: boolean;
  /** Whether to log in with NTLM even if Basic is offered (`winrm_use_ntlm`). */
  readonly ntlm: boolean;
  /** Whether to ignore the proxies of the environment (`winrm_no_proxy`). */
  readonly noProxy: boolean;
  readonly user: string;
  readonly password: string;
  /** Another way to the machine than a TCP connection from here; undefined connects to the address. */
  readonly way: Way | undefined;
  /** Time limit to connect (`winrm_timeout`). */
  readonly timeout: number;
  /**
   * Time to wait for Basic to be offered before NTLM is used: user data that enables Basic may still run, and restart WinRM. 0 without such
   * user data.
   */
  readonly waitForBasic?: number | undefined;
  /** Time to wait after the first connection before connecting again (`pause_before_connecting`). */
  readonly pauseBeforeConnecting: number;
  readonly surroundings: Pick<Surroundings, "clock" | "debug" | "env" | "ids">;
  readonly signal: AbortSignal;
  /** Called after each failed attempt to connect, with the elapsed milliseconds and the reason. */
  readonly onAttempt: ((elapsed: number, reason: string) => void) | undefined;
}

/** A communicator that also returns whether it is connected, and can reconnect. */
export interface WinrmCommunicator extends Communicator {
  readonly type: "winrm";
  connected(): boolean;
  /** Closes the connection and connects again after a reboot, within the same limits as at first. */
  reconnect(signal: AbortSignal): Promise<void>;
}

/**
 * Connects as soon as the machine runs commands by WinRM (Packer §4.5). Connections are made again when they are lost; a command that was
 * started is never started again. Rejects as `connectUntilReady` does.
 */
export async function openWinrmCommunicator(options: WinrmCommunicatorOptions): Promise<WinrmCommunicator> {
  const { surroundings, way } = options;
  const { clock } = surroundings;
  const connector = winrmConnector(targetOf(options), {
    timeout: options.timeout,
    waitForBasic: options.waitForBasic ?? 0,
    onAttempt: options.onAttempt,
    hint: way?.hint,
  });
  const lanes = winrmLanes({ connect: connector.connect, now: () => clock.now(), lifetime: way?.lifetime });
  let method = "basic";
  const connect = async (signal: AbortSignal): Promise<void> => {
    const session = await connector.connectUntilReady(signal);
    method = session.method;
    lanes.add(session);
  };
  await connect(options.signal);
  if (options.pauseBeforeConnecting > 0) {
    lanes.close();
    await clock.sleep(options.pauseBeforeConnecting, options.signal);
    await connect(options.signal);
  }
  const place = () => `${options.user}@${connector.lastAddress() ?? "the machine"}:${options.port}`;
  const client = winrmClient({ lanes, surroundings, place });
  return {
    type: "winrm",
    connected: lanes.connected,
    async reconnect(signal) {
      lanes.close();
      await connect(signal);
    },
    exec: (line, given = {}) => exec(client, line, given),
    ...winrmTransfers(client, surroundings),
    connection: () => details(options, connector.lastAddress() ?? "", method === "ntlm"),
    close: client.close,
  };
}

function targetOf(options: WinrmCommunicatorOptions): WinrmTarget {
  const { surroundings, way, user, password } = options;
  return {
    ...options,
    ...surroundings,
    login: { user, password },
    open: way && ((signal) => way.open(signal)),
  };
}

async function exec(client: WinrmClient, line: string, options: ExecOptions): Promise<ExecResult> {
  const { stdin } = options;
  const output = textOutput(options);
  const end = await client.run({
    line,
    cmd: needsCmd(line),
    changes: true,
    signal: options.signal ?? new AbortController().signal,
    onOutput: output.push,
    input: stdin && { source: stdin instanceof Uint8Array ? once(stdin) : stdin, waits: false },
  });
  output.end();
  return end;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function details(options: WinrmCommunicatorOptions, host: string, ntlm: boolean): ConnectionDetails {
  const { port, user, password, https, insecure, way, surroundings } = options;
  return {
    host,
    port,
    user,
    password,
    privateKey: undefined,
    hostKeys: [],
    direct: way === undefined,
    forward: way && (() => openLoopbackPort({ open: way.open, debug: surroundings.debug })),
    winrm: { https, insecure, ntlm },
  };
}
