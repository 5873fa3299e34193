import { Agent, type IncomingMessage, request } from "node:http";
import type { Duplex } from "node:stream";
import { abortReason } from "../../core/clock.js";
import { messageOf } from "../../core/errors.js";

/** A POST to the service. */
export interface HttpPost {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Milliseconds for the whole response. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  /** The `WWW-Authenticate` headers. */
  readonly challenges: readonly string[];
  readonly body: Buffer;
}

/** HTTP on one stream, one request at a time: a login by NTLM holds for its connection. */
export interface HttpConnection {
  /** Rejects with `ConnectionLost` or the abort reason. The connection is closed then. */
  post(given: HttpPost): Promise<HttpReply>;
  isOpen(): boolean;
  close(): void;
}

/** The connection ended during a request, whose effect is not known. */
export class ConnectionLost extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = "ConnectionLost";
  }
}

/** Largest response that is read, in bytes: twice the largest envelope that is requested, and its encryption. */
const LARGEST_REPLY = 2_000_000;

const PATH = "/wsman";

/** Uses a stream for HTTP. `authority`: host and port for the `Host` header. */
export function httpOver(stream: Duplex, authority: string): HttpConnection {
  let open = true;
  let used = false;
  const agent = new Agent({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 });
  agent.createConnection = () => {
    if (used) throw new Error("the connection was closed");
    used = true;
    return asSocket(stream);
  };
  const close = () => {
    open = false;
    stream.destroy();
    agent.destroy();
  };
  stream.on("error", () => undefined);
  stream.once("close", close);
  stream.once("end", close);
  return {
    isOpen: () => open && !stream.destroyed,
    close,
    async post(given) {
      if (!open) throw new ConnectionLost("the connection was closed");
      try {
        const response = await send(agent, authority, given);
        if (/\bclose\b/i.test(response.connection)) close();
        return response.reply;
      } catch (error) {
        close();
        if (given.signal.aborted) throw abortReason(given.signal);
        throw error instanceof ConnectionLost ? error : new ConnectionLost(reasonOf(error), error);
      }
    },
  };
}

/** Adds the functions of a socket that the agent calls to a stream without them. */
function asSocket(stream: Duplex): Duplex {
  const missing = ["setKeepAlive", "setTimeout", "setNoDelay", "ref", "unref"].filter((name) => !(name in stream));
  return Object.assign(stream, Object.fromEntries(missing.map((name) => [name, () => stream])));
}

function reasonOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (code === "ECONNRESET" || code === "EPIPE") return "the machine closed the connection";
  return messageOf(error);
}

interface Sent {
  readonly reply: HttpReply;
  readonly connection: string;
}

function send(agent: Agent, authority: string, { headers, body, limit, signal }: HttpPost): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const post = request({
      agent,
      method: "POST",
      path: PATH,
      setHost: false,
      headers: { host: authority, "user-agent": "bake-ami", ...headers, "content-length": String(body.length) },
    });
    // An own listener: Node removes that of the option "signal" only when the stream ends, long after the request.
    const onAbort = () => post.destroy(abortReason(signal));
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    const timer = setTimeout(
      () => post.destroy(new ConnectionLost(`no response for ${Math.round(limit / 1000)} seconds`)),
      limit,
    );
    const settle = (action: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      action();
    };
    post.on("error", (error) => settle(() => reject(error)));
    post.once("response", (response) => {
      readReply(response).then(
        (reply) => settle(() => resolve({ reply, connection: response.headers.connection ?? "" })),
        (error: unknown) =>
          settle(() => {
            post.destroy();
            reject(error);
          }),
      );
    });
    post.end(body);
  });
}

async function readReply(response: IncomingMessage): Promise<HttpReply> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > LARGEST_REPLY) throw new ConnectionLost(`the response is larger than ${LARGEST_REPLY / 1_000_000} MB`);
    pieces.push(piece);
  }
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers["content-type"] ?? "",
    challenges: response.headersDistinct["www-authenticate"] ?? [],
    body: Buffer.concat(pieces),
  };
}
