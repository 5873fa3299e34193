import { proxiedFetch, type WebAnswer } from "../aws/client/proxy.js";
import { BakeError, messageOf } from "../core/errors.js";
import type { Environment } from "../core/surroundings.js";
import type { OptionsOf } from "../options/schema.js";
import type { httpOptions } from "./options.js";

/** Time limit of a request, in milliseconds. */
const DEADLINE = 60_000;

/**
 * `data.http` (Packer §2.6): the body, and the headers of the response under the name `request_headers`, as Packer has it.
 * Throws a `BakeError` for a status outside 2xx.
 */
export async function readHttp(
  options: OptionsOf<typeof httpOptions>,
  env: Environment,
  signal: AbortSignal,
): Promise<unknown> {
  const { url, method, request_body: body } = options;
  const request = {
    method,
    headers: options.request_headers,
    signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE)]),
    ...(body ? { body } : {}),
  };
  let answer: WebAnswer;
  try {
    answer = await proxiedFetch(url, request, env);
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause);
    throw new BakeError(`${method} ${url} failed: ${reason}`, { code: "http-failed", cause });
  }
  if (!answer.ok) {
    throw new BakeError(`${method} ${url} was answered with ${answer.status} ${answer.statusText}`, {
      code: "http-status",
      hint: "Check the address and the request headers.",
    });
  }
  return { url, body: await answer.text(), request_headers: Object.fromEntries(answer.headers) };
}
