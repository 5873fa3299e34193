import { proxiedFetch, type WebRequest, type WebResponse } from "../aws/client/proxy.js";
import { readBody } from "../core/bounded-body.js";
import { BakeError, messageOf } from "../core/errors.js";
import { logRequest } from "../core/request-log.js";
import type { Surroundings } from "../core/surroundings.js";
import type { OptionsOf } from "../options/schema.js";
import type { httpOptions } from "./options.js";
import { redirected } from "./redirect.js";

/** Timeout of a request with its body and all redirects, in milliseconds. */
const TIMEOUT = 60_000;

/** Maximum number of redirects, as in Go's net/http. */
const MAX_REDIRECTS = 10;

type HttpSurroundings = Pick<Surroundings, "clock" | "debug" | "env">;

/**
 * Reads `data.http` (Packer §2.6): returns the body, and the headers of the response as `request_headers`, as Packer does.
 * Throws a `BakeError` when the request fails, when the status is not 2xx, and when the body is larger than 16 MB.
 */
export async function readHttp(
  options: OptionsOf<typeof httpOptions>,
  surroundings: HttpSurroundings,
  signal: AbortSignal,
): Promise<unknown> {
  const { url, method, request_body: body } = options;
  const request: WebRequest = {
    method,
    headers: options.request_headers,
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    redirect: "manual",
    ...(body ? { body } : {}),
  };
  const response = await failing(`${method} ${url}`, () => follow(url, request, surroundings));
  if (!response.ok) {
    await response.body?.cancel();
    throw new BakeError(`${method} ${url} failed: HTTP ${`${response.status} ${response.statusText}`.trim()}`, {
      code: "http-status",
      hint: 'Check "url" and "request_headers".',
    });
  }
  const text = await failing(`${method} ${url}`, () => readBody(response.body));
  return { url, body: text, request_headers: Object.fromEntries(response.headers) };
}

/** Runs a part of a request. Its error gets the request and the reason. */
async function failing<T>(request: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause);
    const code = cause instanceof BakeError ? cause.code : "http-failed";
    throw new BakeError(`${request} failed: ${reason}`, { code, cause });
  }
}

/** Sends a request, and again to the address of each redirect. Returns the first response that is none. */
async function follow(url: string, request: WebRequest, surroundings: HttpSurroundings): Promise<WebResponse> {
  let current = { url: new URL(url), request };
  for (let redirects = 0; ; redirects++) {
    const response = await send(current.url, current.request, surroundings);
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    await response.body?.cancel();
    if (redirects >= MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects`);
    current = redirected(current, location, response.status);
  }
}

async function send(url: URL, request: WebRequest, { clock, debug, env }: HttpSurroundings): Promise<WebResponse> {
  return logRequest(
    { clock, debug },
    // A path or a query may have a token.
    `HTTP ${request.method} ${url.host}`,
    () => proxiedFetch(url.href, request, env),
    ({ status }) => String(status),
  );
}
