import { BakeError } from "./errors.js";

/** The most that is read of one response, in bytes: as much as a template can read from a file. */
export const BODY_LIMIT = 16_000_000;

/**
 * Returns a body as text, after the server's compression is removed. Throws a `BakeError` (`response-too-large`) above the limit, and
 * stops reading: a server can send more than there is memory for, and a compressed body says nothing about its size.
 */
export async function readBody(body: AsyncIterable<Uint8Array> | null, limit = BODY_LIMIT): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > limit) throw tooLarge(limit);
    pieces.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
}

/** Returns a response whose body ends with the error of `readBody` above the limit, for clients that read bodies themselves. */
export function limitBody(response: Response, limit = BODY_LIMIT): Response {
  if (!response.body) return response;
  let size = 0;
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        size += piece.length;
        if (size > limit) controller.error(tooLarge(limit));
        else controller.enqueue(piece);
      },
    }),
  );
  const limited = new Response(counted, response);
  Object.defineProperty(limited, "url", { value: response.url });
  return limited;
}

function tooLarge(limit: number): BakeError {
  return new BakeError(`The response is larger than ${limit / 1_000_000} MB`, { code: "response-too-large" });
}
