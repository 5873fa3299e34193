import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "@jest/globals";
import { untilOver } from "../../src/core/until-over.js";

const never = new Promise<never>(() => undefined);

test("a wait returns the value, or that all is over", async () => {
  let end = (): void => undefined;
  const wait = untilOver(new Promise<void>((resolve) => (end = resolve)));
  expect(await wait(Promise.resolve("value"))).toBe("value");
  await expect(wait(Promise.reject(new Error("no")))).rejects.toThrow("no");
  const last = wait(never);
  end();
  expect(await last).toBe("over");
  expect(await wait(never)).toBe("over");
});

test("the values of earlier waits are not kept", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const wait = untilOver(never);
  const seen: WeakRef<Buffer>[] = [];
  for (let i = 0; i < 100; i += 1) {
    const piece = Buffer.alloc(100_000);
    seen.push(new WeakRef(piece));
    await wait(Promise.resolve(piece));
  }
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect(seen.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(10);
});
