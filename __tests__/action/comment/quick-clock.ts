import type { Clock } from "../../../src/core/clock.js";

/** Returns a clock whose waits pass at once, and the waits in milliseconds. */
export function quickClock(): { readonly clock: Clock; readonly waits: readonly number[] } {
  const waits: number[] = [];
  let now = Date.parse("2026-01-02T03:04:05Z");
  const clock: Clock = {
    now: () => now,
    async sleep(ms) {
      waits.push(ms);
      now += ms;
    },
  };
  return { clock, waits };
}
