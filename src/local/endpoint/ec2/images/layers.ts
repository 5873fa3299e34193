import type { Cloud } from "../../cloud.js";
import { instanceState } from "../states.js";

/** Has the machines drop those of the layers that no image, snapshot or living instance has any more. */
export function discardUnused(cloud: Cloud, layers: readonly string[]): void {
  const { machines } = cloud;
  if (machines === undefined || layers.length === 0) return;
  const used = usedLayers(cloud);
  for (const layer of layers) {
    if (!used.has(layer)) {
      machines.discard(layer).catch((error: unknown) => {
        cloud.notice(`The layer ${layer} could not be removed: ${String(error)}`);
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
