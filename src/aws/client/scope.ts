import type { Narrator } from "../../core/events.js";
import type { AwsSession } from "./session.js";

/** Where calls go, what ends them, and who hears of the progress of waits. */
export interface CallScope {
  readonly session: AwsSession;
  readonly region: string;
  readonly signal: AbortSignal;
  readonly narrator?: Narrator | undefined;
}
