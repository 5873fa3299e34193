import { expect, test } from "@jest/globals";
import { isOwnAddress, isPrivateAddress } from "../../src/core/address-ranges.js";

test.each([
  ["10.1.2.3", true, false],
  ["172.31.4.5", true, false],
  ["172.32.0.1", false, false],
  ["192.168.1.1", true, false],
  ["100.64.0.1", true, false],
  ["203.0.113.9", false, false],
  ["127.0.0.1", false, true],
  ["169.254.169.254", false, true],
  ["fd00::1", true, false],
  ["2001:db8::1", false, false],
  ["::1", false, true],
  ["fe80::1", false, true],
])("%s is private: %s, the host's own: %s", (address, isPrivate, isOwn) => {
  expect([isPrivateAddress(address), isOwnAddress(address)]).toEqual([isPrivate, isOwn]);
});
