import type { Duplex } from "node:stream";
import ssh2, { type Client, type ConnectConfig } from "ssh2";
import { abortReason } from "../../core/clock.js";
import type { Debug } from "../../core/debug.js";
import type { LoadedCredentials } from "../keys/credentials.js";
import { type HostKeyPin, hostKeyFingerprint } from "../keys/host-key.js";
import { type AlgorithmChoice, offeredAlgorithms } from "./algorithms.js";
import { type HandshakeLog, handshakeLog } from "./handshake-log.js";

/** The server accepted none of the credentials. A separate class, because only these failures count as attempts (Packer §4.1). */
export class AuthenticationRefused extends Error {
  /** Type of the server's host key, if it has no ed25519 one: that is the first choice. Such a server may accept no ed25519 keys either. */
  readonly otherHostKey: string | undefined;

  constructor(user: string, cause: unknown, otherHostKey: string | undefined) {
    super(`the server accepted no authentication method for user ${user}`, { cause });
    this.name = "AuthenticationRefused";
    this.otherHostKey = otherHostKey;
  }
}

/** Keep-alive messages of a connection, in milliseconds. */
export interface KeepAlive {
  /** Time between two messages; 0 is off. */
  readonly interval: number;
  /** Silence that is tolerated: then the connection is closed. It is at least the time of three messages. */
  readonly tolerated: number;
}

export interface HandshakeOptions {
  readonly credentials: LoadedCredentials;
  readonly pin: HostKeyPin;
  readonly algorithms: AlgorithmChoice;
  readonly keepAlive: KeepAlive;
  /** Milliseconds for key exchange and authentication. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Socket of the ssh-agent to forward; undefined forwards none. */
  readonly forwardAgent: string | undefined;
  readonly debug: Debug;
}

/**
 * Does the SSH handshake over an open stream. Rejects with `AuthenticationRefused`, a host key mismatch (`BakeError`), ssh2's error or the
 * abort reason, and then closes the stream.
 */
export function handshake(stream: Duplex, options: HandshakeOptions): Promise<Client> {
  const { credentials, pin, signal } = options;
  const client = new ssh2.Client();
  const log = handshakeLog(options.debug);
  return new Promise((resolve, reject) => {
    let otherHostKey: string | undefined;
    const fail = (error: Error) => {
      signal.removeEventListener("abort", onAbort);
      client.destroy();
      stream.destroy();
      reject(error);
    };
    const onAbort = () => fail(abortReason(signal));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    // Never removed: an error event without a listener would end the process.
    client.on("error", (error: Error & { level?: string | undefined }) => {
      if (error.level === "agent") return;
      fail(
        error.level === "client-authentication"
          ? new AuthenticationRefused(credentials.user, error, otherHostKey)
          : (pin.takeMismatch() ?? withPlainMessage(error, options.timeout)),
      );
    });
    client.once("handshake", ({ serverHostKey }) => {
      otherHostKey = serverHostKey === "ssh-ed25519" ? undefined : serverHostKey;
    });
    client.once("close", () => fail(new Error("the server closed the connection during the handshake")));
    client.once("ready", () => {
      signal.removeEventListener("abort", onAbort);
      pin.confirm();
      log.loggedIn();
      resolve(client);
    });
    try {
      client.connect(configuration(stream, client, options, log));
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function configuration(stream: Duplex, client: Client, options: HandshakeOptions, log: HandshakeLog): ConnectConfig {
  return {
    sock: stream,
    username: options.credentials.user,
    authHandler: options.credentials.methods(client),
    algorithms: offeredAlgorithms(options.algorithms),
    hostVerifier: (key: Buffer) => {
      options.debug(() => `SSH: host key ${hostKeyFingerprint(key)}`);
      return options.pin.accept(key);
    },
    ...(log.write ? { debug: log.write } : {}),
    keepaliveInterval: options.keepAlive.interval,
    keepaliveCountMax: mostUnanswered(options.keepAlive),
    readyTimeout: options.timeout,
    ...(options.forwardAgent ? { agent: options.forwardAgent, agentForward: true } : {}),
  };
}

/** Returns the number of keep-alive messages without a response that are tolerated: at least three. */
function mostUnanswered({ interval, tolerated }: KeepAlive): number {
  return interval > 0 ? Math.max(3, Math.ceil(tolerated / interval)) : 0;
}

function withPlainMessage(error: Error, timeout: number): Error {
  if (!/timed out while waiting for handshake/i.test(error.message)) return error;
  return new Error(`the SSH handshake did not finish within ${timeout / 1000} s`, { cause: error });
}
