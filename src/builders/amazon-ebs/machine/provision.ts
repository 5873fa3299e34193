import { describeInstance } from "../../../aws/instance.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { Machine } from "../../../core/parts.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import { CANCEL_DEAD_MAN } from "./user-data.js";

/**
 * Runs the provisioners, then stops the dead-man timer, so that it does not fire while the image is created. If they fail because the
 * instance has stopped (a spot interruption, a shutdown), the error includes its state and EC2's reason.
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
    summary: "Could not stop the dead-man timer; it stops with the instance",
    hint: "Give the login user sudo without a password.",
  });
}

const GONE = new Set(["shutting-down", "terminated", "stopping", "stopped"]);

/** Returns the error, with the state of the instance and EC2's reason if the instance has stopped. */
async function withReason(bake: Bake, instanceId: string, error: unknown): Promise<unknown> {
  const instance = await describeInstance(inRegion(bake), instanceId).catch(() => undefined);
  if (!instance || !GONE.has(instance.state)) return error;
  const spot = /spot/i.test(instance.reason ?? "");
  return new BakeError(
    `Instance ${instanceId} is ${instance.state}${instance.reason ? ` (${instance.reason})` : ""} during provisioning: ${messageOf(error)}`,
    {
      code: spot ? "spot-interrupted" : "instance-gone",
      cause: error,
      resource: instanceId,
      region: bake.session.region,
      hint: spot
        ? 'EC2 interrupted the spot instance. Run the bake again, add types to "spot_instance_types", or use an on-demand instance.'
        : "Find what stopped the instance: probably a script that shuts it down, or someone in the account.",
      range: error instanceof BakeError ? error.range : undefined,
    },
  );
}
