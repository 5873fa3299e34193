import type { FoundImage } from "../../../aws/image.js";
import { describeInstance, stopsByItself } from "../../../aws/instance.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { Machine } from "../../../core/parts.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import { warnOfMissingSysprep, watchForSysprep } from "./sysprep.js";
import { CANCEL_DEAD_MAN, deadManMinutes } from "./user-data.js";

/** The instance that is provisioned, and the image that it was launched from. */
interface Provisioned {
  readonly instanceId: string;
  readonly source: FoundImage;
}

/**
 * Runs the provisioners, then stops the dead-man timer, so that it does not fire while the image is created. If they fail because the
 * instance has stopped (a spot interruption, a shutdown), the error includes its state and EC2's reason.
 */
export async function provisionInstance(
  bake: Bake,
  machine: Machine,
  { instanceId, source }: Provisioned,
): Promise<void> {
  const { context } = bake;
  const watch = source.isWindows ? watchForSysprep(machine.communicator) : undefined;
  await runBuilderStep(context, "provision", "Provisioning", async () => {
    try {
      const watched = watch ? { ...machine, communicator: watch.communicator } : machine;
      await context.provision(watched, () => endsItself(bake, machine, instanceId));
    } catch (error) {
      throw context.signal.aborted || machine.reachable() ? error : await withReason(bake, instanceId, error);
    }
  });
  const { communicator } = machine;
  if (watch?.seen() === false && communicator.type !== "none" && !bake.options.skip_create_ami) {
    warnOfMissingSysprep(context.narrator);
  }
  if (deadManMinutes(bake, source) === undefined || communicator.type === "none") return;
  const result = await communicator.exec(CANCEL_DEAD_MAN, { signal: context.signal });
  if (result.status === "exited" && result.code === 0) return;
  context.narrator.warn({
    code: "dead-man-not-cancelled",
    summary: "Could not stop the dead-man timer; it stops with the instance",
    hint: "Give the login user sudo without a password.",
  });
}

/**
 * Returns whether the instance shuts down as the template expects: with `disable_stop_instance` the last provisioner stops it, for example
 * with sysprep, and its connection is lost then.
 */
async function endsItself(bake: Bake, machine: Machine, instanceId: string): Promise<boolean> {
  if (!bake.options.disable_stop_instance || machine.reachable()) return false;
  if (!(await stopsByItself(inRegion(bake), instanceId))) return false;
  bake.context.narrator.say(
    `The last provisioner shut down instance ${instanceId}, as "disable_stop_instance" expects`,
  );
  return true;
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
        : 'Find what stopped the instance: probably a script that shuts it down, or someone in the account. If the last provisioner shuts it down on purpose (sysprep), set "disable_stop_instance" to true.',
      range: error instanceof BakeError ? error.range : undefined,
    },
  );
}
