import { instanceById } from "../../../aws/instance.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { Machine } from "../../../core/parts.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import { CANCEL_DEAD_MAN } from "./user-data.js";

/**
 * Runs the build's provisioners, then ends the dead-man timer, so that it cannot fire while the image is made. When they fail
 * because the instance is gone (a spot interruption, a shutdown from within), the error says so, with EC2's reason.
 */
export async function provisionInstance(bake: Bake, machine: Machine, instanceId: string): Promise<void> {
  const { context } = bake;
  await runBuilderStep(context, "provision", "Provisioning", async () => {
    try {
      await context.provision(machine);
    } catch (error) {
      throw context.signal.aborted || machine.reachable() ? error : await withReason(bake, instanceId, error);
    }
  });
  const { communicator } = machine;
  if (context.settings.deadManMinutes === undefined || communicator.type === "none") return;
  const result = await communicator.exec(CANCEL_DEAD_MAN, { signal: context.signal });
  if (result.status === "exited" && result.code === 0) return;
  context.narrator.warn({
    code: "dead-man-not-cancelled",
    summary: "the dead-man timer could not be ended; it ends with the machine",
    hint: "Give the login user sudo without a password.",
  });
}

const GONE = new Set(["shutting-down", "terminated", "stopping", "stopped"]);

/** Returns the error, with the reason why the instance is gone if it is. */
async function withReason(bake: Bake, instanceId: string, error: unknown): Promise<unknown> {
  const instance = await instanceById(inRegion(bake), instanceId).catch(() => undefined);
  if (!instance || !GONE.has(instance.state)) return error;
  const spot = /spot/i.test(instance.reason ?? "");
  return new BakeError(
    `the instance ${instanceId} is ${instance.state}${instance.reason ? ` (${instance.reason})` : ""} while it is provisioned: ${messageOf(error)}`,
    {
      code: spot ? "spot-interrupted" : "instance-gone",
      cause: error,
      resource: instanceId,
      region: bake.session.region,
      hint: spot
        ? "EC2 took the spot instance back. Run the bake again, give more spot_instance_types, or build on demand."
        : "Something stopped it: a script that shuts it down, or someone in the account.",
      range: error instanceof BakeError ? error.range : undefined,
    },
  );
}
