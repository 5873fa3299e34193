import type { FastLaunchSettings } from "../../../aws/fast-launch.js";
import type { FoundImage } from "../../../aws/image.js";
import { describeLaunchTemplate } from "../../../aws/launch-template.js";
import { BakeError } from "../../../core/errors.js";
import { runBuilderStep } from "../../step.js";
import { type BakeReading, inRegion } from "../bake.js";
import { enablesFastLaunch, type FastLaunchChoice, fastLaunchIn, type TemplateChoice } from "../options/fast-launch.js";
import { regionsOfRun, targetRegions } from "./regions.js";

/** How fast launch is enabled, by Region; a Region that is not in it gets none. */
export type FastLaunchPlan = ReadonlyMap<string, FastLaunchSettings>;

/**
 * Finds the launch templates of fast launch, before anything is created. Throws a `BakeError` for one that does not exist, or has no such
 * version. Calls EC2 only where the template names launch templates.
 */
export async function planFastLaunch(bake: BakeReading): Promise<FastLaunchPlan> {
  const { options, session } = bake;
  const block = options.fast_launch;
  if (!enablesFastLaunch(block) || options.skip_create_ami) return new Map();
  const regions = targetRegions(options, regionsOfRun(bake));
  reportUnusedRegions(bake, regions);
  const chosen = regions.flatMap((region) => {
    const choice = fastLaunchIn(block, region, session.region);
    return choice ? [{ region, choice }] : [];
  });
  const find = async () =>
    Promise.all(chosen.map(async ({ region, choice }) => [region, await settingsIn(bake, region, choice)] as const));
  const found = chosen.some(({ choice }) => choice.template)
    ? runBuilderStep(bake.context, "fast-launch-templates", "Finding the launch templates of fast launch", find)
    : find();
  return new Map(await found);
}

/** Throws when the source image cannot have fast launch: EC2 refuses it for other systems, but only when the image exists. */
export function refuseFastLaunch({ options, context }: BakeReading, source: FoundImage): void {
  if (!enablesFastLaunch(options.fast_launch) || source.isWindows) return;
  throw new BakeError(
    `"fast_launch" needs a Windows image, but the source AMI ${source.id} ("${source.name}") is not one`,
    {
      code: "fast-launch-not-windows",
      resource: source.id,
      range: context.place("fast_launch"),
      hint: 'Remove "fast_launch", or set "enable_fast_launch" to false. Nothing was created.',
    },
  );
}

function reportUnusedRegions({ options, context }: BakeReading, regions: readonly string[]): void {
  const unused = (options.fast_launch?.region_launch_templates ?? []).filter(({ region }) => !regions.includes(region));
  if (unused.length === 0) return;
  context.narrator.warn({
    code: "fast-launch-region-unused",
    summary: `"region_launch_templates" has entries for Regions without an image: ${unused.map(({ region }) => region).join(", ")}`,
    hint: 'Add these Regions to "ami_regions", or remove the entries.',
    range: context.place("fast_launch"),
  });
}

async function settingsIn(bake: BakeReading, region: string, choice: FastLaunchChoice): Promise<FastLaunchSettings> {
  const block = bake.options.fast_launch;
  return {
    template: choice.template && (await findTemplate(bake, region, { ...choice, template: choice.template })),
    maxParallelLaunches: block?.max_parallel_launches || undefined,
    targetResourceCount: block?.target_resource_count || undefined,
  };
}

/** Returns the id of the launch template, and its version: the latest one unless the template sets one. */
async function findTemplate(
  bake: BakeReading,
  region: string,
  { template, option }: { readonly template: TemplateChoice; readonly option: string },
): Promise<{ readonly id: string; readonly version: number }> {
  const found = await describeLaunchTemplate(inRegion(bake, region), template.nameOrId);
  const problem = !found
    ? "does not exist"
    : template.version !== undefined && template.version > found.latestVersion
      ? `has no version ${template.version}; its latest version is ${found.latestVersion}`
      : undefined;
  if (found && problem === undefined) return { id: found.id, version: template.version ?? found.latestVersion };
  throw new BakeError(`The launch template "${template.nameOrId}" of "fast_launch" ${problem} in ${region}`, {
    code: "launch-template-not-found",
    resource: template.nameOrId,
    region,
    range: bake.context.place(option),
    hint:
      region === bake.session.region
        ? "Check its name or id, its version and its Region. Nothing was created."
        : 'Check its name or id, its version and its Region: launch templates are of one Region, so each entry of "region_launch_templates" needs its own. Nothing was created.',
  });
}
