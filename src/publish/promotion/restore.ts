import type { CallScope } from "../../aws/client/session.js";
import { BakeError, Cancelled, messageOf } from "../../core/errors.js";
import { failuresText, inEachRegion, type RegionFailure } from "../each-region.js";
import type { Pointer } from "./pointer.js";

/** The pointers of one region, in the order in which they are moved. */
export interface RegionPointers {
  readonly region: string;
  readonly pointers: readonly Pointer[];
}

/** Restores all Regions after a failure in some. Returns the error, which says which Regions were restored. */
export async function restoreRegions(
  places: readonly RegionPointers[],
  failed: readonly RegionFailure[],
  scopeOf: (region: string) => CallScope,
): Promise<Error> {
  const restored = await inEachRegion(places, (place) => restoreAll(place, scopeOf(place.region)));
  const stuck = restored.failed;
  const others = restored.values.flat();
  const interrupted = failed.some(({ reason }) => reason instanceof Cancelled);
  const what = interrupted ? "Interrupted" : `The update failed in ${failuresText(failed)}`;
  if (stuck.length > 0) {
    return new BakeError(`${what}. Could not restore ${failuresText(stuck)}`, {
      code: "promotion-torn",
      hint: `Run it again to complete the update, or run a rollback to restore the previous image. Regions can have different images.\n${await stateOf(places, scopeOf)}`,
      cause: failed[0]?.reason,
    });
  }
  const end = `${what}. All Regions were restored`;
  if (others.length > 0) {
    return new BakeError(`${end}, except for changes of others: ${others.join("; ")}`, {
      code: "promotion-contended",
      hint: `Set a concurrency group on the job, so that only one job at a time promotes, and run the job with the intended image again.\n${await stateOf(places, scopeOf)}`,
      cause: failed[0]?.reason,
    });
  }
  if (interrupted) return new Cancelled(end);
  return new BakeError(end, {
    code: "promotion-failed",
    hint: "Fix the problem above, then run the command again.",
    cause: failed[0]?.reason,
  });
}

/** Returns the current image of every pointer, so that the user need not check. */
async function stateOf(places: readonly RegionPointers[], scopeOf: (region: string) => CallScope): Promise<string> {
  const lines = places.map(async ({ region, pointers }) => {
    const states = pointers.map(async (pointer) => {
      const state = await pointer.state(scopeOf(region)).catch((error: unknown) => `unknown (${messageOf(error)})`);
      return `${pointer.name} is ${state}`;
    });
    return `  ${region}: ${(await Promise.all(states)).join(", ")}`;
  });
  return ["Current state:", ...(await Promise.all(lines))].join("\n");
}

/** Restores the pointers in reverse order. Returns the changes of others that were kept. */
async function restoreAll({ region, pointers }: RegionPointers, scope: CallScope): Promise<readonly string[]> {
  const remarks: string[] = [];
  for (const pointer of [...pointers].reverse()) {
    const remark = await pointer.restore(scope);
    if (remark !== undefined) remarks.push(`${region}: ${remark}`);
  }
  return remarks;
}
