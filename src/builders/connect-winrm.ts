import { type CommunicationOptions, winrmPort } from "../communicators/options.js";
import type { BuildData } from "../core/late.js";
import type { BuilderContext, Machine } from "../core/parts.js";
import type { Way } from "../ssh/connect/connector.js";
import { reportWait } from "./connect.js";

/** Milliseconds to connect unless the template sets them, as Packer does. */
const TIMEOUT = 30 * 60_000;

/** The Windows machine to connect to, and the builder's values for it. */
export interface WinrmDestination {
  /** `winrm_host`, or the address that the builder found. */
  readonly address: string;
  /** Another way to the machine than a TCP connection from here; undefined connects to the address. */
  readonly way: Way | undefined;
  readonly password: string;
  /** Milliseconds to wait for Basic authentication before NTLM is used, because user data that enables it may still run. */
  readonly waitForBasic: number;
  /** `build.X` values of the builder, in addition to those of the connection. */
  readonly data: BuildData;
  /** Called after each failed attempt, with the milliseconds since the wait began. */
  readonly onAttempt: ((elapsed: number) => void) | undefined;
}

/** Starts to load the WinRM client, for example while Windows boots. `connectByWinrm` loads it in any case. */
export function preloadWinrm(): void {
  loadWinrm().catch(() => undefined);
}

function loadWinrm(): Promise<typeof import("../communicators/winrm.js")> {
  return import("../communicators/winrm.js");
}

/**
 * Connects by WinRM as soon as Windows runs commands (Packer §4.5), and reports the wait. The connection is closed when the build ends.
 * Rejects with a `BakeError` when the connection fails within `winrm_timeout`.
 */
export async function connectByWinrm(
  context: BuilderContext,
  options: CommunicationOptions,
  { address, way, password, waitForBasic, data, onAttempt }: WinrmDestination,
): Promise<Machine> {
  const { narrator, surroundings, signal } = context;
  narrator.secret(password);
  const report = reportWait(context, options, { protocol: "WinRM", address, way, onAttempt });
  const { openWinrmCommunicator } = await loadWinrm();
  const port = winrmPort(options);
  const communicator = await openWinrmCommunicator({
    address: async () => address,
    port,
    https: options.winrm_use_ssl,
    insecure: options.winrm_insecure,
    ntlm: options.winrm_use_ntlm,
    noProxy: options.winrm_no_proxy,
    user: options.winrm_username ?? "",
    password,
    way,
    timeout: options.winrm_timeout || TIMEOUT,
    waitForBasic,
    pauseBeforeConnecting: options.pause_before_connecting,
    surroundings,
    signal,
    onAttempt: report,
  });
  context.releases.defer({ name: "WinRM connection", run: () => communicator.close() });
  narrator.say("Connected to WinRM!");
  return {
    communicator,
    reachable: () => communicator.connected(),
    reconnect: (again) => communicator.reconnect(again),
    data: {
      ...data,
      ConnType: "winrm",
      Host: communicator.connection()?.host ?? address,
      Port: String(port),
      User: options.winrm_username ?? "",
      Password: password,
      WinRMPassword: password,
    },
  };
}
