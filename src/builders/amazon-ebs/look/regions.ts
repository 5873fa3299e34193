import { findUnknownRegions, isKnownRegion, unknownRegionError } from "../../../aws/regions.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import type { Range } from "../../../core/source.js";
import { runBuilderStep } from "../../step.js";
import { type BakeReading, inRegion } from "../bake.js";
import type { AmazonEbsOptions } from "../options/schema.js";

/** The Regions of a bake that the options do not set. */
export interface RunRegions {
  readonly build: string;
  /** Regions to copy to that the input `regions` adds. */
  readonly more: readonly string[];
}

/** Returns the Regions that the session and the run's settings set. */
export function regionsOfRun({ session, context }: BakeReading): RunRegions {
  return { build: session.region, more: context.settings.regions };
}

/** Returns the build Region and all Regions to copy to, without duplicates. */
export function targetRegions(
  options: Pick<AmazonEbsOptions, "ami_regions">,
  { build, more }: RunRegions,
): readonly string[] {
  return [...new Set([build, ...options.ami_regions, ...more])];
}

/** Throws when the build Region or a Region to copy to does not exist. Known names need no call. */
export async function checkRegions(bake: BakeReading): Promise<void> {
  const { options, context } = bake;
  const regions = targetRegions(options, regionsOfRun(bake));
  if (options.skip_region_validation || regions.every(isKnownRegion)) return;
  await runBuilderStep(bake.context, "regions", "Checking the Regions", async () => {
    const unknown = await findUnknownRegions(inRegion(bake, bake.session.region), regions);
    const [first] = unknown;
    if (first === undefined) return;
    const option = optionOf(first.name, bake);
    if (option === undefined) {
      const isDefault = first.name === bake.session.region;
      const same = unknown.filter(({ name }) => optionOf(name, bake) === undefined);
      throw unknownRegionError(isDefault ? "default" : "list", isDefault ? [first] : same);
    }
    const names = unknown.map(({ name }) => name).join(", ");
    throw new BakeError(`Unknown Region${unknown.length === 1 ? "" : "s"}: ${names}`, {
      code: "unknown-region",
      hint: first.near
        ? `Did you mean "${first.near}"?`
        : 'Check "region" and "ami_regions". For a new Region, set "skip_region_validation".',
      range: context.place(option),
    });
  });
}

/**
 * Returns what `read` finds in a Region to copy to. With `missing-region: warn`, an error there (the Region is not enabled, a service
 * control policy denies it, it does not respond) is a warning and the result undefined: the copy is tried all the same.
 */
export async function readTarget<T>(bake: BakeReading, region: string, read: Promise<T>): Promise<T | undefined> {
  const { context, session } = bake;
  try {
    return await read;
  } catch (error) {
    const isTolerated = context.settings.missingRegion === "warn" && region !== session.region;
    if (!isTolerated || context.signal.aborted || !(error instanceof BakeError)) throw error;
    context.narrator.warn({
      code: "region-not-read",
      summary: `${region} will probably get no image: ${messageOf(error)}`,
      hint: error.hint,
    });
    return undefined;
  }
}

/** Returns the option that sets a Region; undefined if an input or a flag sets it. */
function optionOf(region: string, { options, session, context }: BakeReading): string | undefined {
  const index = options.ami_regions.indexOf(region);
  if (index >= 0) return `ami_regions[${index}]`;
  const { defaultRegion, regions } = context.settings;
  if (region === session.region) return !options.region && defaultRegion === region ? undefined : "region";
  return regions.includes(region) ? undefined : "region";
}

/** Returns the place of a Region to copy to; undefined if an input or a flag sets it. */
export function rangeOfRegion(region: string, { options, context }: RegionOptions): Range | undefined {
  const index = options.ami_regions.indexOf(region);
  if (index >= 0) return context.place(`ami_regions[${index}]`);
  return options.region === region ? context.place("region") : undefined;
}

/** What the place of a Region depends on. */
interface RegionOptions {
  readonly options: Pick<AmazonEbsOptions, "ami_regions" | "region">;
  readonly context: Pick<BakeReading["context"], "place">;
}
