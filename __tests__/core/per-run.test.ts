import { expect, test } from "@jest/globals";
import { createdOnce, entryOf } from "../../src/core/per-run.js";

test("a value is created once for each object, and two objects share none", () => {
  let created = 0;
  const stateOf = createdOnce((_run: object) => ({ number: ++created }));
  const [one, other] = [{}, {}];
  expect([stateOf(one), stateOf(other), stateOf(one), stateOf(other)].map(({ number }) => number)).toEqual([
    1, 2, 1, 2,
  ]);
  expect(stateOf(one)).toBe(stateOf(one));
});

test("an entry of a map is created once", () => {
  const map = new Map<string, object>();
  const first = entryOf(map, "a", () => ({}));
  expect(entryOf(map, "a", () => ({}))).toBe(first);
  expect([...map.keys()]).toEqual(["a"]);
});
