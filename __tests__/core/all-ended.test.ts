import { expect, test } from "@jest/globals";
import { allEnded } from "../../src/core/all-ended.js";

test("results are returned in the order of the work", async () => {
  const slow = new Promise<string>((resolve) => void setImmediate(() => resolve("a")));
  expect(await allEnded([slow, Promise.resolve("b")])).toEqual(["a", "b"]);
});

test("an error is thrown only after the other work has ended", async () => {
  const log: string[] = [];
  let end: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => {
    end = resolve;
  }).then(() => log.push("slow ended"));
  const all = allEnded([Promise.reject(new Error("first")), slow]).catch((error: Error) => log.push(error.message));
  await new Promise(setImmediate);
  expect(log).toEqual([]);
  end();
  await all;
  expect(log).toEqual(["slow ended", "first"]);
});
