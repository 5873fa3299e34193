import type { AwsSession } from "../aws/client/session.js";
import { findUnknownRegions, unknownRegionError } from "../aws/regions.js";

/** Throws when a Region of an input or flag does not exist. `region` is the default Region, if one is set. Known names need no call. */
export async function checkRequestedRegions(
  session: AwsSession,
  { region, regions }: { readonly region: string | undefined; readonly regions: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const scope = { session, region: session.region, signal };
  const [home, listed] = await Promise.all([
    findUnknownRegions(scope, region === undefined ? [] : [region]),
    findUnknownRegions(scope, regions),
  ]);
  if (home.length > 0) throw unknownRegionError("default", home);
  if (listed.length > 0) throw unknownRegionError("list", listed);
}
