import type { CallScope } from "../../aws/client/session.js";
import { BakeError, Cancelled, messageOf } from "../../core/errors.js";
import type { Pointer } from "./pointer.js";

/** What is to be put back in one region: its pointers in the order in which they were moved. */
export interface Taken {
  readonly region: string;
  readonly pointers: readonly Pointer[];
}

/** A region that could not be moved. */
export interface Failure {
  readonly region: string;
  readonly reason: unknown;
}

/** Puts every region back after some failed, and answers the error that tells how far that went. */
export async function takeBack(
  places: readonly Taken[],
  failed: readonly Failure[],
  scopeOf: (region: string) => CallScope,
): Promise<Error> {
  const results = await Promise.allSettled(places.map((place) => restoreAll(place, scopeOf(place.region))));
  const stuck = results.flatMap((result, index) =>
    result.status === "rejected" ? [{ region: places[index]?.region ?? "", reason: result.reason }] : [],
  );
  const others = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  const interrupted = failed.some(({ reason }) => reason instanceof Cancelled);
  const what = interrupted ? "interrupted" : `could not be moved in ${said(failed)}`;
  if (stuck.length > 0) {
    return new BakeError(`${what}; and could not be put back in ${said(stuck)}`, {
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
    hint: "Run it again once what is told is mended.",
    cause: failed[0]?.reason,
  });
}

/** What every region names in the end, so that nobody has to go and look. */
async function stateOf(places: readonly Taken[], scopeOf: (region: string) => CallScope): Promise<string> {
  const lines = places.map(async ({ region, pointers }) => {
    const states = pointers.map(async (pointer) => {
      const state = await pointer.state(scopeOf(region)).catch((error: unknown) => `not known (${messageOf(error)})`);
      return `${pointer.name} names ${state}`;
    });
    return `  ${region}: ${(await Promise.all(states)).join(", ")}`;
  });
  return ["Now:", ...(await Promise.all(lines))].join("\n");
}

/** In reverse order; answers what others have set meanwhile. */
async function restoreAll({ region, pointers }: Taken, scope: CallScope): Promise<readonly string[]> {
  const remarks: string[] = [];
  for (const pointer of [...pointers].reverse()) {
    const remark = await pointer.restore(scope);
    if (remark !== undefined) remarks.push(`${region}: ${remark}`);
  }
  return remarks;
}

function said(failures: readonly Failure[]): string {
  return failures.map(({ region, reason }) => `${region}: ${messageOf(reason)}`).join("; ");
}
