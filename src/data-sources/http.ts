import { proxiedFetch, type WebResponse } from "../aws/client/proxy.js";
import { BakeError, messageOf } from "../core/errors.js";
import { logRequest } from "../core/request-log.js";
import type { Surroundings } from "../core/surroundings.js";
import type { OptionsOf } from "../options/schema.js";
import type { httpOptions } from "./options.js";

/** Timeout of a request, in milliseconds. */
const TIMEOUT = 60_000;

type HttpSurroundings = Pick<Surroundings, "clock" | "debug" | "env">;

/**
 * Reads `data.http` (Packer §2.6): returns the body, and the headers of the response as `request_headers`, as Packer does.
 * Throws a `BakeError` when the request fails, and when the status is not 2xx.
 */
export async function readHttp(
  options: OptionsOf<typeof httpOptions>,
  { clock, debug, env }: HttpSurroundings,
  signal: AbortSignal,
): Promise<unknown> {
  const { url, method, request_body: body } = options;
  const request = {
    method,
    headers: options.request_headers,
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    ...(body ? { body } : {}),
  };
  let response: WebResponse;
  try {
    response = await logRequest(
      { clock, debug },
      // A path or a query may have a token.
      `HTTP ${method} ${new URL(url).host}`,
      () => proxiedFetch(url, request, env),
      ({ status }) => String(status),
    );
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause);
    throw new BakeError(`${method} ${url} failed: ${reason}`, { code: "http-failed", cause });
  }
  if (!response.ok) {
    throw new BakeError(`${method} ${url} failed: HTTP ${`${response.status} ${response.statusText}`.trim()}`, {
      code: "http-status",
      hint: 'Check "url" and "request_headers".',
    });
  }
  return { url, body: await response.text(), request_headers: Object.fromEntries(response.headers) };
}
