import { failedAs } from "../../../aws/client/errors.js";
import { isKnownRegion, neighbourOf, regionsOfAccount } from "../../../aws/regions.js";
import { suggest } from "../../../core/diagnostics.js";
import { BakeError } from "../../../core/errors.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import type { AmazonEbsOptions } from "../options/schema.js";

/** The regions of a bake that the options do not name. */
export interface RunRegions {
  readonly build: string;
  /** Regions to copy to that the run adds (input `regions`). */
  readonly more: readonly string[];
}

/** Returns the regions of a bake that the session and the run's settings name. */
export function regionsOfRun({ session, context }: Bake): RunRegions {
  return { build: session.region, more: context.settings.regions };
}

/** Returns the build region and all regions to copy to, each once. */
export function targetRegions(
  options: Pick<AmazonEbsOptions, "ami_regions">,
  { build, more }: RunRegions,
): readonly string[] {
  return [...new Set([build, ...options.ami_regions, ...more])];
}

/**
 * Checks that the build region and all regions to copy to exist. Names that are known need no call; for others the call goes to a
 * region that exists, as an unknown one has no endpoint.
 */
export async function checkRegions(bake: Bake): Promise<void> {
  const { options, context } = bake;
  const regions = targetRegions(options, regionsOfRun(bake));
  if (options.skip_region_validation || regions.every(isKnownRegion)) return;
  await runBuilderStep(bake.context, "regions", "Checking the regions", async () => {
    const known = await knownRegions(bake);
    const unknown = regions.filter((region) => known !== undefined && !known.includes(region));
    const [first] = unknown;
    if (first === undefined) return;
    const range = context.place(placeOf(first, bake));
    const near = suggest(first, known ?? []);
    throw new BakeError(`unknown region${unknown.length === 1 ? "" : "s"}: ${unknown.join(", ")}`, {
      code: "unknown-region",
      hint: near
        ? `Did you mean ${near}?`
        : "Check region, ami_regions and the input regions; set skip_region_validation for a region that is new.",
      range,
    });
  });
}

/** Where the template names a region; the builder itself where the run does. */
function placeOf(region: string, { options, session }: Bake): string {
  const index = options.ami_regions.indexOf(region);
  if (index >= 0) return `ami_regions[${index}]`;
  return region === session.region ? "region" : "regions";
}

/** Returns all regions that the account sees; undefined where it may not ask. */
async function knownRegions(bake: Bake): Promise<readonly string[] | undefined> {
  const { region } = bake.session;
  try {
    return await regionsOfAccount(inRegion(bake, isKnownRegion(region) ? region : neighbourOf(region)));
  } catch (error) {
    if (failedAs(error, "denied")) return undefined;
    throw error;
  }
}
