import { homedir } from "node:os";
import { resolve } from "node:path";
import { BakeError } from "../core/errors.js";
import type { Surroundings } from "../core/surroundings.js";
import type { ConnectLimits } from "../ssh/connect/connect-loop.js";
import type { Bastion, SentKey, SshTarget, Way } from "../ssh/connect/connector.js";
import type { SocksProxy } from "../ssh/connect/dial.js";
import type { KeySource, SshCredentials } from "../ssh/keys/credentials.js";
import type { CommunicationOptions } from "./options.js";
import type { SshCommunicatorOptions } from "./ssh.js";

/** Values of the builder in addition to the options. */
export interface SshCircumstances {
  /** Returns the machine's address. `ssh_host` overrides it. */
  address(signal: AbortSignal): Promise<string>;
  /** Another way to the machine than a TCP connection from here. It excludes bastion host and proxy. */
  readonly way: Way | undefined;
  /** Whether the source image is of Windows, where the builder knows it. */
  readonly isWindows: boolean;
  readonly surroundings: Pick<Surroundings, "clock" | "cwd" | "debug" | "env" | "ask">;
  readonly signal: AbortSignal;
  /** Text of the private key that was generated for the build. */
  readonly generatedKey: string | undefined;
  /** The key, if the machine has it only for a short time after it was sent. */
  readonly sentKey: SentKey | undefined;
  /** Whether host keys that are unknown after the first login are accepted (`ssh-accept-new-host-keys`). */
  readonly acceptNewHostKeys: boolean;
  /** Called with a sentence when one is accepted. */
  readonly onNewHostKey: (summary: string) => void;
  /** Called after each failed attempt to connect, with the elapsed milliseconds and the reason. */
  readonly onAttempt: ((elapsed: number, reason: string) => void) | undefined;
}

/**
 * Returns how to connect by the `ssh_*` options (Packer §4.1). Throws a `BakeError` (`ssh-agent-missing`) when an agent is required and
 * none runs.
 */
export function sshCommunicatorOptions(
  options: CommunicationOptions,
  circumstances: SshCircumstances,
): SshCommunicatorOptions {
  const { surroundings, signal } = circumstances;
  return {
    target: sshTarget(options, circumstances),
    limits: connectLimits(options),
    isWindows: circumstances.isWindows,
    pty: options.ssh_pty,
    fileTransfer: options.ssh_file_transfer_method,
    localTunnels: options.ssh_local_tunnels,
    remoteTunnels: options.ssh_remote_tunnels,
    pauseBeforeConnecting: options.pause_before_connecting,
    clock: surroundings.clock,
    signal,
    onAttempt: circumstances.onAttempt,
  };
}

/** Packer's defaults: milliseconds to connect, and refused logins. */
const TIMEOUT = 300_000;
const ATTEMPTS = 10;

/**
 * Returns both limits. If the template sets only one, the other grows with it. Packer drops the other (§4.1): there a wrong user name
 * fails only after the whole `ssh_timeout`.
 */
function connectLimits(
  options: Pick<CommunicationOptions, "ssh_timeout" | "ssh_wait_timeout" | "ssh_handshake_attempts">,
): ConnectLimits {
  const timeout = options.ssh_wait_timeout || options.ssh_timeout || undefined;
  const attempts = options.ssh_handshake_attempts || undefined;
  return {
    timeout: timeout ?? Math.max(TIMEOUT, (attempts ?? 0) * 30_000),
    handshakeAttempts: attempts ?? Math.max(ATTEMPTS, Math.ceil((ATTEMPTS * (timeout ?? TIMEOUT)) / TIMEOUT)),
  };
}

/** Milliseconds of network silence after which a connection is lost: a failover of a NAT gateway or a VPN passes sooner. */
const TOLERATED_SILENCE = 120_000;

/** Packer's `ssh_keep_alive_interval`: 0 is the default of 5 seconds, a negative value turns keep-alive messages off. */
function keepAliveInterval(given: number): number {
  if (given < 0) return 0;
  return given === 0 ? 5000 : given;
}

function sshTarget(options: CommunicationOptions, circumstances: SshCircumstances): SshTarget {
  const { ssh_host: host } = options;
  const { way } = circumstances;
  const bastion = way ? undefined : bastionOf(options, circumstances);
  const agent = circumstances.surroundings.env.SSH_AUTH_SOCK;
  return {
    address: host ? async () => host : (signal) => circumstances.address(signal),
    port: options.ssh_port,
    credentials: credentialsOf(options, circumstances),
    algorithms: { ciphers: options.ssh_ciphers, keyExchanges: options.ssh_key_exchange_algorithms },
    keepAlive: { interval: keepAliveInterval(options.ssh_keep_alive_interval), tolerated: TOLERATED_SILENCE },
    idleTimeout: options.ssh_read_write_timeout > 0 ? options.ssh_read_write_timeout : undefined,
    bastion,
    proxy: way ? undefined : proxyOf(options),
    way,
    sentKey: circumstances.sentKey,
    forwardAgent: options.ssh_disable_agent_forwarding ? undefined : agent || undefined,
    hostKeys: { check: !circumstances.acceptNewHostKeys, onNewKey: circumstances.onNewHostKey },
    debug: circumstances.surroundings.debug,
  };
}

function credentialsOf(options: CommunicationOptions, circumstances: SshCircumstances): SshCredentials {
  const { surroundings, generatedKey } = circumstances;
  return {
    user: options.ssh_username ?? "",
    key: keySource(options.ssh_private_key_file, surroundings.cwd) ?? generated(generatedKey),
    certificateFile: absolute(options.ssh_certificate_file, surroundings.cwd),
    password: options.ssh_password || undefined,
    agentSocket: options.ssh_agent_auth ? agentSocket("ssh_agent_auth", surroundings.env) : undefined,
    ask: undefined,
  };
}

function bastionOf(options: CommunicationOptions, { surroundings, signal }: SshCircumstances): Bastion | undefined {
  if (!options.ssh_bastion_host) return undefined;
  const { ask, cwd, env } = surroundings;
  const ownKey = options.ssh_bastion_private_key_file;
  return {
    host: options.ssh_bastion_host,
    port: options.ssh_bastion_port,
    credentials: {
      user: options.ssh_bastion_username || (options.ssh_username ?? ""),
      key: keySource(ownKey || options.ssh_private_key_file, cwd),
      // As Packer does: the key of the machine comes with its certificate.
      certificateFile: absolute(ownKey ? options.ssh_bastion_certificate_file : options.ssh_certificate_file, cwd),
      password: options.ssh_bastion_password || undefined,
      agentSocket: options.ssh_bastion_agent_auth ? agentSocket("ssh_bastion_agent_auth", env) : undefined,
      ask: options.ssh_bastion_interactive && ask ? (question) => ask(question, signal) : undefined,
    },
  };
}

function proxyOf(options: CommunicationOptions): SocksProxy | undefined {
  if (!options.ssh_proxy_host) return undefined;
  return {
    host: options.ssh_proxy_host,
    port: options.ssh_proxy_port,
    username: options.ssh_proxy_username || undefined,
    password: options.ssh_proxy_password || undefined,
  };
}

function generated(text: string | undefined): KeySource | undefined {
  return text === undefined ? undefined : { from: "text", text };
}

function keySource(path: string | undefined, cwd: string): KeySource | undefined {
  const file = absolute(path, cwd);
  return file === undefined ? undefined : { from: "file", path: file };
}

/** Returns the absolute path of a file; `~` is the home directory. Undefined if no path is set. */
export function absolute(path: string | undefined, cwd: string): string | undefined {
  if (!path) return undefined;
  return resolve(cwd, path === "~" || path.startsWith("~/") ? homedir() + path.slice(1) : path);
}

function agentSocket(option: string, env: Readonly<Record<string, string | undefined>>): string {
  const socket = env.SSH_AUTH_SOCK;
  if (socket) return socket;
  throw new BakeError(`"${option}" needs an ssh-agent, but SSH_AUTH_SOCK is not set`, {
    code: "ssh-agent-missing",
    hint: "Start an ssh-agent and load the key before the build: eval $(ssh-agent); ssh-add KEY.",
  });
}
