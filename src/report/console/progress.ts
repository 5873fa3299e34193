import type { ProgressEvent } from "../../core/events.js";
import { formatDuration } from "../../core/text.js";

/**
 * Decides which progress events are printed: of each wait, one after `interval` milliseconds and then at most one each `interval`.
 */
export function progressPacer(interval: number): (event: ProgressEvent) => boolean {
  const printed = new Map<string, number>();
  return (event) => {
    const wait = `${event.build ?? ""}\n${event.what}`;
    const began = event.at - event.elapsed;
    const last = printed.get(wait);
    const since = last === undefined || last < began ? began : last;
    if (event.at - since < interval) return false;
    printed.set(wait, event.at);
    return true;
  };
}

/** What is waited for reads `instance i-1 to stop`; other long work says itself what it does. */
const AWAITED = / to [a-z]+( [a-z]+)*$/;

/** One line about a wait: `Waiting for AMI ami-1 to become available: 45 %, pending, 2 minutes 30 seconds so far`. */
export function progressLine(event: ProgressEvent): string {
  const parts = [
    ...(event.percent === undefined ? [] : [`${Math.floor(event.percent)} %`]),
    ...(event.text ? [event.text] : []),
    `${formatDuration(Math.floor(event.elapsed / 1000) * 1000)} so far`,
  ];
  return `${AWAITED.test(event.what) ? "Waiting for " : ""}${event.what}: ${parts.join(", ")}`;
}
