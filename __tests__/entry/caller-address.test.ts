import { expect, test } from "@jest/globals";
import { callerAddressFinder } from "../../src/entry/caller-address.js";

const { signal } = new AbortController();

test("the caller's address is asked once for builds that start together, and anew when it may have changed", async () => {
  let now = 0;
  let asked = 0;
  const find = callerAddressFinder(
    async () => `192.0.2.${++asked}`,
    () => now,
  );
  expect(await Promise.all([find(signal), find(signal)])).toEqual(["192.0.2.1", "192.0.2.1"]);
  now = 20_000;
  expect(await find(signal)).toBe("192.0.2.2");
});

test("a question that was not answered is put again", async () => {
  const answers = [Promise.reject(new Error("no route")), Promise.resolve("2001:db8::1")];
  const find = callerAddressFinder(async () => answers.shift() ?? "");
  await expect(find(signal)).rejects.toThrow("no route");
  expect(await find(signal)).toBe("2001:db8::1");
});
