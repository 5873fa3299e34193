import type { BakeEvent, Listener } from "../core/events.js";
import { type Redactor, redactDeep, redactEvent } from "./redact.js";
import { type BakeReport, EMPTY_REPORT, withEvent } from "./report.js";
import { type Wording, wording } from "./wording.js";

/** Folds what it hears into two reports. */
export interface ReportCollector {
  readonly listener: Listener;
  /** As it happened but for its complaints, which are redacted: for outputs, which name ids. */
  exact(): BakeReport;
  /** Redacted: for everything that people read. */
  redacted(): BakeReport;
}

/** Starts empty; `secrets` learns every secret that is told. Diagnostics are in the words of the front end. */
export function reportCollector(secrets: Redactor, words: Wording = {}): ReportCollector {
  let exact = EMPTY_REPORT;
  let redacted = EMPTY_REPORT;
  return {
    listener: wording((event) => {
      if (event.type === "secret") secrets.add(event.value);
      exact = withEvent(exact, redactComplaints(event, secrets));
      redacted = withEvent(redacted, redactEvent(event, secrets));
    }, words),
    exact: () => exact,
    redacted: () => redacted,
  };
}

function redactComplaints(event: BakeEvent, secrets: Redactor): BakeEvent {
  if (event.type === "diagnostic") return { ...event, diagnostic: redactDeep(event.diagnostic, secrets) };
  if (event.type !== "build-ended" || !event.error) return event;
  return { ...event, error: redactDeep(event.error, secrets) };
}
