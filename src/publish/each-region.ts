import { messageOf } from "../core/errors.js";

/** A region in which something failed, and what was thrown. */
export interface RegionFailure {
  readonly region: string;
  readonly reason: unknown;
}

/** Works in all regions at once until all have ended, well or not; returns what came of them in the order of `places`. */
export async function inEachRegion<P extends { readonly region: string }, T>(
  places: readonly P[],
  work: (place: P) => Promise<T>,
): Promise<{ readonly values: readonly T[]; readonly failed: readonly RegionFailure[] }> {
  const results = await Promise.allSettled(places.map(work));
  return {
    values: results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])),
    failed: results.flatMap((result, index) =>
      result.status === "rejected" ? [{ region: places[index]?.region ?? "", reason: result.reason }] : [],
    ),
  };
}

/** The failures for people: `us-east-1: why; eu-west-1: why`. */
export function failuresText(failures: readonly RegionFailure[]): string {
  return failures.map(({ region, reason }) => `${region}: ${messageOf(reason)}`).join("; ");
}
