import { request } from "node:http";
import { Agent, type AgentOptions, request as secureRequest } from "node:https";
import type { Duplex } from "node:stream";
import { connect } from "node:tls";
import { proxyAuthorization, proxyFor } from "../../core/proxy.js";
import type { Environment } from "../../core/surroundings.js";

/** Timeout for the proxy to open the tunnel, in milliseconds. */
const TUNNEL_LIMIT = 10_000;

type Callback = (error: Error | null, stream?: Duplex) => void;

/**
 * An agent that connects to HTTPS hosts through an HTTP proxy (CONNECT), for Node before 24.5, whose agents do not support proxies. A
 * class, because an agent is extended by overriding `createConnection`.
 */
export class TunnelAgent extends Agent {
  private readonly env: Environment;

  constructor(options: AgentOptions, env: Environment) {
    super(options);
    this.env = env;
  }

  override createConnection(
    options: AgentOptions & { host?: string | undefined; port?: number | undefined },
    callback: Callback,
  ): Duplex | null {
    const { host = "localhost", port = 443 } = options;
    const proxy = proxyFor(new URL(`https://${host}:${port}`), this.env);
    const direct = { ...options, servername: options.servername ?? host };
    if (!proxy) return connect(direct);
    const target = `${host}:${port}`;
    const secure = proxy.protocol === "https:";
    const tunnel = (secure ? secureRequest : request)({
      host: proxy.hostname,
      port: proxy.port || (secure ? 443 : 80),
      method: "CONNECT",
      path: target,
      headers: { host: target, ...proxyAuthorization(proxy) },
      timeout: TUNNEL_LIMIT,
    });
    tunnel.once("connect", (response, socket) => {
      if (response.statusCode === 200) return callback(null, connect({ ...direct, socket }));
      socket.destroy();
      callback(
        new Error(`Proxy "${proxy.host}" refused a connection to "${target}": ${response.statusCode ?? "no status"}`),
      );
    });
    tunnel.once("timeout", () => tunnel.destroy(new Error(`Proxy "${proxy.host}" does not respond`)));
    tunnel.once("error", (error) => callback(error));
    tunnel.end();
    return null;
  }
}

/** The used part of a request. */
export interface WebRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly body?: string;
  /** `manual`: a redirect is returned, not followed. */
  readonly redirect: "manual";
}

/** The used part of a response. */
export type WebResponse = Pick<Response, "ok" | "status" | "statusText"> & {
  readonly headers: Iterable<[string, string]> & Pick<Headers, "get">;
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null;
};

/** Calls `fetch` through the proxy of the environment, which Node's `fetch` does not support before 24. Rejects like `fetch`. */
export async function proxiedFetch(url: string, request: WebRequest, env: Environment): Promise<WebResponse> {
  if (!proxyFor(new URL(url), env)) return fetch(url, request);
  const { EnvHttpProxyAgent, fetch: proxied } = await import("undici");
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: env.http_proxy || env.HTTP_PROXY || "",
    httpsProxy: env.https_proxy || env.HTTPS_PROXY || "",
    noProxy: env.no_proxy || env.NO_PROXY || "",
  });
  return proxied(url, { ...request, dispatcher });
}
