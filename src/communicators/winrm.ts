import type { Communicator } from "../core/communicator.js";
import type { Surroundings } from "../core/surroundings.js";
import type { Way } from "../ssh/connect/connector.js";

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
