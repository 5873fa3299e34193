import type { Agent, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import WebSocket, { WebSocketServer } from "ws";
import { abortReason } from "../core/clock.js";
import { BakeError, messageOf } from "../core/errors.js";
import { plainLine } from "../core/plain.js";

/** How websockets are opened. */
export interface DialOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds for connection and upgrade. */
  readonly timeout: number;
  /** Agent that knows the proxies and certificates of the run; undefined connects directly. */
  readonly agent: Agent | undefined;
  readonly signal: AbortSignal;
}

/** Longest frame that is accepted. Data channels carry messages of some KiB, endpoint tunnels frames of 64 KiB. */
export const LONGEST_FRAME = 4 * 1024 * 1024;

/** Longest body of a refused upgrade that is read, in bytes. */
const LONGEST_REFUSAL = 4096;

/** The server refused the upgrade to a websocket. */
export class UpgradeRefused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "UpgradeRefused";
    this.status = status;
  }
}

/**
 * Opens a websocket, which reads nothing until its `resume` is called: what arrives together with the response to the upgrade would be lost
 * before the caller has its listeners. Rejects with `UpgradeRefused` (status, message and request ID of the response), the error of the connection, or the
 * abort reason.
 */
export function dialWebSocket(url: URL, { headers, timeout, agent, signal }: DialOptions): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortReason(signal));
    const socket = new WebSocket(url, {
      headers: { ...headers },
      handshakeTimeout: timeout,
      perMessageDeflate: false,
      maxPayload: LONGEST_FRAME,
      ...(agent ? { agent } : {}),
    });
    const finish = (action: () => void) => {
      signal.removeEventListener("abort", onAbort);
      action();
    };
    const onAbort = () => {
      socket.terminate();
      finish(() => reject(abortReason(signal)));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    // Never removed: an error event without a listener would end the process.
    socket.on("error", (error) => finish(() => reject(untrusted(error, url) ?? error)));
    socket.once("unexpected-response", (request, response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        if (size < LONGEST_REFUSAL) chunks.push(chunk.subarray(0, LONGEST_REFUSAL - size));
        size += chunk.length;
        if (size > LONGEST_REFUSAL) response.destroy();
      });
      response.once("close", () => {
        request.destroy();
        const id = response.headers["x-amzn-requestid"];
        const text = refusalText(Buffer.concat(chunks).toString("utf8"));
        const status = response.statusCode ?? 0;
        const error = new UpgradeRefused(
          status,
          `${url.host} refused the connection: HTTP ${status}${text ? ` "${text}"` : ""}${id ? ` (request ID ${String(id)})` : ""}`,
        );
        finish(() => reject(error));
      });
    });
    socket.once("upgrade", (response) => transports.set(socket, response.socket));
    socket.once("open", () => {
      socket.pause();
      finish(() => resolve(socket));
    });
  });
}

/** The connections of the websockets that were dialed. */
const transports = new WeakMap<WebSocket, Duplex>();

/**
 * Sends a binary message, together with all others that are sent this way in the same turn of the event loop. `done` is called when the
 * bytes are handed to the system.
 */
export function sendTogether(socket: WebSocket, bytes: Buffer, done?: (error?: Error | null) => void): void {
  joinWrites(transports.get(socket));
  socket.send(bytes, done);
}

/** Makes one write of all that is written until the end of this turn: each write is a system call, and with TLS a record. */
function joinWrites(transport: Duplex | undefined): void {
  if (!transport || transport.writableCorked > 0) return;
  transport.cork();
  process.nextTick(() => transport.uncork());
}

/** Codes of certificates that are not trusted (Node.js, "X509 certificate error codes"). */
const UNTRUSTED = /^(?:SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_|CERT_|ERR_TLS_CERT)/;

/** Returns the error for a certificate that is not trusted: no repetition changes that. Undefined for other errors. */
function untrusted(error: Error, url: URL): BakeError | undefined {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (!UNTRUSTED.test(code)) return undefined;
  return new BakeError(`The certificate of ${url.host} is not trusted: ${messageOf(error)}`, {
    code: "untrusted-certificate",
    cause: error,
    hint: "If a proxy replaces the certificates of AWS, set AWS_CA_BUNDLE to a PEM file with its certificate authority.",
  });
}

/** Returns the message of a refusal: the `message` of a JSON body, else its first line, without control characters. */
function refusalText(body: string): string {
  let text = body;
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null) {
      const { message, Message } = { message: undefined, Message: undefined, ...value } as Record<string, unknown>;
      text = String(message ?? Message ?? body);
    }
  } catch {
    // Not JSON.
  }
  return plainLine((text.split(/[\r\n]/)[0] ?? "").slice(0, 300));
}

/** A websocket of a server: one text first, then binary messages both ways. */
export interface MessageSocket {
  /** Calls back with the first message, if it is text. */
  onGreeting(listener: (text: string) => void): void;
  onMessage(listener: (bytes: Buffer) => void): void;
  onClose(listener: () => void): void;
  send(bytes: Buffer): void;
  /** Returns the bytes that wait to be sent. */
  bufferedAmount(): number;
  setReading(on: boolean): void;
  close(code: number, reason?: string): void;
  /** Breaks the connection, without a close frame. */
  drop(): void;
}

/** An HTTP request for an upgrade, with its connection. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Accepts a websocket. Calls `onOpen` with it. */
export function acceptWebSocket(
  { request, socket, head }: UpgradeRequest,
  onOpen: (socket: MessageSocket) => void,
): void {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: LONGEST_FRAME });
  server.handleUpgrade(request, socket, head, (accepted) => {
    accepted.on("error", () => accepted.terminate());
    onOpen({
      onGreeting: (listener) =>
        accepted.once("message", (data: Buffer, isBinary) => {
          if (isBinary) accepted.close(1008);
          else listener(data.toString("utf8"));
        }),
      onMessage: (listener) =>
        accepted.on("message", (data: Buffer, isBinary) => {
          if (isBinary) listener(data);
        }),
      onClose: (listener) => accepted.once("close", listener),
      send: (bytes) => {
        joinWrites(socket);
        accepted.send(bytes);
      },
      bufferedAmount: () => accepted.bufferedAmount,
      setReading: (on) => (on ? accepted.resume() : accepted.pause()),
      close: (code, reason) => accepted.close(code, reason),
      drop: () => accepted.terminate(),
    });
  });
}
