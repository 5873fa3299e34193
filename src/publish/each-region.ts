import { messageOf } from "../core/errors.js";

/** A Region in which the work failed, and the error. */
export interface RegionFailure {
  readonly region: string;
  readonly reason: unknown;
}

/** Works in all Regions in parallel. Returns the results and failures in the order of `places` after all have ended. */
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

/** Returns the failures as text: `us-east-1: why; eu-west-1: why`. */
export function failuresText(failures: readonly RegionFailure[]): string {
  return failures.map(({ region, reason }) => `${region}: ${messageOf(reason)}`).join("; ");
}
