import { expect, test } from "@jest/globals";
import type { Clock } from "../../src/core/clock.js";
import { Cancelled } from "../../src/core/errors.js";
import { type Interval, poll } from "../../src/core/poll.js";

/** A clock that jumps to the end of each sleep. */
function jumping(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      if (signal?.aborted) throw new Cancelled();
      now += ms;
    },
  };
}

/** When a wait asks for something that is done at `done`, in milliseconds. */
async function probesOf(interval: Interval, done: number, deadline?: number): Promise<readonly number[]> {
  const clock = jumping();
  const probes: number[] = [];
  await poll<void>({
    clock,
    interval,
    ...(deadline === undefined ? {} : { deadline }),
    onDeadline: (elapsed) => new Error(`gave up after ${elapsed}`),
    probe: async () => {
      probes.push(clock.now());
      return clock.now() >= done ? { state: "done", value: undefined } : { state: "waiting" };
    },
  });
  return probes;
}

test.each<[string, Interval, number, readonly number[]]>([
  ["at once", { first: 100, max: 1000 }, 0, [0]],
  ["then by half more each time", { first: 100, max: 1000 }, 400, [0, 100, 250, 475]],
  ["up to the longest", { first: 100, max: 120 }, 400, [0, 100, 220, 340, 460]],
  ["after a head start where nothing can be done yet", { head: 250, first: 100, max: 1000 }, 300, [250, 350]],
])("a wait asks %s", async (_, interval, done, expected) => {
  expect(await probesOf(interval, done)).toEqual(expected);
});

test("a wait of hours asks less often, and loses no more than a hundredth of its time", async () => {
  const hour = 3_600_000;
  const probes = await probesOf({ first: 500, max: 1500, longest: 15_000 }, 4 * hour);
  expect(probes.length).toBeLessThan(1500);
  const pauses = probes.slice(1).map((at, index) => at - (probes[index] ?? 0));
  expect(Math.max(...pauses)).toBe(15_000);
  const early = probes.filter((at) => at > 0 && at < 150_000).map((_, index) => pauses[index] ?? 0);
  expect(Math.max(...early)).toBe(1500);
});

test("the head interval counts towards the deadline", async () => {
  await expect(probesOf({ head: 500, first: 100, max: 1000 }, 10_000, 400)).rejects.toThrow("gave up after 500");
});

test("an aborted wait does not probe", async () => {
  const probe = async () => ({ state: "done", value: undefined }) as const;
  const options = { clock: jumping(), interval: { head: 1, first: 1, max: 1 }, onDeadline: () => new Error(), probe };
  await expect(poll<void>({ ...options, signal: AbortSignal.abort() })).rejects.toThrow(Cancelled);
});
