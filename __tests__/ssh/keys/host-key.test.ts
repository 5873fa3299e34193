import { expect, test } from "@jest/globals";
import { pinHostKey } from "../../../src/ssh/keys/host-key.js";
import { wireString } from "../../../src/ssh/keys/wire.js";

const key = (text: string) => Buffer.concat([wireString("ssh-ed25519"), wireString(text)]);

test("any key is accepted until a login succeeds, and only that key afterwards", () => {
  const pin = pinHostKey("the machine");
  expect([pin.accept(key("first boot")), pin.accept(key("own"))]).toEqual([true, true]);
  expect(pin.known()).toBeUndefined();
  pin.confirm();
  expect(pin.known()).toBe(`ssh-ed25519 ${key("own").toString("base64")}`);
  expect(pin.accept(key("own"))).toBe(true);
  expect(pin.takeMismatch()).toBeUndefined();
  expect(pin.accept(key("other"))).toBe(false);
  expect(pin.takeMismatch()).toMatchObject({ code: "ssh-host-key-changed" });
  expect(pin.takeMismatch()).toBeUndefined();
});

test("a later login does not change the pinned key", () => {
  const pin = pinHostKey("the machine");
  pin.accept(key("a"));
  pin.confirm();
  pin.accept(key("b"));
  pin.confirm();
  expect(pin.known()).toContain(key("a").toString("base64"));
});
