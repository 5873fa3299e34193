import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";
import { FAULT } from "../../winrm/wire/fault.js";
import { isSealedType, openBody, PLAIN_TYPE, SEALED_TYPE, sealBody } from "../../winrm/wire/sealed-body.js";
import { RequestFault, type RequestGate } from "../sandboxes.js";
import type { Accounts } from "./accounts.js";
import { type ConnectionLogin, connectionLogin, OFFERS, type ServedLogin } from "./authentication.js";
import type { ServerCertificate } from "./certificate.js";
import { readRequest, ServedFault, type ServedRequest, writeFault, writeResponse } from "./envelope.js";
import type { Recorder } from "./record.js";
import type { Shells } from "./shells.js";

/** Ports of WinRM over HTTP and HTTPS. */
export const WINRM_PORTS = { http: 5985, https: 5986 } as const;

/** `MaxEnvelopeSizekb` of Windows is 500. An encrypted body has a frame of its own. */
const LARGEST_ENVELOPE = 512_000;
const LARGEST_BODY = LARGEST_ENVELOPE + 4096;

/** What a listener serves. */
export interface ListenerOptions {
  readonly address: string;
  readonly hostName: string;
  readonly accounts: Accounts;
  readonly certificate: ServerCertificate;
  readonly recorder: Recorder;
  readonly shells: Shells;
  readonly gate: RequestGate | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Both ports of one instance. */
export interface WinrmListener {
  /** Cuts all connections and stops listening. */
  close(): Promise<void>;
}

/** Listens on both ports of WinRM. Rejects with the error of the system when one is in use. */
export async function listenForWinrm(options: ListenerOptions): Promise<WinrmListener> {
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const handler = serveWith(options);
  const limits = { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 60_000 };
  const close = async (): Promise<void> => {
    const closing = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closing);
  };
  try {
    servers.push(await listening(createServer(limits, handler(false)), options.address, WINRM_PORTS.http));
    const secure = createSecureServer({ ...limits, ...options.certificate }, handler(true));
    servers.push(await listening(secure, options.address, WINRM_PORTS.https));
  } catch (error) {
    await close();
    throw error;
  }
  for (const server of servers) {
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => sockets.delete(socket));
    });
  }
  return { close };
}

function listening(server: Server, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.on("clientError", (_error, socket) => void socket.destroy());
    server.on("tlsClientError", () => undefined);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      resolve(server);
    });
  });
}

/** Returns the handlers of requests. A login belongs to its connection. */
function serveWith(options: ListenerOptions): (tls: boolean) => RequestListener {
  const logins = new WeakMap<Socket, ConnectionLogin>();
  return (tls) => (request, response) => {
    response.on("error", () => undefined);
    const { socket } = request;
    const login = logins.get(socket) ?? connectionLogin(options.hostName, options.accounts, options.now);
    logins.set(socket, login);
    void serveRequest({ request, response, login, tls }, options).catch((error: unknown) => {
      if (error instanceof RequestFault && error.status !== undefined) end(response, error.status);
      else socket.destroy();
    });
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly login: ConnectionLogin;
  readonly tls: boolean;
}

async function serveRequest({ request, response, login, tls }: Exchange, options: ListenerOptions): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) return void request.socket.destroy();
  if (request.method !== "POST" || !/^\/wsman(?:-anon\/identify)?\b/i.test(request.url ?? ""))
    return end(response, 404);
  const step = login.take(request.headers.authorization);
  if (step.step === "challenge") return end(response, 401, { "WWW-Authenticate": step.challenge });
  if (step.step === "refused") {
    if (step.reason !== "no login") options.recorder.write({ event: "refused", user: step.user, reason: step.reason });
    return end(response, 401, { "WWW-Authenticate": [...OFFERS] });
  }
  if (step.isNew) options.recorder.write({ event: "login", user: step.login.user, by: step.login.by, tls });
  // The last message of a login can come alone.
  if (body.length === 0) return end(response, 200);
  const isSealed = isSealedType(request.headers["content-type"] ?? "");
  const { sealer } = step.login;
  if (isSealed && !sealer) return end(response, 400);
  const plain = isSealed && sealer ? openBody(sealer, body) : body;
  const { status, text } = await serveEnvelope(plain, options);
  reply({ response, status, text }, isSealed ? step.login : undefined);
}

/** Returns the status and the envelope of the response. A fault has the status 500. */
async function serveEnvelope(
  message: Buffer,
  { shells, gate = serveAtOnce }: ListenerOptions,
): Promise<{ readonly status: number; readonly text: string }> {
  let request: ServedRequest | undefined;
  try {
    if (message.length > LARGEST_ENVELOPE) throw tooLarge(message.length);
    request = readRequest(message.toString("utf8"));
    const { operation } = request;
    const read = request;
    const body = await gate(`Winrm${operation}`, () => shells.serve(read));
    return { status: 200, text: writeResponse(request, body, randomUUID()) };
  } catch (error) {
    if (error instanceof RequestFault) throw error;
    const fault =
      error instanceof ServedFault
        ? error
        : new ServedFault(
            2150858778,
            "w:SchemaValidationError",
            "The SOAP XML in the message does not match the schema.",
          );
    return { status: 500, text: writeFault(request?.messageId ?? "", fault, randomUUID()) };
  }
}

const serveAtOnce: RequestGate = (_action, serve) => serve();

function tooLarge(size: number): ServedFault {
  return new ServedFault(
    FAULT.requestTooLarge,
    "w:EncodingLimit",
    `The request is of ${size} bytes, and MaxEnvelopeSizekb is ${Math.floor(LARGEST_ENVELOPE / 1024)}.`,
  );
}

interface Reply {
  readonly response: ServerResponse;
  readonly status: number;
  readonly text: string;
}

function reply({ response, status, text }: Reply, login: ServedLogin | undefined): void {
  const message = Buffer.from(text);
  const body = login?.sealer ? sealBody(login.sealer, message) : message;
  response.writeHead(status, {
    "Content-Type": login?.sealer ? SEALED_TYPE : PLAIN_TYPE,
    "Content-Length": body.length,
    Server: "Microsoft-HTTPAPI/2.0",
  });
  response.end(body);
}

function end(response: ServerResponse, status: number, headers: Record<string, string | string[]> = {}): void {
  response.writeHead(status, { ...headers, "Content-Length": 0, Server: "Microsoft-HTTPAPI/2.0" });
  response.end();
}

/** Returns the body; undefined if it is larger than Windows reads, or the connection was lost. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      size += (chunk as Buffer).length;
      if (size > LARGEST_BODY * 2) return undefined;
      chunks.push(chunk as Buffer);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}
