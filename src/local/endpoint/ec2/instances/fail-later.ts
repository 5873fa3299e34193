import { type Cloud, type Region, regionOf } from "../../cloud.js";
import type { Fault } from "../../wire/faults.js";
import { failLaunch, interruptSpot } from "./power.js";

/**
 * Answers a call and lets a fault strike behind the answer: the instances or the image that the call made come to nothing
 * later (`fail`), or the region's spot instances are taken away (`interrupt`). Other faults leave it alone.
 */
export async function struckLater<T>(
  cloud: Cloud,
  regionName: string,
  fault: Fault | undefined,
  answer: () => Promise<T>,
): Promise<T> {
  if (fault?.do !== "fail" && fault?.do !== "interrupt") return answer();
  const region = regionOf(cloud, regionName);
  if (fault.do === "interrupt") {
    const answered = await answer();
    interruptSpot(cloud, region);
    return answered;
  }
  const before = new Set([...region.instances.keys(), ...region.images.keys()]);
  const answered = await answer();
  failNew(cloud, region, before, {
    code: fault.code ?? "Server.InternalError",
    message: fault.message ?? "Internal error on launch",
  });
  return answered;
}

function failNew(
  cloud: Cloud,
  region: Region,
  before: ReadonlySet<string>,
  { code, message }: { readonly code: string; readonly message: string },
): void {
  for (const instance of region.instances.values()) {
    if (!before.has(instance.id)) failLaunch(cloud, region, instance, { code, message: `${code}: ${message}` });
  }
  for (const image of region.images.values()) if (!before.has(image.id)) image.failure = { code, message };
}
