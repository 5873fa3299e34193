import type { Duplex } from "node:stream";
import type { Clock } from "../core/clock.js";
import type { Debug } from "../core/debug.js";
import { messageOf } from "../core/errors.js";
import { proxyFor } from "../core/proxy.js";
import type { Environment, Ids } from "../core/surroundings.js";
import {
  type Authenticated,
  basicLogin,
  type LoginMethod,
  LoginRefused,
  ntlmLogin,
  offeredMethods,
  type WinrmLogin,
} from "./authenticate.js";
import { ConnectionLost, type HttpConnection, type HttpReply, httpOver } from "./http/connection.js";
import { openStream } from "./http/stream.js";
import { NtlmError } from "./ntlm/messages.js";
import { readFault, WsmanFault } from "./wire/fault.js";
import { isSealedType, openBody, PLAIN_TYPE, SEALED_TYPE, sealBody } from "./wire/sealed-body.js";
import { readEnvelope, type WsmanRequest, writeEnvelope } from "./wire/soap.js";
import { type XmlElement, XmlError } from "./wire/xml.js";

/** The service to connect to, and how. */
export interface WinrmTarget {
  /** Returns the host. Called for each connection. */
  readonly address: (signal: AbortSignal) => Promise<string>;
  readonly port: number;
  readonly https: boolean;
  readonly insecure: boolean;
  /** Whether to log in by NTLM even where Basic is offered. */
  readonly ntlm: boolean;
  readonly noProxy: boolean;
  readonly login: WinrmLogin;
  /** Opens a stream to the port in place of TCP. */
  readonly open: ((signal: AbortSignal) => Promise<Duplex>) | undefined;
  readonly env: Environment;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly debug: Debug;
}

/** The service refused a message because it was not encrypted. */
export class EncryptionRequired extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = "EncryptionRequired";
  }
}

/** A connection to the service with a login. One request at a time. */
export interface WinrmSession {
  readonly host: string;
  readonly method: LoginMethod;
  /**
   * Sends a request and returns the SOAP body of the response. Rejects with `WsmanFault`; with `ConnectionLost` if the effect is not known;
   * with `LoginRefused` or `EncryptionRequired` if the request was not accepted; or with the abort reason.
   */
  request(request: WsmanRequest, signal: AbortSignal): Promise<XmlElement>;
  isOpen(): boolean;
  close(): void;
}

/** Seconds after which the service ends an operation that waits (Receive); the default of `MaxTimeoutms` is 60 s. */
const OPERATION_TIMEOUT = 60;
/** Milliseconds for a response: the operation timeout and the delay of a busy machine. */
const RESPONSE_LIMIT = 90_000;
/** Milliseconds for the response to input: a busy machine reads it slowly. */
const INPUT_LIMIT = 300_000;
/** Milliseconds for each response of a login. */
const LOGIN_LIMIT = 30_000;

/**
 * Connects and logs in by the first method that the service offers: Basic unless NTLM is requested, else NTLM. Rejects as `openStream`, with
 * `LoginRefused`, `ConnectionLost` or the abort reason.
 */
export async function openSession(
  target: WinrmTarget,
  choose: (offered: ReadonlySet<LoginMethod>) => LoginMethod,
  signal: AbortSignal,
): Promise<WinrmSession> {
  const host = await target.address(signal);
  const name = host.includes(":") ? `[${host}]` : host;
  const url = new URL(`${target.https ? "https" : "http"}://${name}:${target.port}/wsman`);
  const stream = await openStream(
    {
      host,
      port: target.port,
      tls: target.https ? { insecure: target.insecure } : undefined,
      proxy: target.noProxy || target.open ? undefined : proxyFor(url, target.env),
      open: target.open,
    },
    signal,
  );
  const connection = httpOver(stream, `${name}:${target.port}`);
  try {
    const method = choose(await offeredMethods(connection, { limit: LOGIN_LIMIT, signal }));
    const login = await logIn(connection, method, target, signal);
    target.debug(() => `WinRM: connected to ${url.host} with ${method === "basic" ? "Basic" : "NTLM"}`);
    return session(target, connection, { host, to: `${url.protocol}//${name}:${target.port}/wsman`, login });
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function logIn(
  connection: HttpConnection,
  method: LoginMethod,
  { login, https, clock }: WinrmTarget,
  signal: AbortSignal,
): Promise<Authenticated> {
  if (method === "basic") return basicLogin(login);
  return ntlmLogin(connection, login, { seal: !https, now: clock.now(), limit: LOGIN_LIMIT, signal });
}

interface Opened {
  readonly host: string;
  readonly to: string;
  readonly login: Authenticated;
}

function session(target: WinrmTarget, connection: HttpConnection, { host, to, login }: Opened): WinrmSession {
  const { headers, sealer, method } = login;
  const post = async (request: WsmanRequest, signal: AbortSignal): Promise<XmlElement> => {
    const addressing = { to, messageId: target.ids.uuid().toUpperCase(), timeout: OPERATION_TIMEOUT };
    const message = Buffer.from(writeEnvelope(request, addressing));
    const reply = await connection.post({
      headers: { ...headers, "content-type": sealer ? SEALED_TYPE : PLAIN_TYPE },
      body: sealer ? sealBody(sealer, message) : message,
      limit: request.operation === "Send" ? INPUT_LIMIT : RESPONSE_LIMIT,
      signal,
    });
    return read(reply, login, target);
  };
  return {
    host,
    method,
    isOpen: connection.isOpen,
    close: connection.close,
    async request(request, signal) {
      const began = target.clock.now();
      const log = (outcome: string) =>
        target.debug(() => `WinRM: ${request.operation}: ${outcome}, ${target.clock.now() - began} ms`);
      try {
        const body = await post(request, signal);
        log("done");
        return body;
      } catch (error) {
        log(`failed: ${messageOf(error)}`);
        if (!(error instanceof WsmanFault)) connection.close();
        throw error;
      }
    },
  };
}

function read(reply: HttpReply, { sealer, method }: Authenticated, { login, https }: WinrmTarget): XmlElement {
  const { status, contentType } = reply;
  if (status === 401) {
    // By NTLM the password was accepted before: only the connection has to log in again.
    if (method === "ntlm") throw new LoginRefused("the service no longer accepts the login of the connection", false);
    throw new LoginRefused(`the service refused the password of "${login.user}"`, true);
  }
  const body = sealer && isSealedType(contentType) ? opened(() => openBody(sealer, reply.body)) : reply.body;
  if (sealer && body === reply.body && status < 400) throw new ConnectionLost("a response that is not encrypted");
  if (body.length === 0 && status >= 400) {
    if (!https && !sealer && status !== 503) throw new EncryptionRequired(`HTTP ${status} without a message`);
    throw new ConnectionLost(`the service returned HTTP ${status}`);
  }
  const parsed = body.length === 0 ? EMPTY_BODY : opened(() => readEnvelope(body.toString("utf8")));
  const fault = readFault(parsed);
  if (fault) throw fault;
  if (status >= 400) throw new ConnectionLost(`the service returned HTTP ${status}`);
  return parsed;
}

const EMPTY_BODY: XmlElement = { name: "Body", attributes: new Map(), children: [], text: "" };

/** Runs a reader. A message that cannot be read ends the connection: its effect is not known. */
function opened<T>(readMessage: () => T): T {
  try {
    return readMessage();
  } catch (error) {
    if (error instanceof NtlmError || error instanceof XmlError) {
      throw new ConnectionLost(`a response that is not valid: ${messageOf(error)}`, error);
    }
    throw error;
  }
}
