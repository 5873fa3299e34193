import { messageOf } from "../../../core/errors.js";
import type { Cloud } from "../cloud.js";
import { addedTo, type Holdings, holdings } from "../holdings.js";
import { applyPolicy, readPolicyRule } from "../iam/enforcement.js";
import { applySeed, readSeed } from "../seed.js";
import type { CallLog } from "./calls.js";
import { type FaultTable, readFaults } from "./faults.js";
import type { HttpResponse } from "./responses.js";
import { readThrottle, type Throttle } from "./throttle.js";

/** What can be read and changed outside the API, for tests and observers. */
export interface Control {
  readonly cloud: Cloud;
  readonly log: CallLog;
  readonly faults: FaultTable;
  readonly throttle: Throttle;
  /** Moves the clock of the cloud forward, in seconds: all states and the `Date` of its responses follow. */
  readonly pass: (seconds: number) => void;
  /** What was held when the baseline was taken. */
  baseline: Holdings;
  /** Seconds that the service's clock is ahead of this host's; undefined if signatures are not checked. */
  skew: number | undefined;
}

/** What the account holds beyond the baseline. */
export function heldNow(control: Control): Holdings {
  return addedTo(holdings(control.cloud), control.baseline);
}

/** Path under which the control calls are. */
export const CONTROL_PATH = "/_local/";

type Verb = (control: Control, body: () => unknown) => unknown;

const VERBS: Readonly<Record<string, Verb>> = {
  calls: (control) => control.log.list(),
  held: heldNow,
  baseline: (control) => {
    control.baseline = holdings(control.cloud);
    return { ok: true };
  },
  forget: (control) => {
    control.log.forget();
    control.faults.set([]);
    return { ok: true };
  },
  faults: (control, body) => {
    control.faults.set(readFaults(body()));
    return { ok: true };
  },
  throttle: (control, body) => {
    control.throttle.set(readThrottle(body()));
    return { ok: true };
  },
  pass: (control, body) => {
    control.pass(readSeconds(body()));
    return { ok: true };
  },
  policy: (control, body) => {
    applyPolicy(control.cloud, readPolicyRule(body()));
    return { ok: true };
  },
  seed: (control, body) => {
    applySeed(control.cloud, readSeed(body()));
    return { ok: true };
  },
};

/** Runs a control call: `GET /_local/calls`, `POST /_local/faults` and so on. */
export function controlResponse(control: Control, path: string, body: string): HttpResponse {
  const name = path.slice(CONTROL_PATH.length);
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb === undefined) {
    return json(404, { error: `There is no control call ${path}. There are: ${Object.keys(VERBS).join(", ")}.` });
  }
  try {
    return json(
      200,
      verb(control, () => JSON.parse(body)),
    );
  } catch (error) {
    return json(400, { error: `${path}: ${messageOf(error)}` });
  }
}

/** Reads `{ "seconds": 90 }`. Throws a TypeError for anything else, and for time that runs backwards. */
function readSeconds(value: unknown): number {
  const seconds = typeof value === "object" && value !== null && "seconds" in value ? value.seconds : undefined;
  if (typeof seconds !== "number" || !(seconds >= 0)) throw new TypeError('"seconds" must be a number of at least 0');
  return seconds;
}

function json(status: number, value: unknown): HttpResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}
