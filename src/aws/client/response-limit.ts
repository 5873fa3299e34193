import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest, IncomingMessage } from "node:http";

/** The most that is read of one response, in bytes. A page of EC2 with a thousand images and all their tags has about 25 MB. */
export const RESPONSE_LIMIT = 32_000_000;

/** Where Node publishes each response of `node:http` and `node:https` before its body is read (Node.js, "diagnostics_channel"). */
const RESPONSES = "http.client.response.finish";

/** The code of a response above the limit, in the place of AWS's code. */
export const TOO_LARGE = "ResponseTooLarge";

/**
 * Runs `work`. Each HTTP response that arrives meanwhile ends with an error (`ResponseTooLarge`) above the limit: the AWS SDK holds bodies
 * in memory, also those of the metadata services, for which it has no setting. Calls back with that error; returns and throws what `work`
 * does.
 */
export async function limitResponses<T>(
  work: () => Promise<T>,
  onRefusal: (error: Error) => void = () => undefined,
): Promise<T> {
  const onResponse = (message: unknown) => {
    const { request, response } = message as { readonly request: ClientRequest; readonly response: IncomingMessage };
    // Another call that runs at the same time has limited it.
    if (!Object.hasOwn(response, "push")) limitBody(request, response, onRefusal);
  };
  subscribe(RESPONSES, onResponse);
  try {
    return await work();
  } finally {
    unsubscribe(RESPONSES, onResponse);
  }
}

/** Counts the bytes of a body as they arrive. A listener would start the flow before the SDK reads it. */
function limitBody(request: ClientRequest, response: IncomingMessage, onRefusal: (error: Error) => void): void {
  const push = response.push.bind(response);
  let size = 0;
  response.push = (chunk: Uint8Array | null, encoding) => {
    size += chunk?.length ?? 0;
    if (size <= RESPONSE_LIMIT) return push(chunk, encoding);
    const error = tooLarge(request.host);
    onRefusal(error);
    response.destroy(error);
    return false;
  };
}

function tooLarge(host: string): Error {
  const error = new Error(`The response of ${host} is larger than ${RESPONSE_LIMIT / 1_000_000} MB`);
  // With metadata of its own, the SDK adds no advice about its fields to the message.
  return Object.assign(error, { code: TOO_LARGE, $metadata: {} });
}
