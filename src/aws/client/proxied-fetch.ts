import type { Environment } from "./endpoints.js";
import { proxyFor } from "./proxy-agent.js";

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
