import { randomUUID } from "node:crypto";
import { expect, test } from "@jest/globals";
import { takeEngineTurn } from "./engine-turn.js";

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux("one after the other, however many wait", async () => {
  const name = `\0${randomUUID()}`;
  const order: string[] = [];
  const first = await takeEngineTurn(name);
  let using = 1;
  const others = ["second", "third"].map(async (who) => {
    const done = await takeEngineTurn(name);
    using += 1;
    order.push(`${who} of ${using}`);
    using -= 1;
    done();
  });
  await new Promise((resolve) => setImmediate(resolve));
  order.push("first");
  using -= 1;
  first();
  await Promise.all(others);
  expect(order[0]).toBe("first");
  expect(order.slice(1).sort()).toEqual(["second of 1", "third of 1"]);
});
