import { BakeError } from "../core/errors.js";
import type { Verdict } from "../core/poll.js";
import type { CallScope } from "./client/session.js";
import { INTERVALS, LONGEST, NOT_YET_VISIBLE, waitFor } from "./client/wait.js";
import { type FoundInstance, instanceById } from "./instance.js";

const GOING = new Set(["shutting-down", "terminated"]);

/** Waits until an instance runs; one that dies while pending ends the wait with EC2's reason. */
export async function waitUntilRunning(scope: CallScope, id: string): Promise<FoundInstance> {
  return waitForState(scope, id, {
    what: `instance ${id} to run`,
    longest: LONGEST.instance,
    done: (instance) => instance.state === "running",
    dead: (instance) => GOING.has(instance.state),
  });
}

/** Waits until an instance is stopped; one that terminates instead is an error. */
export async function waitUntilStopped(scope: CallScope, id: string): Promise<FoundInstance> {
  return waitForState(scope, id, {
    what: `instance ${id} to stop`,
    longest: LONGEST.stop,
    done: (instance) => instance.state === "stopped",
    dead: (instance) => GOING.has(instance.state),
  });
}

interface StateWait {
  readonly what: string;
  readonly longest: number;
  done(instance: FoundInstance): boolean;
  dead(instance: FoundInstance): boolean;
}

async function waitForState(scope: CallScope, id: string, wait: StateWait): Promise<FoundInstance> {
  const { clock } = scope.session;
  const began = clock.now();
  return waitFor(scope, {
    what: wait.what,
    resource: id,
    interval: INTERVALS.power,
    longest: wait.longest,
    probe: async (): Promise<Verdict<FoundInstance>> => {
      const instance = await instanceById(scope, id);
      if (instance === undefined) {
        if (clock.now() - began < NOT_YET_VISIBLE) return { state: "waiting" };
        return { state: "failed", error: ended(scope, id, "it is not known any more", undefined) };
      }
      if (wait.done(instance)) return { state: "done", value: instance };
      if (wait.dead(instance))
        return { state: "failed", error: ended(scope, id, `it is ${instance.state}`, instance.reason) };
      return { state: "waiting", progress: { text: instance.state } };
    },
  });
}

/** Why an instance ended: EC2's StateReason decides whether another place could help. */
function ended(scope: CallScope, id: string, how: string, reason: string | undefined): BakeError {
  const capacity =
    reason !== undefined && /InsufficientInstanceCapacity|capacity|SpotInstanceTermination/i.test(reason);
  return new BakeError(`the instance ${id} ended: ${how}${reason === undefined ? "" : ` (${reason})`}`, {
    code: capacity ? "instance-no-capacity" : "instance-ended",
    resource: id,
    region: scope.region,
    hint: /InternalError|kms/i.test(reason ?? "")
      ? "An internal error at launch is often a KMS key that the role may not use, or a volume limit."
      : "Try another instance_type or availability_zone, or run the bake again.",
  });
}
