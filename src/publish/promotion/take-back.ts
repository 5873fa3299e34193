import type { CallScope } from "../../aws/client/session.js";
import { BakeError, Cancelled, messageOf } from "../../core/errors.js";
import { failuresText, inEachRegion, type RegionFailure } from "../each-region.js";
import type { Pointer } from "./pointer.js";

/** The pointers of one region, in the order in which they are moved. */
export interface RegionPointers {
  readonly region: string;
  readonly pointers: readonly Pointer[];
}

/** Puts every region back after some failed, and returns the error that says how far that went. */
export async function takeBack(
  places: readonly RegionPointers[],
  failed: readonly RegionFailure[],
  scopeOf: (region: string) => CallScope,
): Promise<Error> {
  const restored = await inEachRegion(places, (place) => restoreAll(place, scopeOf(place.region)));
  const stuck = restored.failed;
  const others = restored.values.flat();
  const interrupted = failed.some(({ reason }) => reason instanceof Cancelled);
  const what = interrupted ? "interrupted" : `could not be moved in ${failuresText(failed)}`;
  if (stuck.length > 0) {
    return new BakeError(`${what}; and could not be put back in ${failuresText(stuck)}`, {
      code: "promotion-torn",
      hint: `Some regions may name the new image and some the old one. Run it again to end it, or bake-ami rollback to go back.\n${await stateOf(places, scopeOf)}`,
      cause: failed[0]?.reason,
    });
  }
  const end = `${what}; all regions are back at what they named before`;
  if (others.length > 0) {
    return new BakeError(`${end}, but for what others set: ${others.join("; ")}`, {
      code: "promotion-contended",
      hint: `Let only one job at a time promote it (give the job a concurrency group), and run again the one whose image is wanted.\n${await stateOf(places, scopeOf)}`,
      cause: failed[0]?.reason,
    });
  }
  if (interrupted) return new Cancelled(end);
  return new BakeError(end, {
    code: "promotion-failed",
    hint: "Fix the problem above, then run it again.",
    cause: failed[0]?.reason,
  });
}

/** What every region names in the end, so that nobody has to check. */
async function stateOf(places: readonly RegionPointers[], scopeOf: (region: string) => CallScope): Promise<string> {
  const lines = places.map(async ({ region, pointers }) => {
    const states = pointers.map(async (pointer) => {
      const state = await pointer.state(scopeOf(region)).catch((error: unknown) => `not known (${messageOf(error)})`);
      return `${pointer.name} names ${state}`;
    });
    return `  ${region}: ${(await Promise.all(states)).join(", ")}`;
  });
  return ["Now:", ...(await Promise.all(lines))].join("\n");
}

/** In reverse order; returns what others have set meanwhile. */
async function restoreAll({ region, pointers }: RegionPointers, scope: CallScope): Promise<readonly string[]> {
  const remarks: string[] = [];
  for (const pointer of [...pointers].reverse()) {
    const remark = await pointer.restore(scope);
    if (remark !== undefined) remarks.push(`${region}: ${remark}`);
  }
  return remarks;
}
