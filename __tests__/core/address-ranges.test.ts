import { expect, test } from "@jest/globals";
import { isHostServiceAddress, isOwnAddress, isPrivateAddress } from "../../src/core/address-ranges.js";

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

test.each([
  ["169.254.169.254", true],
  ["169.254.170.2", true],
  ["169.254.170.23", true],
  ["168.63.129.16", true],
  ["100.100.100.200", true],
  ["fd00:ec2::254", true],
  ["fd00:0ec2:0::0:23", true],
  ["fd20:ce::254", true],
  ["::ffff:169.254.169.254", true],
  ["::ffff:a9fe:a9fe", true],
  ["64:ff9b::a9fe:a9fe", true],
  ["168.63.129.17", false],
  ["10.0.0.2", false],
  ["127.0.0.1", false],
  ["fd00:ec3::254", false],
  ["2001:db8::1", false],
])("%s is a service of the host's cloud: %s", (address, expected) => {
  expect(isHostServiceAddress(address)).toBe(expected);
});
