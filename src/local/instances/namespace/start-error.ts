import { BakeError } from "../../../core/errors.js";

const FULL = "Free disk space, or set --local-state to a directory on another disk.";

/** What was printed or thrown, the message it becomes if it says too little, and what to do. The first row that matches counts. */
const REASONS: readonly (readonly [cause: RegExp, message: string | undefined, hint: string])[] = [
  [
    /^spawn sudo ENOENT/,
    'this user is not root, and "sudo" is not installed',
    "Run as root, install sudo and allow this user to use it without a password, or start a Docker engine that this user can access.",
  ],
  [
    /^spawn perl ENOENT|sudo: perl: command not found/,
    '"perl" is not installed',
    "Install Perl (package perl-base or perl), or start a Docker engine.",
  ],
  [
    /^sudo: |password|sudoers|not allowed to execute|not root/,
    undefined,
    "Run as root, allow sudo without a password for this user, or start a Docker engine that this user can access.",
  ],
  [/user namespace/, undefined, "Allow user namespaces (sysctl user.max_user_namespaces), or start a Docker engine."],
  [/No space/, undefined, FULL],
];

const OTHERWISE = "Use Linux 5.19 or later and root with all capabilities, or start a Docker engine.";

/**
 * The error `local-machines`, or `local-disk-full`, for sandboxes that could not start. `why` is what the supervisor, sudo or Perl printed, or the message of
 * the failed `spawn`.
 */
export function startError(why: string): BakeError {
  const [, message, hint] = REASONS.find(([cause]) => cause.test(why)) ?? [undefined, undefined, OTHERWISE];
  const code = hint === FULL ? "local-disk-full" : "local-machines";
  return new BakeError(`Could not start local instances: ${message ?? why}`, { code, hint });
}

/** The error `local-machine`, or `local-disk-full`, for an order that the supervisor refused: `why` is its message. */
export function orderError(why: string): BakeError {
  const full = /No space/.test(why);
  return new BakeError(`Local instance failed: ${why}`, {
    code: full ? "local-disk-full" : "local-machine",
    hint: full ? FULL : undefined,
  });
}
