import type { Clock } from "../../core/clock.js";
import type { Debug } from "../../core/debug.js";
import { messageOf } from "../../core/errors.js";
import { type AwsCall, codeOf } from "./errors.js";

/** The debug log of API calls. */
export interface AttemptLog {
  readonly debug: Debug;
  readonly clock: Pick<Clock, "now">;
}

/** What the SDK reports about a response, also about one with an error. */
interface Metadata {
  readonly httpStatusCode?: number | undefined;
  readonly requestId?: string | undefined;
  /** Attempts of the SDK itself, where its retries are on. */
  readonly attempts?: number | undefined;
}

/**
 * Sends one attempt of a call and logs it: service, Region, action, duration, attempt, status and request ID, and AWS's error. Parameters
 * are not logged, because they can have secrets. Returns or throws what `send` does.
 */
export async function logAttempt<O extends { readonly $metadata: Metadata }>(
  { debug, clock }: AttemptLog,
  call: AwsCall & { readonly attempt: number },
  send: () => Promise<O>,
): Promise<O> {
  const began = clock.now();
  const line = (outcome: string, metadata: Metadata | undefined) => {
    const { service, region, operation, attempt } = call;
    const facts = [
      outcome,
      ...(metadata?.httpStatusCode === undefined ? [] : [`HTTP ${metadata.httpStatusCode}`]),
      `${clock.now() - began} ms`,
      `attempt ${attempt - 1 + (metadata?.attempts ?? 1)}`,
      ...(metadata?.requestId ? [`request ID ${metadata.requestId}`] : []),
    ];
    return `AWS ${service}:${operation} in ${region}: ${facts.join(", ")}`;
  };
  try {
    const output = await send();
    debug(() => line("OK", output.$metadata));
    return output;
  } catch (error) {
    debug(() => {
      const metadata = metadataOf(error);
      const outcome = metadata?.httpStatusCode === undefined ? `no response (${codeOf(error)})` : codeOf(error);
      return `${line(outcome, metadata)}: "${messageOf(error)}"`;
    });
    throw error;
  }
}

function metadataOf(error: unknown): Metadata | undefined {
  const found = typeof error === "object" && error !== null && "$metadata" in error ? error.$metadata : undefined;
  return typeof found === "object" && found !== null ? found : undefined;
}
