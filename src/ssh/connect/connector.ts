import type { Duplex } from "node:stream";
import type { ForwardedPort } from "../../core/communicator.js";
import { type Debug, noDebug, withPrefix } from "../../core/debug.js";
import { BakeError, messageOf } from "../../core/errors.js";
import { type KeySource, type LoadedCredentials, loadCredentials, type SshCredentials } from "../keys/credentials.js";
import { type HostKeyPin, type HostKeyRule, pinHostKey } from "../keys/host-key.js";
import type { AlgorithmChoice } from "./algorithms.js";
import { type Connection, watchConnection } from "./connection.js";
import { dial, type SocksProxy } from "./dial.js";
import { handshake, type KeepAlive } from "./handshake.js";
import { AlgorithmsRefused, AuthenticationRefused } from "./handshake-error.js";
import { openLoopbackPort } from "./loopback-port.js";

/** Time limits in milliseconds of a TCP connection and of a handshake (Packer §4.2). */
const DIAL_TIMEOUT = 15_000;
const HANDSHAKE_TIMEOUT = 60_000;

/** A bastion host to connect through (`ssh_bastion_*`). */
export interface Bastion {
  readonly host: string;
  readonly port: number;
  readonly credentials: SshCredentials;
}

/** Another way to the machine's port than a TCP connection from here. */
export interface Way {
  /** For messages, e.g. `Session Manager`. */
  readonly name: string;
  /** What to check when no connection can be made, as imperative sentences. */
  readonly hint: string;
  /** Milliseconds after which a connection is replaced between two commands, because the way ends it; undefined if it does not. */
  readonly lifetime: number | undefined;
  /** Opens a stream to the port. A `BakeError` ends the attempts. */
  open(signal: AbortSignal): Promise<Duplex>;
}

/** A public key that the machine accepts for a short time after it was sent. */
export interface SentKey {
  /** Sends it. Called before each attempt to connect. A `BakeError` ends the attempts. */
  send(signal: AbortSignal): Promise<void>;
  /** What to check when the machine does not accept it, as imperative sentences. */
  readonly hint: string;
}

/** The machine to connect to, the credentials and the route. Durations in milliseconds. */
export interface SshTarget {
  /** Returns the address. Called for each attempt, because the address can change while a machine starts. */
  address(signal: AbortSignal): Promise<string>;
  readonly port: number;
  readonly credentials: SshCredentials;
  readonly algorithms: AlgorithmChoice;
  readonly keepAlive: KeepAlive;
  /** Closes a connection that received nothing for this time; undefined is off. */
  readonly idleTimeout: number | undefined;
  readonly bastion: Bastion | undefined;
  readonly proxy: SocksProxy | undefined;
  /** Replaces the TCP connection; excludes bastion and proxy. */
  readonly way: Way | undefined;
  /** Undefined if the machine has the key. */
  readonly sentKey: SentKey | undefined;
  /** Socket of the ssh-agent to forward. */
  readonly forwardAgent: string | undefined;
  /** Whether a host key that is unknown after the first login is rejected, and who is notified of one that is accepted. */
  readonly hostKeys: Pick<HostKeyRule, "check" | "onNewKey">;
  readonly debug: Debug;
}

/** Returns the target of a login with one key, with the defaults of the options. Parts can be replaced. */
export function plainTarget(
  login: { readonly address: string; readonly port: number; readonly user: string; readonly key: KeySource },
  changes: Partial<SshTarget>,
): SshTarget {
  const { address, port, user, key } = login;
  return {
    address: async () => address,
    port,
    credentials: { user, key, certificateFile: undefined, password: undefined, agentSocket: undefined, ask: undefined },
    algorithms: { ciphers: [], keyExchanges: [] },
    keepAlive: { interval: 5000, tolerated: 120_000 },
    idleTimeout: undefined,
    bastion: undefined,
    proxy: undefined,
    way: undefined,
    sentKey: undefined,
    forwardAgent: undefined,
    hostKeys: { check: true, onNewKey: () => undefined },
    debug: noDebug,
    ...changes,
  };
}

/** Connects to one target, any number of times, with the host keys of the first login. */
export interface Connector {
  readonly target: SshTarget;
  readonly privateKey: string | undefined;
  /** Type of the private key, for example `ssh-ed25519`. */
  readonly keyType: string | undefined;
  /** Makes one attempt. Rejects as `dial` and `handshake` do. */
  connect(signal: AbortSignal): Promise<Connection>;
  /** Opens a port of 127.0.0.1 for programs that log in by themselves; undefined unless the machine is reached through a `Way`. */
  readonly forward: (() => Promise<ForwardedPort>) | undefined;
  /** Returns the known host keys in `known_hosts` format; none before the first login. */
  hostKeys(): readonly string[];
  /** Returns the address of the last attempt. */
  lastAddress(): string | undefined;
}

/**
 * Returns a connector after reading the credentials. `now`: milliseconds since 1970, for the time of certificates. Throws a `BakeError` when
 * they cannot be read.
 */
export async function loadConnector(target: SshTarget, now: number): Promise<Connector> {
  const credentials = await loadCredentials(target.credentials, now);
  const bastion = target.bastion ? await loadBastion(target.bastion, now) : undefined;
  const pin = pinHostKey({ name: "the machine", ...target.hostKeys });
  let lastAddress: string | undefined;

  const openStream = async (
    host: string,
    signal: AbortSignal,
  ): Promise<{ readonly stream: Duplex; readonly beneath: Connection | undefined }> => {
    const to = { host, port: target.port };
    if (target.way) return { stream: await target.way.open(signal), beneath: undefined };
    if (!bastion) {
      const stream = await dial(to, { timeout: DIAL_TIMEOUT, signal, proxy: target.proxy });
      return { stream, beneath: undefined };
    }
    const beneath = await connectToBastion(bastion, target, signal);
    try {
      return { stream: await forward(beneath, to), beneath };
    } catch (error) {
      await beneath.close();
      throw error;
    }
  };

  return {
    target,
    privateKey: credentials.privateKey,
    keyType: credentials.keyType,
    forward: target.way && forwardThrough(target.way, target),
    hostKeys: () => pin.known(),
    lastAddress: () => lastAddress,
    async connect(signal) {
      const host = await target.address(signal);
      lastAddress = host;
      await target.sentKey?.send(signal);
      target.debug(() => `SSH: connecting to ${routeOf(target, host)}`);
      const { stream, beneath } = await openStream(host, signal);
      try {
        const { forwardAgent } = target;
        const done = await handshake(stream, {
          ...handshakeSettings(target, signal),
          credentials,
          pin,
          forwardAgent,
        });
        target.debug(() => `SSH: connected to ${routeOf(target, host)}`);
        return watchConnection(done, stream, {
          idleTimeout: target.idleTimeout,
          beneath,
          lifetime: target.way?.lifetime,
        });
      } catch (error) {
        await beneath?.close();
        throw error;
      }
    },
  };
}

/** Returns a function that opens a port to the machine. A key that expires is sent before each connection, as before those of the build. */
function forwardThrough(way: Way, { sentKey, debug }: SshTarget): () => Promise<ForwardedPort> {
  return () =>
    openLoopbackPort({
      debug,
      open: async (signal) => {
        await sentKey?.send(signal);
        return way.open(signal);
      },
    });
}

function handshakeSettings(target: SshTarget, signal: AbortSignal) {
  const { algorithms, debug, keepAlive } = target;
  return { algorithms, debug, keepAlive, timeout: HANDSHAKE_TIMEOUT, signal };
}

/** Returns the user, address and route in text, without credentials. */
function routeOf({ port, credentials, bastion, proxy, way }: SshTarget, host: string): string {
  const through = way
    ? ` through ${way.name}`
    : bastion
      ? ` through the bastion host ${bastion.host}:${bastion.port}`
      : proxy
        ? ` through the SOCKS proxy ${proxy.host}:${proxy.port}`
        : "";
  return `${credentials.user}@${host}:${port}${through}`;
}

/** A bastion host with loaded credentials, and one pinned host key for all connections to it. */
interface LoadedBastion extends Pick<Bastion, "host" | "port"> {
  readonly credentials: LoadedCredentials;
  readonly pin: HostKeyPin;
}

/** The host keys of a bastion host are always checked: no step of the build changes them. */
async function loadBastion({ host, port, credentials }: Bastion, now: number): Promise<LoadedBastion> {
  const pin = pinHostKey({ name: "the bastion host", check: true, onNewKey: () => undefined });
  return { host, port, credentials: await loadCredentials(credentials, now), pin };
}

async function connectToBastion(
  { host, port, credentials, pin }: LoadedBastion,
  target: SshTarget,
  signal: AbortSignal,
): Promise<Connection> {
  try {
    const stream = await dial({ host, port }, { timeout: DIAL_TIMEOUT, signal, proxy: undefined });
    const done = await handshake(stream, {
      ...handshakeSettings(target, signal),
      debug: withPrefix(target.debug, "Bastion host "),
      credentials,
      pin,
      forwardAgent: undefined,
    });
    return watchConnection(done, stream, {
      idleTimeout: target.idleTimeout,
      beneath: undefined,
      lifetime: undefined,
    });
  } catch (error) {
    if (signal.aborted || error instanceof BakeError) throw error;
    const message = `bastion ${host}:${port}: ${messageOf(error)}`;
    if (error instanceof AuthenticationRefused)
      throw new AuthenticationRefused(`${credentials.user} (${message})`, error, {
        ...error.refusal,
        detail: undefined,
      });
    if (error instanceof AlgorithmsRefused) throw new AlgorithmsRefused({ problem: message, hint: error.hint }, error);
    throw new Error(message, { cause: error });
  }
}

function forward(beneath: Connection, to: { readonly host: string; readonly port: number }): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    beneath.client.forwardOut("127.0.0.1", 0, to.host, to.port, (error, stream) => {
      if (error)
        reject(new Error(`the bastion cannot reach ${to.host}:${to.port}: ${error.message}`, { cause: error }));
      else resolve(stream);
    });
  });
}
