/**
 * What can happen at an API call: each kind makes the faults for a call (`at`: `{ seq }`, or `{ action, nth }`) of the process `pid`.
 * `after` is what the runner, or nobody, does next; `strikes` says which actions the kind can strike, where it is not every one.
 */

const LIMIT = { code: "RequestLimitExceeded", message: "Request limit exceeded.", status: 503 };
const INTERNAL = { code: "InternalError", message: "An internal error has occurred", status: 500 };

/** What an encrypted volume's instance or copy dies of, some time after the call was answered well. */
const KMS = "Client.InternalError: Client error on launch: the KMS key is not accessible";

const READ = /^(Describe|Get|List)/;
const MAKES_IN_TIME = /^(RunInstances|CreateImage|CopyImage)$/;

/** The calls from this one on: `many` of them. */
const during = (at, many, fault) => Array.from({ length: many }, (_, index) => ({ ...next(at, index), ...fault }));
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
    strikes: (action) => READ.test(action),
    faults: (at) => [{ ...at, do: "stale", seconds: 2 }],
  },
  "fails late": {
    after: "post",
    strikes: (action) => MAKES_IN_TIME.test(action),
    faults: (at) => [{ ...at, do: "fail", code: "Client.InternalError", message: KMS }],
  },
};
