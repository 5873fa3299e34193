import type { Duplex } from "node:stream";
import ssh2, { type AuthHandlerMiddleware, type Client, type ConnectConfig, type ParsedKey } from "ssh2";
import { abortReason } from "../../core/clock.js";
import type { Debug } from "../../core/debug.js";
import { messageOf } from "../../core/errors.js";
import type { LoadedCredentials } from "../keys/credentials.js";
import { type HostKeyPin, hostKeyFingerprint } from "../keys/host-key.js";
import { holdUntil } from "../ssh2-internals.js";
import { type AlgorithmChoice, allowsSha1, offeredAlgorithms } from "./algorithms.js";
import type { FinishedHandshake } from "./connection.js";
import {
  AlgorithmsRefused,
  AuthenticationRefused,
  plainError,
  refusalOf,
  refusingDisconnect,
  type Ssh2Error,
  shown,
} from "./handshake-error.js";
import { type HandshakeLog, handshakeLog } from "./handshake-log.js";
import { whyNoAlgorithm } from "./no-common-algorithm.js";
import { readServerHello, type ServerHello } from "./server-hello.js";

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

/** Bytes of banners that a server may send during a login (RFC 4252 §5.4). */
const LONGEST_BANNERS = 256 * 1024;

/**
 * Does the SSH handshake over an open stream. Rejects with `AuthenticationRefused`, `AlgorithmsRefused`, a host key mismatch (`BakeError`),
 * ssh2's error or the abort reason, and then closes the stream.
 */
export function handshake(stream: Duplex, options: HandshakeOptions): Promise<FinishedHandshake> {
  const { credentials, pin, signal } = options;
  const client = new ssh2.Client();
  const log = handshakeLog(options.debug);
  const login = authentication(client, options);
  return new Promise((resolve, reject) => {
    let hello: ServerHello | undefined;
    const fail = (error: Error) => {
      signal.removeEventListener("abort", onAbort);
      hello?.stop();
      client.destroy();
      stream.destroy();
      reject(error);
    };
    const onAbort = () => fail(abortReason(signal));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    // Never removed: an error event without a listener would end the process.
    client.on("error", (error: Ssh2Error) => {
      if (error.level === "agent") return;
      fail(pin.takeMismatch() ?? (hello ? meaningOf(error, hello, login, options) : error));
    });
    client.once("close", () => {
      const error = new Error("the server closed the connection during the handshake");
      fail(hello && login.wasRefused() ? refused(credentials.user, error, hello, login) : error);
    });
    let banners = 0;
    client.on("banner", (text) => {
      banners += text.length;
      if (banners > LONGEST_BANNERS) fail(new Error(`the server sent banners of more than ${LONGEST_BANNERS} bytes`));
    });
    client.on("hostkeys", (keys: ParsedKey[]) => {
      options.debug(() => `SSH: the server proved ${keys.length} host keys`);
      pin.learn(keys.map((key) => key.getPublicSSH()));
    });
    client.once("ready", () => {
      signal.removeEventListener("abort", onAbort);
      hello?.stop();
      pin.confirm();
      log.loggedIn();
      resolve({ client, identification: hello?.identification() ?? "" });
    });
    try {
      client.connect(configuration(stream, login.handler, options, log));
      const begun = readServerHello(stream, () =>
        fail(new Error("the server sent too much before its SSH identification")),
      );
      hello = begun;
      holdUntil(client, () => begun.identification() !== undefined);
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

/** The authentication of one handshake. */
interface Login {
  readonly handler: AuthHandlerMiddleware;
  /** Returns whether a method was refused, or an agent offers its keys one by one. */
  wasRefused(): boolean;
  /** Returns why the ssh-agent could not be used, if it could not. */
  agentFailure(): string | undefined;
}

/** Offers the methods of the credentials one after the other. */
function authentication(client: Client, { credentials, algorithms, debug }: HandshakeOptions): Login {
  let agentFailure: string | undefined;
  let tried = 0;
  const onFailure = (reason: string) => {
    agentFailure = reason;
    debug(() => `SSH: ${reason}`);
  };
  const methods = credentials.methods({ client, debug, sha1: allowsSha1(algorithms), onFailure });
  return {
    handler: () => methods[tried++] ?? false,
    wasRefused: () => tried > 1 || (tried > 0 && methods[0]?.type === "agent"),
    agentFailure: () => agentFailure,
  };
}

/** Returns the error of a handshake for an error of ssh2. */
function meaningOf(error: Ssh2Error, hello: ServerHello, login: Login, options: HandshakeOptions): Error {
  if (error.level === "client-authentication") return refused(options.credentials.user, error, hello, login);
  const disconnect = refusingDisconnect(error);
  if (disconnect !== undefined) {
    return new AuthenticationRefused(options.credentials.user, error, refusalOf(hello, disconnect));
  }
  const server = hello.algorithms();
  const missing = /no matching/i.test(error.message) && server && whyNoAlgorithm(options.algorithms, server);
  return missing ? new AlgorithmsRefused(missing, error) : plainError(error, hello, options.timeout);
}

function refused(user: string, cause: Error, hello: ServerHello, login: Login): AuthenticationRefused {
  const closed = /closed the connection/.test(messageOf(cause)) ? "the server closed the connection" : undefined;
  const failure = login.agentFailure();
  return new AuthenticationRefused(user, cause, refusalOf(hello, closed ?? (failure && shown(failure))));
}

function configuration(
  stream: Duplex,
  authHandler: AuthHandlerMiddleware,
  options: HandshakeOptions,
  log: HandshakeLog,
): ConnectConfig {
  return {
    sock: stream,
    username: options.credentials.user,
    authHandler,
    algorithms: offeredAlgorithms(options.algorithms, options.pin.types()),
    // Not only OpenSSH proves its host keys.
    strictVendor: false,
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
