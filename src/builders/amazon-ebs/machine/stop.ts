import { modifyNetworking, stopInstance, waitUntilStopped } from "../../../aws/instance.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import type { LaunchedInstance } from "./launch.js";

/**
 * Stops the instance and waits, so that the image is consistent, then sets enhanced networking, which the image inherits. With
 * `disable_stop_instance` it only waits until a provisioner has stopped the instance. Spot instances cannot be stopped and keep running.
 */
export async function stopBuildInstance(bake: Bake, { instance, spot }: LaunchedInstance): Promise<void> {
  if (spot) return;
  await stop(bake, instance.id);
  await setNetworking(bake, instance.id);
}

async function stop(bake: Bake, instanceId: string): Promise<void> {
  await runBuilderStep(bake.context, "stop", "Stopping the instance", async () => {
    const { narrator } = bake.context;
    const scope = inRegion(bake);
    if (bake.options.disable_stop_instance) {
      narrator.say("Automatic instance stop disabled. Please stop instance manually.");
    } else {
      narrator.say("Stopping the source instance...");
      narrator.message("Stopping instance");
      await stopInstance(scope, instanceId);
    }
    narrator.say("Waiting for the instance to stop...");
    await waitUntilStopped(scope, instanceId);
  });
}

async function setNetworking(bake: Bake, instanceId: string): Promise<void> {
  const { options, context } = bake;
  const { ena_support: ena, sriov_support: sriov } = options;
  if (ena === undefined && !sriov) return;
  await runBuilderStep(bake.context, "modify-instance", "Setting enhanced networking", async () => {
    if (sriov) {
      context.narrator.say("Enabling Enhanced Networking (SR-IOV)...");
      await modifyNetworking(inRegion(bake), instanceId, { sriov: "simple" });
    }
    if (ena !== undefined) {
      context.narrator.say(`${ena ? "Enabling" : "Disabling"} Enhanced Networking (ENA)...`);
      await modifyNetworking(inRegion(bake), instanceId, { ena });
    }
  });
}
