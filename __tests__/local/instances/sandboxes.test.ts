import { expect, test } from "@jest/globals";
import { queueByKey } from "../../../src/local/instances/sandboxes.js";

test("tasks of one key run in order, also after a failure; tasks of other keys do not wait", async () => {
  const turn = queueByKey();
  const seen: string[] = [];
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = turn("a", async () => {
    await gate;
    seen.push("a1");
    throw new Error("failed");
  });
  const second = turn("a", async () => {
    seen.push("a2");
    return 2;
  });
  expect(await turn("b", async () => seen.push("b1"))).toBe(1);
  open();
  await expect(first).rejects.toThrow("failed");
  expect(await second).toBe(2);
  expect(seen).toEqual(["b1", "a1", "a2"]);
});
