import { throttle } from "../../core/clock.js";
import type { ProgressEvent } from "../../core/events.js";
import { formatDuration } from "../../core/text.js";

/**
 * Decides which progress events are printed: of each wait, one after `interval` milliseconds and then at most one each `interval`,
 * by the times of the events.
 */
export function progressPacer(interval: number): (event: ProgressEvent) => boolean {
  const waits = new Map<string, PacedWait>();
  return (event) => {
    const key = `${event.build ?? ""}\n${event.what}`;
    const began = event.at - event.elapsed;
    const known = waits.get(key);
    // A wait for the same state that began after the last event of the previous wait is a new one.
    const wait = known && known.lastAt() >= began ? known : pacedWait(interval, began);
    waits.set(key, wait);
    return wait.isDue(event.at);
  };
}

/** A wait, and the time of its last event. */
interface PacedWait {
  lastAt(): number;
  isDue(at: number): boolean;
}

function pacedWait(interval: number, began: number): PacedWait {
  let last = began;
  const due = throttle(interval, () => last);
  return {
    lastAt: () => last,
    isDue(at) {
      last = at;
      return due();
    },
  };
}

/** Matches waits such as `instance i-1 to stop`. The text of other long work is complete as it is. */
const AWAITED = / to [a-z]+( [a-z]+)*$/;

/** One line about a wait: `Waiting for AMI ami-1 to become available: 45 %, pending, 2 minutes 30 seconds so far`. */
export function progressLine(event: Pick<ProgressEvent, "what" | "elapsed" | "percent" | "text">): string {
  const parts = [
    ...(event.percent === undefined ? [] : [`${Math.floor(event.percent)} %`]),
    ...(event.text ? [event.text] : []),
    `${formatDuration(Math.floor(event.elapsed / 1000) * 1000)} so far`,
  ];
  return `${AWAITED.test(event.what) ? "Waiting for " : ""}${event.what}: ${parts.join(", ")}`;
}
