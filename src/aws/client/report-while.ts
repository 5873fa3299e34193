import type { Clock } from "../../core/clock.js";
import { messageOf } from "../../core/errors.js";
import type { ReportWait } from "../../core/surroundings.js";
import { AwsError } from "./errors.js";

/** Interval of the reports, in milliseconds. */
const REPORT_EVERY = 10_000;

/** What reports of a wait need. */
export interface ReportedWait {
  readonly clock: Pick<Clock, "now" | "sleep">;
  /** Undefined reports nothing. */
  readonly reportWait?: ReportWait | undefined;
}

/**
 * Returns the result of `work`, and reports a wait of more than ten seconds while it lasts, also if a service is silent. `what` is what is
 * waited for: `role … to be assumed`. `work` gets a function for errors that it retries: the reports have the last one.
 */
export async function reportWhile<T>(
  { clock, reportWait }: ReportedWait,
  what: string,
  work: (onRetry: (error: unknown) => void) => Promise<T>,
): Promise<T> {
  if (reportWait === undefined) return work(() => undefined);
  const ended = new AbortController();
  const began = clock.now();
  let last: string | undefined;
  const report = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await clock.sleep(REPORT_EVERY, ended.signal);
      reportWait(what, clock.now() - began, last);
    }
  };
  const reporting = report().catch(() => undefined);
  try {
    return await work((error) => {
      last = error instanceof AwsError ? error.awsMessage : messageOf(error);
    });
  } finally {
    ended.abort();
    await reporting;
  }
}
