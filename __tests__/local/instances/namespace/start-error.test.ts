import { expect, test } from "@jest/globals";
import { orderError, startError } from "../../../../src/local/instances/namespace/start-error.js";

const NOT_INSTALLED = 'this user is not root, and "sudo" is not installed';

test.each([
  ["a plain user without sudo", "spawn sudo ENOENT", NOT_INSTALLED, /^Run as root, install sudo and allow/],
  [
    "a plain user whose sudo needs a password",
    "sudo: a password is required",
    "sudo: a password is required",
    /^Run as root, allow sudo without a password for this user/,
  ],
  [
    "a user whom sudo does not know",
    "ann is not in the sudoers file.",
    "ann is not in the sudoers file.",
    /^Run as root, allow sudo without a password for this user/,
  ],
  [
    "sudo in a container without new privileges",
    'sudo: The "no new privileges" flag is set, which prevents sudo from running as root.',
    'sudo: The "no new privileges" flag is set, which prevents sudo from running as root.',
    /^Run as root, /,
  ],
  ["root without Perl", "spawn perl ENOENT", '"perl" is not installed', /^Install Perl /],
  ["sudo without Perl", "sudo: perl: command not found", '"perl" is not installed', /^Install Perl /],
  [
    "no user namespaces",
    "no user namespace: unshare: Operation not permitted",
    "no user namespace: unshare: Operation not permitted",
    /^Allow user namespaces /,
  ],
  ["a full disk", "mkdir: No space left on device", "mkdir: No space left on device", /--local-state/],
  ["an old kernel", "mount: Invalid argument", "mount: Invalid argument", /^Use Linux 5\.19 or later/],
])("%s: the message names what is missing, the hint what to do", (_name, why, message, hint) => {
  expect(startError(why)).toMatchObject({
    code: /No space/.test(why) ? "local-disk-full" : "local-machines",
    message: `Could not start local instances: ${message}`,
    hint: expect.stringMatching(hint),
  });
});

test.each([
  ["write: No space left on device", "local-disk-full", expect.stringContaining("--local-state")],
  ["i-1: no such instance", "local-machine", undefined],
])("an order that fails with %j", (why, code, hint) => {
  expect(orderError(why)).toMatchObject({ code, message: `Local instance failed: ${why}`, hint });
});
