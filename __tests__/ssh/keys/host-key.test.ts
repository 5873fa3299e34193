import { describe, expect, test } from "@jest/globals";
import { pinHostKey } from "../../../src/ssh/keys/host-key.js";
import { wireString } from "../../../src/ssh/keys/wire.js";

const key = (text: string, type = "ssh-ed25519") => Buffer.concat([wireString(type), wireString(text)]);

function pinned({ check = true } = {}) {
  const accepted: string[] = [];
  const pin = pinHostKey({ name: "the machine", check, onNewKey: (summary) => accepted.push(summary) });
  return { pin, accepted };
}

test("any key is accepted until a login succeeds, and only that key afterwards", () => {
  const { pin } = pinned();
  expect([pin.accept(key("first boot")), pin.accept(key("own"))]).toEqual([true, true]);
  expect(pin.known()).toEqual([]);
  pin.confirm();
  expect(pin.known()).toEqual([`ssh-ed25519 ${key("own").toString("base64")}`]);
  expect(pin.accept(key("own"))).toBe(true);
  expect(pin.takeMismatch()).toBeUndefined();
  expect(pin.accept(key("other"))).toBe(false);
  expect(pin.takeMismatch()).toMatchObject({
    code: "ssh-host-key-changed",
    message: expect.stringMatching(/changed from ED25519 SHA256:\S{43} to ED25519 SHA256:\S{43}$/),
    hint: expect.stringContaining("‹ssh-accept-new-host-keys›"),
  });
  expect(pin.takeMismatch()).toBeUndefined();
});

test("a rejected key is not kept by a later login", () => {
  const { pin } = pinned();
  pin.accept(key("a"));
  pin.confirm();
  expect(pin.accept(key("b"))).toBe(false);
  expect(pin.accept(key("b"))).toBe(false);
  expect(pin.known()).toEqual([`ssh-ed25519 ${key("a").toString("base64")}`]);
});

describe("the keys that the server proved", () => {
  test("are accepted, and the key of the last login is preferred", () => {
    const { pin } = pinned();
    pin.accept(key("a"));
    pin.confirm();
    pin.learn([key("r", "ssh-rsa"), key("a"), key("e", "ecdsa-sha2-nistp256")]);
    expect(pin.types()).toEqual(["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"]);
    expect(pin.accept(key("r", "ssh-rsa"))).toBe(true);
    pin.confirm();
    expect(pin.types()).toEqual(["ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256"]);
    expect(pin.known()).toHaveLength(3);
    expect(pin.accept(key("other", "ssh-rsa"))).toBe(false);
  });

  test("are limited in number", () => {
    const { pin } = pinned();
    pin.accept(key("a"));
    pin.confirm();
    pin.learn(Array.from({ length: 1000 }, (_, index) => key(`${index}`)));
    expect(pin.known()).toHaveLength(32);
  });
});

test("without the check, a new key is accepted and reported once", () => {
  const { pin, accepted } = pinned({ check: false });
  pin.accept(key("a"));
  pin.confirm();
  expect(accepted).toEqual([]);
  for (let login = 0; login < 2; login++) {
    expect(pin.accept(key("b"))).toBe(true);
    pin.confirm();
  }
  expect(accepted).toEqual([expect.stringMatching(/^Accepted a new host key of the machine: ED25519 SHA256:\S{43}$/)]);
});
