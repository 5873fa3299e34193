import { expect, test } from "@jest/globals";
import { mapWithLimit } from "../../src/core/map-with-limit.js";

test.each([
  [0, 3, 0],
  [2, 3, 2],
  [10, 3, 3],
  [10, 1, 1],
])("%i items, %i at most: all are done in order, %i side by side", async (count, most, sideBySide) => {
  const items = Array.from({ length: count }, (_, index) => index);
  let now = 0;
  let highest = 0;
  const results = await mapWithLimit(items, most, async (item) => {
    now += 1;
    highest = Math.max(highest, now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    return item * 2;
  });
  expect(results).toEqual(items.map((item) => item * 2));
  expect(highest).toBe(sideBySide);
});

test("rejects with the first error and starts nothing after it", async () => {
  const started: number[] = [];
  const work = mapWithLimit([1, 2, 3, 4, 5], 2, async (item) => {
    started.push(item);
    await new Promise((resolve) => setImmediate(resolve));
    if (item === 2) throw new Error("no");
    return item;
  });
  await expect(work).rejects.toThrow("no");
  expect(started.length).toBeLessThan(5);
});

test("rejects once all running work has ended", async () => {
  const ended: number[] = [];
  const work = mapWithLimit([1, 2], 2, async (item) => {
    if (item === 1) throw new Error("first");
    await new Promise((resolve) => setImmediate(resolve));
    ended.push(item);
  });
  await expect(work).rejects.toThrow("first");
  expect(ended).toEqual([2]);
});
