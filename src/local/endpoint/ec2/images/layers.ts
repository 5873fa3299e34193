import { messageOf } from "../../../../core/errors.js";
import type { ApiCall } from "../../call.js";
import type { Cloud } from "../../cloud.js";
import type { Image, Instance, Snapshot, Volume } from "../model.js";
import { instanceState } from "../states.js";

/** What the files of an instance are captured for. */
interface CaptureTarget {
  readonly image: Image;
  /** The snapshot of the root disk, where the image has one. */
  readonly root: Snapshot | undefined;
  readonly mayReboot: boolean;
}

/**
 * Captures the files of an instance's sandbox as a layer of an image and of the snapshot of its root disk; both stay pending until
 * then. A running sandbox is stopped and started again for it, if that is allowed.
 */
export function captureInstance(call: ApiCall, instance: Instance, into: CaptureTarget): void {
  const { sandboxes, time } = call.cloud;
  const { image, root, mayReboot } = into;
  if (sandboxes === undefined) return;
  const restart = mayReboot && instanceState(call.cloud, instance) === "running";
  image.capturing = true;
  instance.work = instance.work.then(async () => {
    if (image.failure !== undefined) return;
    try {
      if (restart) await sandboxes.stop(instance.id);
      const layers = [...instance.layers, await sandboxes.capture(instance.id)];
      image.layers = layers;
      if (root !== undefined) root.layers = layers;
      if (restart) instance.address = (await sandboxes.start(instance.id)).address;
    } catch (error) {
      image.failure = { code: "Client.InternalError", message: `The disk could not be kept: ${messageOf(error)}` };
      image.readyAt = time.now();
    }
    image.capturing = false;
  });
}

/** As `captureInstance`, for a snapshot of a volume; only a root disk has files. */
export function captureSnapshot(call: ApiCall, volume: Volume, snapshot: Snapshot): void {
  const { sandboxes, time } = call.cloud;
  const instance = call.region.instances.get(volume.attachment?.instanceId ?? "");
  if (instance === undefined || volume.attachment?.device !== instance.rootDeviceName) return;
  snapshot.layers = instance.layers;
  snapshot.sourceName = instance.sourceName;
  if (sandboxes === undefined) return;
  snapshot.capturing = true;
  instance.work = instance.work.then(async () => {
    try {
      snapshot.layers = [...instance.layers, await sandboxes.capture(instance.id)];
    } catch (error) {
      snapshot.failure = `The disk could not be kept: ${messageOf(error)}`;
      snapshot.readyAt = time.now();
    }
    snapshot.capturing = false;
  });
}

/** Discards those of the layers that no image, snapshot or living instance has any more. */
export function discardUnused(cloud: Cloud, layers: readonly string[]): void {
  const { sandboxes } = cloud;
  if (sandboxes === undefined || layers.length === 0) return;
  const used = usedLayers(cloud);
  for (const layer of layers) {
    if (!used.has(layer)) {
      sandboxes.discard(layer).catch((error: unknown) => {
        cloud.notice(`The layer ${layer} could not be removed: ${messageOf(error)}`);
      });
    }
  }
}

function usedLayers(cloud: Cloud): ReadonlySet<string> {
  const used = new Set<string>();
  for (const region of cloud.regions.values()) {
    const living = [...region.instances.values()].filter((instance) => instanceState(cloud, instance) !== "terminated");
    for (const { layers } of [...region.images.values(), ...region.snapshots.values(), ...living]) {
      for (const layer of layers) used.add(layer);
    }
  }
  return used;
}
