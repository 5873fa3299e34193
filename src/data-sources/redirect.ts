import type { WebRequest } from "../aws/client/proxy.js";

/** A request and its address. */
export interface SentRequest {
  readonly url: URL;
  readonly request: WebRequest;
}

/** Headers that only the host may see that they were set for (Go's net/http, "Client"). */
const OWN_HEADERS = new Set(["authorization", "www-authenticate", "cookie", "cookie2"]);

/**
 * Returns the request to send after a redirect (RFC 9110, 15.4). Throws for a redirect to another scheme, except from HTTP to HTTPS: a
 * server decides neither that a request is sent without encryption, nor that it reads a local file.
 */
export function redirected({ url, request }: SentRequest, location: string, status: number): SentRequest {
  const target = new URL(location, url);
  const isUpgrade = url.protocol === "http:" && target.protocol === "https:";
  if (target.protocol !== url.protocol && !isUpgrade) {
    const scheme = (each: URL) => each.protocol.replace(/:$/, "");
    throw new Error(`the server redirects from ${scheme(url)} to ${scheme(target)}, which is not followed`);
  }
  const kept = Object.entries(request.headers).filter(
    ([name]) => target.host === url.host || !OWN_HEADERS.has(name.toLowerCase()),
  );
  const { body, ...rest } = request;
  const again = status >= 307 || request.method === "GET" || request.method === "HEAD";
  return {
    url: target,
    request: {
      ...rest,
      method: again ? request.method : "GET",
      headers: Object.fromEntries(kept),
      ...(again && body !== undefined ? { body } : {}),
    },
  };
}
