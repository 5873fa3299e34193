import { PLACEHOLDER } from "../../../options/context.js";
import type { Decode } from "../../../options/decoding.js";
import { flag, integer, object, objects, text } from "../../../options/fields.js";
import type { Complaints } from "../../../options/schema.js";

const templateFields = {
  template_id: text({ doc: "Id of the launch template that EC2 launches with. Excludes `template_name`." }),
  template_name: text({ doc: "Name of the launch template. Excludes `template_id`." }),
  template_version: integer({ doc: "Version of the launch template.", defaultDoc: "the latest" }),
};

const DEFAULT_ON = "true if another option of the block is set";

/** Windows fast launch (Packer's "Fast launch options"). It does not change the image. */
export const fastLaunchFields = {
  fast_launch: object(
    {
      enable_fast_launch: flag({ doc: "Enable fast launch.", defaultDoc: DEFAULT_ON }),
      ...templateFields,
      region_launch_templates: objects(
        {
          region: text({ doc: "Region.", required: true }),
          enable_fast_launch: flag({ doc: "`false` enables no fast launch in the Region.", defaultDoc: "true" }),
          ...templateFields,
        },
        { doc: "Launch templates of Regions. A Region without an entry uses the one that EC2 creates." },
      ),
      max_parallel_launches: integer({
        doc: "Number of instances that EC2 launches in parallel to create the snapshots: 6 or more.",
        defaultDoc: "6, EC2's default",
      }),
      target_resource_count: integer({ doc: "Number of snapshots to keep.", defaultDoc: "5, EC2's default" }),
      wait_until_enabled: flag({
        doc: "Wait until EC2 has created the snapshots, and fail if it cannot (not in Packer, which always waits).",
        default: false,
      }),
    },
    {
      doc: "Fast launch of the finished Windows image, in each Region. The image must be created with sysprep.",
      unfingerprinted: true,
    },
  ),
};

/** The options of fast launch, and the Region of those that name none. */
type FastLaunchOptions = Decode<typeof fastLaunchFields> & { readonly region: string | undefined };
type FastLaunchBlock = NonNullable<FastLaunchOptions["fast_launch"]>;

/** A launch template, as the template names it. */
export interface TemplateChoice {
  readonly nameOrId: string;
  /** Undefined for the latest. */
  readonly version: number | undefined;
}

/** How fast launch is enabled in one Region. */
export interface FastLaunchChoice {
  readonly template: TemplateChoice | undefined;
  /** Place of the launch template in the options. */
  readonly option: string;
}

/** Returns whether fast launch is to be enabled: an option of the block is set, and it is not turned off. */
export function enablesFastLaunch(block: FastLaunchOptions["fast_launch"]): block is FastLaunchBlock {
  if (!block || block.enable_fast_launch === false) return false;
  const { enable_fast_launch: enabled, max_parallel_launches: launches, target_resource_count: count } = block;
  return Boolean(
    enabled ||
      launches ||
      count ||
      hasTemplate(block) ||
      block.template_version ||
      block.region_launch_templates.length,
  );
}

/**
 * Returns how fast launch is enabled in a Region; undefined where it is not. The launch template of the block itself is that of the build
 * Region. Unlike Packer, a Region without an entry is not left out when other Regions have launch templates.
 */
export function fastLaunchIn(
  block: FastLaunchOptions["fast_launch"],
  region: string,
  buildRegion: string,
): FastLaunchChoice | undefined {
  if (!enablesFastLaunch(block)) return undefined;
  const index = block.region_launch_templates.findIndex((each) => each.region === region);
  const entry = block.region_launch_templates[index];
  if (entry?.enable_fast_launch === false) return undefined;
  if (entry) return { template: templateOf(entry), option: `fast_launch.region_launch_templates[${index}]` };
  return { template: region === buildRegion ? templateOf(block) : undefined, option: "fast_launch" };
}

type TemplateOptions = Pick<FastLaunchBlock, "template_id" | "template_name" | "template_version">;

function hasTemplate({ template_id: id, template_name: name }: TemplateOptions): boolean {
  return Boolean(id || name);
}

function templateOf({ template_id, template_name, template_version }: TemplateOptions): TemplateChoice | undefined {
  const nameOrId = template_id || template_name;
  return nameOrId ? { nameOrId, version: template_version || undefined } : undefined;
}

/** Checks fast launch as Packer does. */
export function checkFastLaunch({ fast_launch: block, region }: FastLaunchOptions, complaints: Complaints): void {
  if (!enablesFastLaunch(block)) return;
  const { max_parallel_launches: launches, target_resource_count: count } = block;
  if (launches && launches < 6) {
    complaints.error(
      "fast_launch.max_parallel_launches",
      `"max_parallel_launches" must be 6 or more, not ${launches}`,
      "EC2 launches at least 6 instances in parallel.",
    );
  }
  if (count && count < 1) {
    complaints.error("fast_launch.target_resource_count", `"target_resource_count" must be 1 or more, not ${count}`);
  }
  checkTemplate(block, "fast_launch", complaints);
  const own = hasTemplate(block) ? [region ?? ""] : [];
  const seen = new Set(own);
  block.region_launch_templates.forEach((entry, index) => {
    const option = `fast_launch.region_launch_templates[${index}]`;
    if (entry.region === "") complaints.error(`${option}.region`, '"region" must not be empty');
    else if (seen.has(entry.region) && entry.region !== PLACEHOLDER) {
      complaints.error(
        `${option}.region`,
        `"fast_launch" has two launch templates for ${entry.region}`,
        own.includes(entry.region)
          ? 'The launch template of the block itself is that of the build Region. Remove it, or the entry in "region_launch_templates".'
          : "Remove one of the entries.",
      );
    }
    seen.add(entry.region);
    if (entry.enable_fast_launch !== false) checkTemplate(entry, option, complaints);
  });
}

function checkTemplate(options: TemplateOptions, option: string, complaints: Complaints): void {
  const { template_id: id, template_name: name, template_version: version } = options;
  if (id && name) {
    complaints.error(`${option}.template_name`, 'Only one of "template_id" and "template_name" can be specified');
  }
  if (version && version < 1) {
    complaints.error(`${option}.template_version`, `"template_version" must be 1 or more, not ${version}`);
  }
  if (version && !hasTemplate(options)) {
    complaints.error(`${option}.template_version`, '"template_version" needs "template_id" or "template_name"');
  }
}
