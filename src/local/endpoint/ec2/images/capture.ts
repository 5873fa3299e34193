import type { ApiCall } from "../../call.js";
import { afterwards } from "../instances/power.js";
import type { Image, Instance, Snapshot, Volume } from "../model.js";
import { instanceState } from "../states.js";

/**
 * Keeps the files of an instance's machine as a layer of an image and of the snapshot of its root disk; both stay pending
 * until it is kept. A running machine goes down and comes up again for it, if that is allowed.
 */
export function captureInstance(
  call: ApiCall,
  instance: Instance,
  image: Image,
  root: Snapshot | undefined,
  mayReboot: boolean,
): void {
  const { machines, time } = call.cloud;
  if (machines === undefined) return;
  const restart = mayReboot && instanceState(call.cloud, instance) === "running";
  image.capturing = true;
  afterwards(instance, async () => {
    if (image.failure !== undefined) return;
    try {
      if (restart) await machines.stop(instance.id);
      const layers = [...instance.layers, await machines.capture(instance.id)];
      image.layers = layers;
      if (root !== undefined) root.layers = layers;
      if (restart) instance.address = (await machines.start(instance.id)).address;
    } catch (error) {
      image.failure = { code: "Client.InternalError", message: `The disk could not be kept: ${String(error)}` };
      image.readyAt = time.now();
    }
    image.capturing = false;
  });
}

/** As `captureInstance`, for a snapshot of a volume; only a root disk has files. */
export function captureSnapshot(call: ApiCall, volume: Volume, snapshot: Snapshot): void {
  const { machines, time } = call.cloud;
  const instance = call.region.instances.get(volume.attachment?.instanceId ?? "");
  if (instance === undefined || volume.attachment?.device !== instance.rootDeviceName) return;
  snapshot.layers = instance.layers;
  snapshot.sourceName = instance.sourceName;
  if (machines === undefined) return;
  snapshot.capturing = true;
  afterwards(instance, async () => {
    try {
      snapshot.layers = [...instance.layers, await machines.capture(instance.id)];
    } catch (error) {
      snapshot.failure = `The disk could not be kept: ${String(error)}`;
      snapshot.readyAt = time.now();
    }
    snapshot.capturing = false;
  });
}
