import type { MetadataBearer, MiddlewareStack } from "@smithy/types";

/**
 * The time of AWS, by the `Date` header of the last response. Ages of resources and leases are computed with it, because the clock of a
 * runner can be wrong.
 */
export interface ServerTime {
  /** Returns milliseconds since the epoch, to the second: of AWS, or of this host before the first response. */
  now(): number;
  /** Records the `Date` header of a response. A missing or malformed header is ignored. */
  observe(date: string | undefined): void;
}

/** Returns the time of AWS. `now` is this host's clock. `elapsed` returns monotonic milliseconds, which a change of the clock does not move. */
export function createServerTime(now: () => number, elapsed: () => number): ServerTime {
  let last: { readonly date: number; readonly at: number } | undefined;
  return {
    now: () => (last === undefined ? now() : last.date + Math.round(elapsed() - last.at)),
    observe: (text) => {
      const date = Date.parse(text ?? "");
      if (!Number.isNaN(date)) last = { date, at: elapsed() };
    },
  };
}

/** The part of an SDK client that sees responses. */
export interface ObservedClient<In extends object, Out extends MetadataBearer> {
  readonly middlewareStack: Pick<MiddlewareStack<In, Out>, "add">;
}

/** Records the `Date` header of each response of a client, also of errors. */
export function observeDates<In extends object, Out extends MetadataBearer>(
  { middlewareStack }: ObservedClient<In, Out>,
  time: ServerTime,
): void {
  // With low priority in the step "deserialize", the middleware is next to the HTTP handler: it sees error responses too.
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      time.observe(dateOf(result.response));
      return result;
    },
    { step: "deserialize", priority: "low", name: "observeDates" },
  );
}

function dateOf(response: unknown): string | undefined {
  if (typeof response !== "object" || response === null || !("headers" in response)) return undefined;
  const { headers } = response;
  if (typeof headers !== "object" || headers === null || !("date" in headers)) return undefined;
  return typeof headers.date === "string" ? headers.date : undefined;
}
