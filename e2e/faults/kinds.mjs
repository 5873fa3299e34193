/**
 * The kinds of fault. `faults(at, pid)` returns the faults for a call (`at`: `{ seq }`, or `{ action, nth }`) of the process `pid`.
 * `after` is the cleanup that follows: the post step, or a sweep. `appliesTo` limits a kind to some API actions.
 */

const LIMIT = { code: "RequestLimitExceeded", message: "Request limit exceeded.", status: 503 };
const INTERNAL = { code: "InternalError", message: "An internal error has occurred", status: 500 };

/** The state reason of an instance or copy with an encrypted volume that fails some time after the call succeeded. */
const KMS = "Client.InternalError: Client error on launch: the KMS key is not accessible";

const READ = /^(Describe|Get|List)/;
const ASYNCHRONOUS = /^(RunInstances|CreateImage|CopyImage)$/;

/** Returns the same fault for `count` calls, from this call on. */
const during = (at, count, fault) => Array.from({ length: count }, (_, index) => ({ ...next(at, index), ...fault }));
const next = (at, index) => (at.seq === undefined ? { ...at, nth: at.nth + index } : { seq: at.seq + index });

export const KINDS = {
  "killed before": { after: "post", faults: (at, pid) => [{ ...at, when: "before", do: "kill", pid }] },
  "killed after": { after: "post", faults: (at, pid) => [{ ...at, when: "after", do: "kill", pid }] },
  "runner lost": { after: "sweep", faults: (at, pid) => [{ ...at, when: "after", do: "kill", pid }] },
  "answer lost": { after: "post", faults: (at) => [{ ...at, when: "after", do: "hangup" }] },
  SIGINT: { after: "post", faults: (at, pid) => [{ ...at, when: "after", do: "int", pid }] },
  "SIGINT, killed": {
    after: "post",
    faults: (at, pid) => [
      { ...at, when: "after", do: "int", pid },
      { ...next(at, 3), when: "after", do: "kill", pid },
    ],
  },
  SIGTERM: { after: "post", faults: (at, pid) => [{ ...at, when: "after", do: "term", pid }] },
  throttled: { after: "post", faults: (at) => during(at, 5, { do: "error", ...LIMIT }) },
  "error 500": { after: "post", faults: (at) => during(at, 3, { do: "error", ...INTERNAL }) },
  reset: { after: "post", faults: (at) => during(at, 3, { do: "reset" }) },
  hang: { after: "post", faults: (at) => [{ ...at, do: "hang" }] },
  "stale read": {
    after: "post",
    appliesTo: (action) => READ.test(action),
    faults: (at) => [{ ...at, do: "stale", seconds: 2 }],
  },
  "fails late": {
    after: "post",
    appliesTo: (action) => ASYNCHRONOUS.test(action),
    faults: (at) => [{ ...at, do: "fail", code: "Client.InternalError", message: KMS }],
  },
};
