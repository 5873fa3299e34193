import { failedAs } from "../../../aws/client/errors.js";
import { describeAllRegions, isKnownRegion, neighbourRegionOf } from "../../../aws/regions.js";
import { suggest } from "../../../core/diagnostics.js";
import { BakeError } from "../../../core/errors.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import type { AmazonEbsOptions } from "../options/schema.js";

/** The Regions of a bake that the options do not set. */
export interface RunRegions {
  readonly build: string;
  /** Regions to copy to that the input `regions` adds. */
  readonly more: readonly string[];
}

/** Returns the Regions that the session and the run's settings set. */
export function regionsOfRun({ session, context }: Bake): RunRegions {
  return { build: session.region, more: context.settings.regions };
}

/** Returns the build Region and all Regions to copy to, without duplicates. */
export function targetRegions(
  options: Pick<AmazonEbsOptions, "ami_regions">,
  { build, more }: RunRegions,
): readonly string[] {
  return [...new Set([build, ...options.ami_regions, ...more])];
}

/**
 * Throws when the build Region or a Region to copy to does not exist. Known names need no call. For other names the call goes to a Region
 * that exists, because an unknown one has no endpoint.
 */
export async function checkRegions(bake: Bake): Promise<void> {
  const { options, context } = bake;
  const regions = targetRegions(options, regionsOfRun(bake));
  if (options.skip_region_validation || regions.every(isKnownRegion)) return;
  await runBuilderStep(bake.context, "regions", "Checking the Regions", async () => {
    const known = await knownRegions(bake);
    const unknown = regions.filter((region) => known !== undefined && !known.includes(region));
    const [first] = unknown;
    if (first === undefined) return;
    const range = context.place(placeOf(first, bake));
    const near = suggest(first, known ?? []);
    throw new BakeError(`Unknown Region${unknown.length === 1 ? "" : "s"}: ${unknown.join(", ")}`, {
      code: "unknown-region",
      hint: near
        ? `Did you mean "${near}"?`
        : 'Check "region", "ami_regions" and the input "regions". For a new Region, set "skip_region_validation".',
      range,
    });
  });
}

/** Returns the option that sets a Region. */
function placeOf(region: string, { options, session }: Bake): string {
  const index = options.ami_regions.indexOf(region);
  if (index >= 0) return `ami_regions[${index}]`;
  return region === session.region ? "region" : "regions";
}

/** Returns all Regions of the account; undefined when the caller may not list them. */
async function knownRegions(bake: Bake): Promise<readonly string[] | undefined> {
  const { region } = bake.session;
  try {
    return await describeAllRegions(inRegion(bake, isKnownRegion(region) ? region : neighbourRegionOf(region)));
  } catch (error) {
    if (failedAs(error, "denied")) return undefined;
    throw error;
  }
}
