import type { AmiArtifact } from "../../core/artifact.js";
import type { Diagnostic } from "../../core/diagnostics.js";
import { accessLine, ageOf, shortDuration } from "../phrases.js";
import { amiOf, type BakeReport, type BuildReport, type RemainingReport, type RunFacts } from "../report.js";
import { imageUrl, parameterUrl, resourceUrl } from "./console-links.js";
import { code, folded, link, message, prose } from "./escape.js";
import { diagnosticMarkdown } from "./failures.js";
import { buildStatus } from "./headings.js";
import { anchor, idCell, longTable, nameCell, OPEN_ROWS, table } from "./html.js";

/** Longest value of a variable that is printed whole. */
const VALUE_WIDTH = 200;

/** Most rows of tables that are shorter in practice. */
const MOST_ROWS = 500;

/** Errors that are printed; a broken template can have thousands. */
const MOST_ERRORS = 50;

/**
 * The AMI of each Region, with its parameter. A parameter that has the same name in all Regions is printed once above the table; Regions
 * without an AMI are listed first.
 */
export function imageTable(build: BuildReport, facts: RunFacts): string {
  const ami = amiOf(build);
  if (!ami || ami.images.length + ami.missing.length === 0) return "";
  const names = new Set(build.parameters.map(({ parameter }) => parameter));
  const shown = names.size === 0 ? "none" : names.size === 1 ? "version" : "both";
  const rows = ami.images.map(({ region, imageId }) => [
    idCell(region),
    anchor(idCell(imageId), facts.rehearsal ? undefined : imageUrl(region, imageId)),
    ...parameterCells(build, region, { shown, facts }),
  ]);
  const missing = ami.missing.map(({ region, reason }) => `- ⚠️ No AMI in ${code(region)}: ${message(reason)}`);
  return [
    missing.join("\n"),
    ...(shown === "version" ? [...names].map((name) => `Parameter: ${code(name)}`) : []),
    rows.length > OPEN_ROWS ? mainImageLine(ami, facts) : "",
    longTable(["Region", "AMI", ...PARAMETER_COLUMNS[shown]], rows, {
      summary: `AMIs in ${rows.length} Regions`,
      most: MOST_ROWS,
    }),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** The AMI of the build's own Region, printed above a folded table; empty if that Region has none. */
function mainImageLine({ images, buildRegion }: AmiArtifact, { rehearsal }: RunFacts): string {
  const main = images.find(({ region }) => region === buildRegion);
  if (!main) return "";
  return `AMI: ${link(code(main.imageId), rehearsal ? undefined : imageUrl(buildRegion, main.imageId))} in ${code(buildRegion)}`;
}

/** What the rows of an image table have of a parameter: a name that all Regions share is not repeated. */
const PARAMETER_COLUMNS = { none: [], version: ["Version"], both: ["Parameter", "Version"] } as const;

function parameterCells(
  { parameters }: BuildReport,
  region: string,
  { shown, facts }: { readonly shown: keyof typeof PARAMETER_COLUMNS; readonly facts: RunFacts },
): readonly string[] {
  const found = parameters.find((p) => p.region === region);
  if (!found) return PARAMETER_COLUMNS[shown].map(() => "");
  const url = facts.rehearsal ? undefined : parameterUrl(region, found.parameter);
  const version = String(found.version);
  return shown === "version" ? [anchor(version, url)] : [anchor(idCell(found.parameter), url), version];
}

/** Name of the image, and the source AMI. */
export function imageFacts(build: BuildReport, facts: RunFacts): string {
  const ami = amiOf(build);
  if (!ami) return "";
  const lines = [`Image: ${code(ami.imageName)}`, sourceLine(ami, facts)];
  if (ami.skip) lines.push(message(ami.skip.reason));
  return lines.join("<br>\n");
}

function sourceLine(ami: AmiArtifact, facts: RunFacts): string {
  const { source } = ami;
  const url = facts.rehearsal ? undefined : imageUrl(ami.buildRegion, source.imageId);
  const age = ageOf(source.createdAt, facts.now);
  return `Source AMI: ${link(code(source.imageId), url)} ${code(source.name)}${age ? `, ${age}` : ""}`;
}

/** How a build connects to its instance, if it was chosen; the build is named if there are several. */
export function accessText({ name, access }: BuildReport, several: boolean): string {
  if (!access) return "";
  return `Access${several ? ` of ${code(name)}` : ""}: ${message(accessLine(access))}`;
}

/** All builds in one table; empty for a single one. */
export function buildsTable(report: BakeReport): string {
  if (report.builds.length < 2) return "";
  const rows = report.builds.map((build) => [
    idCell(build.name),
    idCell(build.builder),
    buildStatus(build),
    build.startedAt === undefined || build.endedAt === undefined ? "" : shortDuration(build.endedAt - build.startedAt),
  ]);
  return longTable(["Build", "Builder", "Outcome", "Duration"], rows, {
    summary: `${rows.length} builds`,
    most: MOST_ROWS,
  });
}

/** Errors that belong to no build, each as paragraphs, the first ones only. */
export function errors({ diagnostics }: BakeReport, facts: RunFacts): readonly string[] {
  const all = diagnostics.filter(({ severity }) => severity === "error");
  const rest = all.length > MOST_ERRORS ? [`… and ${all.length - MOST_ERRORS} more errors. See the log.`] : [];
  return [...all.slice(0, MOST_ERRORS).map((error) => diagnosticMarkdown(error, facts)), ...rest];
}

/** Warnings and notices of the template and of all builds, folded. */
export function warnings(report: BakeReport, facts: RunFacts): string {
  const all: readonly Diagnostic[] = [
    ...report.diagnostics.filter(({ severity }) => severity !== "error"),
    ...report.builds.flatMap((build) => build.warnings),
  ];
  if (all.length === 0) return "";
  const text = all.map((diagnostic) => diagnosticMarkdown(diagnostic, facts)).join("\n\n");
  return folded(all.length === 1 ? "1 warning" : `${all.length} warnings`, text);
}

/** Artifacts that are not AMIs. */
export function otherArtifacts(build: BuildReport): string {
  const others = build.artifacts.filter((artifact) => artifact.kind === "files" || artifact.kind === "docker-image");
  return others.map((artifact) => `- ${code(build.name)}: ${prose(artifact.text)}`).join("\n");
}

/** Resources that still exist: kept on purpose, or impossible to remove. */
export function remainingResources(report: BakeReport, facts: RunFacts): string {
  return remainingTable(
    report.builds.flatMap((build) => build.remaining),
    facts.rehearsal,
  );
}

/** The table of resources that still exist; empty when there are none. */
export function remainingTable(remaining: readonly RemainingReport[], rehearsal: boolean): string {
  const rows = remaining.map((r) => [
    r.action === "left" ? "❌ could not be removed" : "kept",
    prose(r.kind),
    anchor(idCell(r.id), r.region && !rehearsal ? resourceUrl(r.kind, r.region, r.id) : undefined),
    r.region ? idCell(r.region) : "",
    prose(r.why ?? ""),
  ]);
  const shown = longTable(["Status", "Kind", "ID", "Region", { title: "Reason", wraps: true }], rows, {
    summary: `${rows.length} resources`,
    most: MOST_ROWS,
  });
  return shown === "" ? "" : `**Resources that still exist**\n\n${shown}`;
}

/** The input variables and their values. */
export function variables(facts: RunFacts): string {
  if (facts.variables.length === 0) return "";
  const rows = facts.variables.map(({ name, value }) => [
    idCell(name),
    value === undefined ? "<em>sensitive or not set</em>" : nameCell(shorten(value)),
  ]);
  return folded("Variables", table(["Variable", { title: "Value", wraps: true }], rows));
}

function shorten(value: string): string {
  return value.length > VALUE_WIDTH ? `${value.slice(0, VALUE_WIDTH)}…` : value;
}
