import { describe, expect, test } from "@jest/globals";
import { createTokenBucket } from "../../../src/aws/client/pace.js";
import type { Clock } from "../../../src/core/clock.js";

/** A clock that moves by sleeping. */
function sleeper(): Clock & { readonly slept: number[] } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (ms) => {
      slept.push(Math.round(ms));
      now += ms;
    },
  };
}

async function turns(pace: ReturnType<typeof createTokenBucket>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await pace.wait(undefined);
}

describe("a token bucket", () => {
  test("allows a burst, then limits the rate", async () => {
    const clock = sleeper();
    await turns(createTokenBucket(clock, 10, 3), 6);
    expect(clock.slept).toEqual([100, 100, 100]);
  });

  test("fills up again, no higher than the burst", async () => {
    const clock = sleeper();
    const pace = createTokenBucket(clock, 10, 3);
    await turns(pace, 3);
    await clock.sleep(60_000);
    await turns(pace, 4);
    expect(clock.slept).toEqual([60_000, 100]);
  });

  test("halves its rate when throttled, and raises it by a tenth with each successful call", async () => {
    const clock = sleeper();
    const pace = createTokenBucket(clock, 10, 1);
    pace.slowDown();
    await turns(pace, 2);
    expect(clock.slept).toEqual([200, 200]);
    for (let i = 0; i < 8; i++) pace.speedUp();
    await turns(pace, 2);
    expect(clock.slept).toEqual([200, 200, 100]);
  });

  test("delays parallel callers one after the other", async () => {
    const clock = sleeper();
    const pace = createTokenBucket({ ...clock, now: () => 0 }, 10, 1);
    await Promise.all([pace.wait(undefined), pace.wait(undefined), pace.wait(undefined)]);
    expect(clock.slept).toEqual([100, 200]);
  });
});
