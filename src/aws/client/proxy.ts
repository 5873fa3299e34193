import { request } from "node:http";
import { Agent, type AgentOptions, request as secureRequest } from "node:https";
import type { Duplex } from "node:stream";
import { connect } from "node:tls";
import type { Environment } from "../../core/surroundings.js";

/** Milliseconds until the proxy must have opened the tunnel. */
const TUNNEL_LIMIT = 10_000;

/** The proxy for an address by `HTTPS_PROXY` or `HTTP_PROXY` and `NO_PROXY` (either case); undefined goes straight. */
export function proxyFor(target: URL, env: Environment): URL | undefined {
  const secure = target.protocol === "https:";
  const proxy = secure ? env.https_proxy || env.HTTPS_PROXY : env.http_proxy || env.HTTP_PROXY;
  const port = Number(target.port || (secure ? 443 : 80));
  if (!proxy || !URL.canParse(proxy) || isExempt(target.hostname, port, env.no_proxy || env.NO_PROXY || "")) {
    return undefined;
  }
  return new URL(proxy);
}

/** `*`, a host, a domain with or without its dot, each with a port or without. */
function isExempt(host: string, port: number, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = entry, only] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (only !== undefined && Number(only) !== port) return false;
      const domain = name.replace(/^\*?\./, "").toLowerCase();
      return host.toLowerCase() === domain || host.toLowerCase().endsWith(`.${domain}`);
    });
}

type Callback = (error: Error | null, stream?: Duplex) => void;

/**
 * An agent that reaches HTTPS hosts through an HTTP proxy (CONNECT). For Node before 24.5, whose own agents know no proxies. A class
 * because Node's agents are extended by overriding `createConnection`.
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
    const straight = { ...options, servername: options.servername ?? host };
    if (!proxy) return connect(straight);
    const target = `${host}:${port}`;
    const secure = proxy.protocol === "https:";
    const asked = (secure ? secureRequest : request)({
      host: proxy.hostname,
      port: proxy.port || (secure ? 443 : 80),
      method: "CONNECT",
      path: target,
      headers: { host: target, ...authorization(proxy) },
      timeout: TUNNEL_LIMIT,
    });
    asked.once("connect", (answer, socket) => {
      if (answer.statusCode === 200) return callback(null, connect({ ...straight, socket }));
      socket.destroy();
      callback(new Error(`the proxy ${proxy.host} refused a tunnel to ${target}: ${answer.statusCode ?? "no status"}`));
    });
    asked.once("timeout", () => asked.destroy(new Error(`the proxy ${proxy.host} does not answer`)));
    asked.once("error", (error) => callback(error));
    asked.end();
    return null;
  }
}

function authorization(proxy: URL): Readonly<Record<string, string>> {
  if (proxy.username === "") return {};
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(user).toString("base64")}` };
}

/** What is used of a request. */
export interface WebRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly body?: string;
}

/** What is used of an answer. */
export type WebAnswer = Pick<Response, "ok" | "status" | "statusText" | "text"> & {
  readonly headers: Iterable<[string, string]>;
};

/** `fetch` that goes through the proxy of the environment, which Node's own does not know before 24. Rejects as `fetch` does. */
export async function proxiedFetch(url: string, request: WebRequest, env: Environment): Promise<WebAnswer> {
  if (!proxyFor(new URL(url), env)) return fetch(url, request);
  const { EnvHttpProxyAgent, fetch: proxied } = await import("undici");
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: env.http_proxy || env.HTTP_PROXY || "",
    httpsProxy: env.https_proxy || env.HTTPS_PROXY || "",
    noProxy: env.no_proxy || env.NO_PROXY || "",
  });
  return proxied(url, { ...request, dispatcher });
}
