import type { AmiArtifact } from "../../core/artifact.js";
import { type Diagnostic, renderDiagnostic } from "../../core/diagnostics.js";
import { formatDuration } from "../../core/text.js";
import { ageOf } from "../phrases.js";
import { amiOf, type BakeReport, type BuildReport, type RemainingReport, type RunFacts } from "../report.js";
import { imageUrl, parameterUrl, resourceUrl } from "./console-links.js";
import { code, fenced, folded, link, prose, table } from "./escape.js";

/** Longest value of a variable that is shown whole. */
const VALUE_WIDTH = 200;

/** The line under the heading: outcome of the whole and where it ran. */
export function headline(report: BakeReport, facts: RunFacts): string {
  const took =
    report.startedAt === undefined ? "" : ` in ${formatDuration((report.endedAt ?? facts.now) - report.startedAt)}`;
  const { run } = facts;
  const from = run
    ? ` from ${link(code(run.commit.slice(0, 7)), run.commitUrl)}, ${link(prose(run.label), run.url)}`
    : "";
  return `${verdict(report, facts)}${took}: ${code(facts.template)}${from}`;
}

function verdict(report: BakeReport, facts: RunFacts): string {
  const skipped = report.builds.length > 0 && report.builds.every((build) => amiOf(build)?.skip?.skipped === true);
  const word = skipped
    ? "Unchanged"
    : { succeeded: "Baked", failed: "Failed", cancelled: "Cancelled", skipped: "Unchanged" }[
        report.outcome ?? "failed"
      ];
  return `**${word}**${facts.rehearsal ? " (a rehearsal: nothing is in AWS)" : ""}`;
}

/** Region → AMI of one build, with its parameter; regions whose copy failed say so. */
export function imageTable(build: BuildReport, facts: RunFacts): string {
  const ami = amiOf(build);
  if (!ami || ami.images.length + ami.missing.length === 0) return "";
  const withParameters = build.parameters.length > 0;
  const parameterOf = (region: string) => {
    const found = build.parameters.find((p) => p.region === region);
    if (!found) return withParameters ? [""] : [];
    const url = facts.rehearsal ? undefined : parameterUrl(region, found.parameter);
    return [`${link(code(found.parameter), url)} version ${found.version}`];
  };
  const rows = [
    ...ami.images.map((image) => [
      code(image.region),
      link(code(image.imageId), facts.rehearsal ? undefined : imageUrl(image.region, image.imageId)),
      ...parameterOf(image.region),
    ]),
    ...ami.missing.map(({ region, reason }) => [
      code(region),
      `missing: ${prose(reason)}`,
      ...(withParameters ? [""] : []),
    ]),
  ];
  return table(["Region", "AMI", ...(withParameters ? ["Parameter"] : [])], rows);
}

/** Name of the image and what it was made from. */
export function imageFacts(build: BuildReport, facts: RunFacts): string {
  const ami = amiOf(build);
  if (!ami) return "";
  const lines = [`Image ${code(ami.imageName)}`, sourceLine(ami, facts)];
  if (ami.skip) lines.push(prose(ami.skip.reason));
  return lines.join("<br>\n");
}

function sourceLine(ami: AmiArtifact, facts: RunFacts): string {
  const { source } = ami;
  const url = facts.rehearsal ? undefined : imageUrl(ami.buildRegion, source.imageId);
  const age = ageOf(source.createdAt, facts.now);
  return `Source AMI ${link(code(source.imageId), url)} ${code(source.name)}${age ? `, ${age}` : ""}`;
}

/** All builds in one table; empty for a single one. */
export function buildsTable(report: BakeReport): string {
  if (report.builds.length < 2) return "";
  const rows = report.builds.map((build) => [
    code(build.name),
    code(build.builder),
    build.outcome ?? "not started",
    build.startedAt === undefined || build.endedAt === undefined ? "" : formatDuration(build.endedAt - build.startedAt),
  ]);
  return table(["Build", "Builder", "Outcome", "Duration"], rows);
}

/** Why a build failed: the error with its place, and the last lines of output. */
export function failure(build: BuildReport, facts: RunFacts): string {
  if (!build.error || build.outcome !== "failed") return "";
  const tail = build.tail.length > 0;
  return [
    `**${code(build.name)} failed**`,
    fenced(renderDiagnostic(build.error, facts.sources)),
    ...(tail ? [folded("Last lines of output", fenced(build.tail.join("\n")))] : []),
  ].join("\n\n");
}

/** Errors and warnings that belong to no build, or to one that goes on. */
export function complaints(report: BakeReport, facts: RunFacts): string {
  const all: readonly Diagnostic[] = [...report.diagnostics, ...report.builds.flatMap((build) => build.warnings)];
  if (all.length === 0) return "";
  const text = fenced(all.map((diagnostic) => renderDiagnostic(diagnostic, facts.sources)).join("\n\n"));
  return all.some((d) => d.severity === "error")
    ? text
    : folded(all.length === 1 ? "1 warning" : `${all.length} warnings`, text);
}

/** Artifacts that are no AMIs. */
export function otherArtifacts(build: BuildReport): string {
  const others = build.artifacts.filter((artifact) => artifact.kind === "files" || artifact.kind === "docker-image");
  return others.map((artifact) => `- ${code(build.name)}: ${prose(artifact.text)}`).join("\n");
}

/** What is still in the account: kept on purpose, or impossible to remove. */
export function remainingResources(report: BakeReport, facts: RunFacts): string {
  return remainingTable(
    report.builds.flatMap((build) => build.remaining),
    facts.rehearsal,
  );
}

/** The table of resources that remain; empty when there are none. */
export function remainingTable(remaining: readonly RemainingReport[], rehearsal: boolean): string {
  const rows = remaining.map((r) => [
    r.action === "left" ? "**could not be removed**" : "kept",
    prose(r.kind),
    link(code(r.id), r.region && !rehearsal ? resourceUrl(r.kind, r.region, r.id) : undefined),
    r.region ? code(r.region) : "",
    prose(r.why ?? ""),
  ]);
  return rows.length === 0 ? "" : table(["Still there", "Kind", "Id", "Region", "Why"], rows);
}

/** Variables that went in. */
export function variables(facts: RunFacts): string {
  if (facts.variables.length === 0) return "";
  const rows = facts.variables.map(({ name, value }) => [code(name), value === undefined ? "" : code(shorten(value))]);
  return folded("Variables", table(["Variable", "Value"], rows));
}

function shorten(value: string): string {
  return value.length > VALUE_WIDTH ? `${value.slice(0, VALUE_WIDTH)}…` : value;
}
