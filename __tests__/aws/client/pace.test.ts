import { describe, expect, test } from "@jest/globals";
import { createTokenBucket, type Pace, sharedPace } from "../../../src/aws/client/pace.js";
import type { Clock } from "../../../src/core/clock.js";
import { Cancelled } from "../../../src/core/errors.js";

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

async function turns(pace: Pace, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await pace.wait(undefined);
}

/** Sends calls for a time against a limit of `rate` calls per second with a burst; returns how many passed and how many were refused. */
async function sendFor(seconds: number, limit: { readonly rate: number; readonly burst: number }) {
  const clock = sleeper();
  const pace = createTokenBucket(clock, 10, 50);
  let tokens = limit.burst;
  let filled = 0;
  const counts = { passed: 0, refused: 0 };
  while (clock.now() < seconds * 1000) {
    const turn = await pace.wait(undefined);
    tokens = Math.min(limit.burst, tokens + ((clock.now() - filled) / 1000) * limit.rate);
    filled = clock.now();
    if (tokens >= 1) {
      tokens -= 1;
      counts.passed += 1;
    } else {
      counts.refused += 1;
      turn.refused();
      await clock.sleep(500);
    }
  }
  return counts;
}

/** A clock whose sleeps end in the order of their times, as soon as nothing else is to be done. */
function virtualClock(): Clock & { run(until: number): Promise<void> } {
  let now = 0;
  const sleeps: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (ms) => new Promise((resolve) => void sleeps.push({ at: now + ms, wake: resolve })),
    async run(until) {
      while (now < until) {
        await new Promise(setImmediate);
        const next = sleeps.sort((one, other) => one.at - other.at).shift();
        if (!next) return;
        now = next.at;
        next.wake();
      }
    },
  };
}

/** As `sendFor`, with many calls in parallel whose responses take `latency` milliseconds. */
async function sendInParallel(seconds: number, limit: { readonly rate: number; readonly latency: number }) {
  const clock = virtualClock();
  const pace = createTokenBucket(clock, 10, 50);
  let tokens = 5;
  let filled = 0;
  const counts = { passed: 0, refused: 0 };
  const sender = async (): Promise<void> => {
    for (;;) {
      const turn = await pace.wait(undefined);
      tokens = Math.min(5, tokens + ((clock.now() - filled) / 1000) * limit.rate);
      filled = clock.now();
      const passes = tokens >= 1;
      if (passes) tokens -= 1;
      counts[passes ? "passed" : "refused"] += 1;
      await clock.sleep(limit.latency);
      if (!passes) turn.refused();
    }
  };
  for (let count = 0; count < 40; count++) sender().catch(() => undefined);
  await clock.run(seconds * 1000);
  return counts;
}

test("sessions with one clock share the pace of a service and Region", () => {
  const [clock, rate] = [sleeper(), { perSecond: 10, burst: 1 }];
  const pace = sharedPace(clock, "ec2 us-east-1", rate);
  expect(sharedPace(clock, "ec2 us-east-1", rate)).toBe(pace);
  expect(sharedPace(clock, "ec2 eu-west-1", rate)).not.toBe(pace);
  expect(sharedPace(sleeper(), "ec2 us-east-1", rate)).not.toBe(pace);
});

describe("a refusal", () => {
  const rate = { perSecond: 10, burst: 50 };
  const names = ["ec2 us-east-1", "ec2 eu-west-1", "ssm us-east-1"];

  test("of a Region that sent few calls slows down that Region", async () => {
    const clock = sleeper();
    const [one, two] = names.map((name) => sharedPace(clock, name, rate));
    if (!one || !two) throw new Error("there are three names");
    (await one.wait(undefined)).refused();
    await turns(two, 2);
    expect(clock.slept).toEqual([]);
    await turns(one, 1);
    expect(clock.slept).toEqual([200]);
  });

  test("of three Regions and services that sent few calls shows a limit on all calls", async () => {
    const clock = sleeper();
    const paces = names.map((name) => sharedPace(clock, name, rate));
    for (const pace of paces) (await pace.wait(undefined)).refused();
    const other = sharedPace(clock, "ec2 sa-east-1", rate);
    await turns(other, 2);
    expect(clock.slept).toHaveLength(2);
    for (const pause of clock.slept) expect(pause).toBeGreaterThan(150);
  });
});

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

  test("halves its rate when throttled, once for the calls of one burst, and recovers", async () => {
    const clock = sleeper();
    const pace = createTokenBucket(clock, 10, 2);
    const sent = [await pace.wait(undefined), await pace.wait(undefined)];
    for (const turn of sent) turn.refused();
    await turns(pace, 1);
    expect(clock.slept).toEqual([200]);
    await clock.sleep(60_000);
    await turns(pace, 3);
    expect(clock.slept.slice(2)).toEqual([100]);
  });

  test("sends parallel calls one after the other, in their order", async () => {
    const clock = sleeper();
    const pace = createTokenBucket(clock, 10, 1);
    const order: number[] = [];
    await Promise.all([1, 2, 3].map((call) => pace.wait(undefined).then(() => order.push(call))));
    expect(order).toEqual([1, 2, 3]);
    expect(clock.slept).toEqual([100, 100]);
  });

  test("lets a call whose signal is aborted go at once, and keeps its place for nobody", async () => {
    const clock = sleeper();
    const never: Clock = { now: clock.now, sleep: () => new Promise(() => undefined) };
    const pace = createTokenBucket(never, 10, 1);
    await pace.wait(undefined);
    const stop = new AbortController();
    const first = pace.wait(undefined);
    const second = pace.wait(stop.signal);
    stop.abort(new Cancelled("by the test"));
    await expect(second).rejects.toThrow("by the test");
    expect(first).toBeInstanceOf(Promise);
  });

  test.each([
    [2, 5, 0.05],
    [0.5, 5, 0.07],
    [5, 20, 0.05],
  ])(
    "adapts to a limit of %d calls a second: few refusals, and most of what the limit allows",
    async (rate, burst, most) => {
      const { passed, refused } = await sendFor(600, { rate, burst });
      expect(refused / (passed + refused)).toBeLessThan(most);
      expect(passed).toBeGreaterThan(0.6 * rate * 600);
    },
  );

  test.each([
    [2, 100, 0.05],
    [2, 1500, 0.05],
    [5, 3000, 0.05],
    [2, 5000, 0.12],
  ])("adapts to %d calls a second when responses to many calls in parallel take %d ms", async (rate, latency, most) => {
    const { passed, refused } = await sendInParallel(1200, { rate, latency });
    expect(refused / (passed + refused)).toBeLessThan(most);
    expect(passed).toBeGreaterThan(0.9 * rate * 1200);
  });
});

test.each(["before", "after"])(
  "a clock that is set back by a day does not stop the calls (%s a refusal)",
  async (when) => {
    const clock = sleeper();
    let back = 0;
    const pace = createTokenBucket({ ...clock, now: () => clock.now() - back }, 10, 50);
    await turns(pace, 3);
    if (when === "after") (await pace.wait(undefined)).refused();
    back = 25 * 3_600_000;
    await turns(pace, 60);
    const slept = clock.slept.reduce((sum, ms) => sum + ms, 0);
    expect(slept).toBeLessThan(when === "before" ? 2000 : 60_000);
  },
);
