import { expect, test } from "@jest/globals";
import { routeTo } from "../../src/engine/host-route.js";

test("the route to a host has the addresses of both ends", async () => {
  expect(await routeTo("127.0.0.1")).toEqual({ local: "127.0.0.1", remote: "127.0.0.1" });
});

test("a name that does not exist has no route", async () => {
  expect(await routeTo("no such host")).toBeUndefined();
});
