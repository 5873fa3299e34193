import { plainLine } from "../core/plain.js";
import type { BuildPreview, PlanPreview, RegionPreview } from "../core/preview.js";
import { changeText, decisionText, parameterText, planLine } from "../report/plan-phrases.js";
import { columns } from "./printer.js";

/** Number of characters of a value that are shown, e.g. of a variable. */
const LONGEST = 160;

/** Returns the lines of a plan for a terminal: a section for each build, then the plan on one line. */
export function planLines(plan: PlanPreview): readonly string[] {
  const account = plan.account === undefined ? [] : [`AWS account: ${plan.account}`, ""];
  return [
    ...account,
    ...plan.builds.flatMap(buildLines),
    plan.changes ? `Plan: ${planLine(plan)}.` : "Nothing to do.",
  ].map(plainLine);
}

function buildLines(build: BuildPreview): readonly string[] {
  const { identity, source, imageName } = build;
  const facts = [
    ...(imageName === undefined ? [] : [["AMI name:", imageName]]),
    ...(source ? [["Source AMI:", `${source.imageId} (${source.name}), created ${source.createdAt}`]] : []),
  ];
  return [
    `${identity.name} (${identity.builderType})`,
    `  ${decisionText(build)}`,
    "",
    ...section(
      "Changes:",
      build.changes.map((change) => shortened(changeText(change))),
    ),
    ...section(undefined, columns(facts)),
    ...section(undefined, regionLines(build)),
    ...section(
      "Replaced by the new AMI:",
      imagesOf(build.regions, ({ replaces }) => replaces),
    ),
    ...section(
      "Removed as older AMIs:",
      imagesOf(build.regions, ({ removes }) => removes),
    ),
    ...section(
      "Disabled as older AMIs:",
      imagesOf(build.regions, ({ disables }) => disables),
    ),
    ...section("Known only in the run:", build.knownLater),
    ...section("Not looked up:", build.notLookedUp),
  ];
}

function regionLines({ regions, decision }: BuildPreview): readonly string[] {
  if (regions.length === 0) return [];
  const hasParameter = regions.some(({ parameter }) => parameter);
  const rows = regions.map(({ region, image, parameter }) => [
    region,
    decision === "unknown" ? "not known" : image,
    ...(parameter ? [parameter.name, parameterText(parameter, decision)] : []),
  ]);
  return columns([["REGION", "AMI", ...(hasParameter ? ["PARAMETER", "NAMES"] : [])], ...rows]);
}

function imagesOf(
  regions: readonly RegionPreview[],
  idsOf: (region: RegionPreview) => readonly string[],
): readonly string[] {
  return regions.flatMap((region) => idsOf(region).map((id) => `${id} in ${region.region}`));
}

/** Returns lines under a title, and an empty line after them; nothing without lines. */
function section(title: string | undefined, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const margin = title === undefined ? "  " : "    ";
  return [...(title === undefined ? [] : [`  ${title}`]), ...lines.map((line) => `${margin}${line}`), ""];
}

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
