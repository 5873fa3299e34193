import { sshCommunicatorOptions } from "../communicators/from-options.js";
import { noCommunicator } from "../communicators/none.js";
import type { CommunicationOptions } from "../communicators/options.js";
import { throttle } from "../core/clock.js";
import type { BuildData } from "../core/late.js";
import type { BuilderContext, Machine } from "../core/parts.js";
import { formatDuration } from "../core/text.js";
import type { SentKey, Way } from "../ssh/connect/connector.js";

/** Milliseconds between two reports of failed attempts. */
const REPORT_EVERY = 10_000;

/** The machine to connect to, and the builder's values for it. */
export interface SshDestination {
  /** `ssh_host`, or the address that the builder found. */
  readonly address: string;
  /** Another way to the machine than a TCP connection from here; undefined connects to the address. */
  readonly way?: Way | undefined;
  /** Whether the source image is of Windows, where the builder knows it. */
  readonly isWindows?: boolean;
  /** Text of the private key that was generated for the build. */
  readonly generatedKey: string | undefined;
  /** The key, if the machine has it only for a short time after it was sent. */
  readonly sentKey?: SentKey | undefined;
  /** `build.X` values of the builder, in addition to those of the connection. */
  readonly data: BuildData;
  /** Called after each failed attempt, with the milliseconds since the wait began. */
  readonly onAttempt: ((elapsed: number) => void) | undefined;
}

/** Starts to load the SSH library, for example while a machine boots. `connectBySsh` loads it in any case. */
export function preloadSsh(): void {
  loadSsh().catch(() => undefined);
}

function loadSsh(): Promise<typeof import("../communicators/ssh.js")> {
  return import("../communicators/ssh.js");
}

/**
 * Connects by SSH as soon as the machine responds (Packer §4.2), and reports the wait. The connection is closed when the build ends.
 * Rejects with a `BakeError` when the connection fails within the limits of the `ssh_*` options.
 */
export async function connectBySsh(
  context: BuilderContext,
  options: CommunicationOptions,
  { address, way, isWindows = false, generatedKey, sentKey, data, onAttempt }: SshDestination,
): Promise<Machine> {
  const { narrator, surroundings, signal } = context;
  const report = reportWait(context, options, { protocol: "SSH", address, way, onAttempt });
  const { openSshCommunicator } = await loadSsh();
  const communicator = await openSshCommunicator(
    sshCommunicatorOptions(options, {
      address: async () => address,
      way,
      isWindows,
      surroundings,
      signal,
      generatedKey,
      sentKey,
      acceptNewHostKeys: context.settings.sshAcceptNewHostKeys,
      onNewHostKey: (summary) => narrator.warn({ code: "ssh-host-key-new", summary, range: context.range }),
      onAttempt: report,
    }),
  );
  context.releases.defer({ name: "SSH connection", run: () => communicator.close() });
  narrator.say("Connected to SSH!");
  if (way?.lifetime !== undefined) {
    narrator.message(
      `The tunnel lasts an hour. After ${formatDuration(way.lifetime)} bake-ami opens another one before the next command; a command that runs beyond the hour is cut off`,
    );
  }
  const details = communicator.connection();
  if (details?.privateKey !== undefined) narrator.secret(details.privateKey);
  return {
    communicator,
    reachable: () => communicator.connected(),
    reconnect: (again) => communicator.reconnect(again),
    data: {
      ...data,
      ConnType: "ssh",
      Host: details?.host ?? "",
      Port: String(options.ssh_port),
      User: options.ssh_username ?? "",
      Password: options.ssh_password ?? "",
      SSHPrivateKey: details?.privateKey ?? "",
      SSHPrivateKeyFile: options.ssh_private_key_file ?? "",
      SSHAgentAuth: String(options.ssh_agent_auth),
    },
  };
}

/** What is waited for. */
interface ConnectionWait extends Pick<SshDestination, "address" | "way" | "onAttempt"> {
  readonly protocol: "SSH" | "WinRM";
}

/** Prints that a connection is waited for, as Packer does. Returns the function to call after each failed attempt, which prints the wait. */
export function reportWait(
  { narrator, surroundings }: BuilderContext,
  { pause_before_connecting: pause }: CommunicationOptions,
  { protocol, address, way, onAttempt }: ConnectionWait,
): (elapsed: number, reason: string) => void {
  narrator.say(`Using ${protocol} communicator to connect: ${address}${way ? ` (through ${way.name})` : ""}`);
  narrator.say(`Waiting for ${protocol} to become available...`);
  if (pause > 0) narrator.say(`Pausing ${formatDuration(pause)} once it is, before connecting again...`);
  const isDue = throttleEachWait(REPORT_EVERY, () => surroundings.clock.now());
  return (elapsed, text) => {
    if (isDue(elapsed)) narrator.emit({ type: "progress", what: `${protocol} to become available`, elapsed, text });
    onAttempt?.(elapsed);
  };
}

/** Returns the machine of `communicator: none`: only provisioners that do not need a machine can run. */
export function machineWithoutCommunicator(data: BuildData): Machine {
  return {
    communicator: noCommunicator(),
    reachable: () => false,
    reconnect: undefined,
    data: { ...data, ConnType: "none" },
  };
}

/**
 * Returns a throttle for consecutive waits. The returned function takes the milliseconds since the current wait began. A smaller number
 * than before starts another wait (after a reboot) and a new interval.
 */
export function throttleEachWait(interval: number, now: () => number): (elapsed: number) => boolean {
  let isDue = throttle(interval, now);
  let last = 0;
  return (elapsed) => {
    if (elapsed < last) isDue = throttle(interval, now);
    last = elapsed;
    return isDue();
  };
}
