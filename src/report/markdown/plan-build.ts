import type { BuildPreview, RegionPreview } from "../../core/preview.js";
import { ageOf } from "../phrases.js";
import { parameterSides, planCounts } from "../plan-phrases.js";
import type { RunFacts } from "../report.js";
import { imageUrl, parameterUrl } from "./console-links.js";
import { code, link, message } from "./escape.js";
import { anchor, type Column, idCell, longTable } from "./html.js";

/** Longest value of a changed input that is printed whole. */
const VALUE_WIDTH = 200;

/** Longest value that does not wrap: an AMI ID has 21 characters. */
const NARROW = 30;

/** The inputs that differ from those of the compared AMI, or what would change on a reused AMI, with the values that are known. */
export function changedInputs({ changes, decision }: BuildPreview, most: number): string {
  const hasValues = changes.some(({ from, to }) => from !== undefined || to !== undefined);
  const rows = changes.map(({ what, from = "", to = "" }) => [what, ...(hasValues ? [from, to] : [])].map(shorten));
  const titles = [decision === "reuse" ? "To change" : "Changed input", ...(hasValues ? ["Old", "New"] : [])];
  const columns = titles.map((title, index): Column => {
    return rows.some((row) => (row[index] ?? "").length > NARROW) ? { title, wraps: true } : title;
  });
  const cells = rows.map((row) => row.map((text) => (text === "" ? "" : idCell(text))));
  return longTable(columns, cells, { summary: `${rows.length} changes`, most });
}

function shorten(value: string): string {
  return value.length > VALUE_WIDTH ? `${value.slice(0, VALUE_WIDTH)}…` : value;
}

/**
 * The AMI and the parameter of each Region. A parameter that has the same name in all Regions is printed once above the table. Empty for a
 * build without Regions.
 */
export function regionsTable(build: BuildPreview, facts: RunFacts, most: number): string {
  const { regions, decision } = build;
  const names = new Set(regions.flatMap(({ parameter }) => parameter?.name ?? []));
  const isShared = names.size === 1;
  const columns = [
    ...["Region", "AMI"],
    ...(names.size === 0 ? [] : [...(isShared ? [] : ["Parameter"]), "Parameter now", "Parameter after"]),
  ];
  const rows = regions.map((region) => [
    idCell(region.region),
    decision === "unknown" ? "not known" : IMAGE_WORDS[region.image],
    ...(names.size === 0 ? [] : parameterCells(region, build, { isShared, facts })),
  ]);
  const [name = ""] = names;
  const { parameters } = planCounts({ builds: [build] });
  const set = parameters === 0 ? "" : `, ${parameters === 1 ? "1 parameter" : `${parameters} parameters`} to set`;
  const table = longTable(columns, rows, { summary: `${rows.length} Regions${set}`, most });
  return [isShared ? `Parameter: ${code(name)}` : "", table].filter((part) => part !== "").join("\n\n");
}

const IMAGE_WORDS = { create: "new", copy: "copy", present: "exists" } as const;

function parameterCells(
  { region, parameter }: RegionPreview,
  { decision }: BuildPreview,
  { isShared, facts }: { readonly isShared: boolean; readonly facts: RunFacts },
): readonly string[] {
  if (!parameter) return [...(isShared ? [] : [""]), "", ""];
  const { from, to } = parameterSides(parameter, decision);
  const side = (text: string, id: string | undefined) => (id === undefined ? text : imageCell(region, id, facts));
  return [
    ...(isShared
      ? []
      : [anchor(idCell(parameter.name), facts.rehearsal ? undefined : parameterUrl(region, parameter.name))]),
    side(from, parameter.isRead ? parameter.from : undefined),
    to === undefined ? "unchanged" : side(to, decision === "unknown" ? undefined : parameter.to),
  ];
}

function imageCell(region: string, id: string, { rehearsal }: RunFacts): string {
  return anchor(idCell(id), rehearsal ? undefined : imageUrl(region, id));
}

/** The AMIs that the bake would replace, remove or disable. Empty without any. */
export function oldImages({ regions }: BuildPreview, facts: RunFacts, most: number): string {
  const rows = regions.flatMap(({ region, replaces, removes, disables }) => [
    ...replaces.map((id) => ["replaced by the new AMI of this name", region, id] as const),
    ...removes.map((id) => ["removed as an older image", region, id] as const),
    ...disables.map((id) => ["disabled as an older image", region, id] as const),
  ]);
  const cells = rows.map(([what, region, id]) => [idCell(region), imageCell(region, id, facts), `<b>${what}</b>`]);
  const summary = rows.length === 1 ? "1 existing AMI that changes" : `${rows.length} existing AMIs that change`;
  return longTable(["Region", "Existing AMI", "After the bake"], cells, { summary, most });
}

/** Name of the image, existing and source AMI, and what is only known in the run. */
export function previewFacts(build: BuildPreview, facts: RunFacts): string {
  const { imageName, existing, knownLater } = build;
  return [
    ...(imageName === undefined ? [] : [`Image: ${code(imageName)}`]),
    ...(existing === undefined ? [] : [`Existing AMI: ${imageLink(existing, build, facts)}`]),
    ...sourceLine(build, facts),
    ...(knownLater.length === 0 ? [] : [`Only known in the run: ${knownLater.map(message).join("; ")}`]),
  ].join("<br>\n");
}

function sourceLine(build: BuildPreview, facts: RunFacts): readonly string[] {
  const { source } = build;
  if (!source) return [];
  const age = ageOf(source.createdAt, facts.now);
  return [`Source AMI: ${imageLink(source.imageId, build, facts)} ${code(source.name)}${age ? `, ${age}` : ""}`];
}

/** An AMI in the Region of the build, which is the first one. */
function imageLink(id: string, { regions }: BuildPreview, { rehearsal }: RunFacts): string {
  const region = regions[0]?.region;
  return link(code(id), rehearsal || region === undefined ? undefined : imageUrl(region, id));
}
