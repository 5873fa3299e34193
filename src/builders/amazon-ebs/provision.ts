import type { Machine } from "../../core/run.js";
import { CANCEL_DEAD_MAN } from "./dead-man.js";
import { type Bake, step } from "./step.js";

/** Runs the build's provisioners, then ends the dead-man timer, so that it cannot fire while the image is made. */
export async function provision(bake: Bake, machine: Machine): Promise<void> {
  const { context } = bake;
  await step(bake, "provision", "Provisioning", () => context.provision(machine));
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
