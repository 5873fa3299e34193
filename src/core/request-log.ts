import type { Clock } from "./clock.js";
import type { Debug } from "./debug.js";
import { messageOf } from "./errors.js";

/** The debug log of HTTP requests. */
export interface RequestLog {
  readonly debug: Debug;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Sends a request and logs it with its outcome and duration, or its error. `request` is the method and the address without a query or
 * credentials: headers and bodies are not logged. Returns or throws what `send` does.
 */
export async function logRequest<T>(
  { debug, clock }: RequestLog,
  request: string,
  send: () => Promise<T>,
  outcomeOf: (response: T) => string,
): Promise<T> {
  const began = clock.now();
  try {
    const response = await send();
    debug(() => `${request}: ${outcomeOf(response)}, ${clock.now() - began} ms`);
    return response;
  } catch (error) {
    debug(() => `${request}: failed after ${clock.now() - began} ms: ${messageOf(error)}`);
    throw error;
  }
}
