import { artifactText, createdArtifacts } from "../../core/artifact.js";
import type { Outcome } from "../../core/events.js";
import { plain } from "../../core/plain.js";
import { formatDuration } from "../../core/text.js";
import type { BakeReport, BuildReport } from "../report.js";

/** A line at the end of the console output; `tone` selects its colour. */
export interface EndingLine {
  readonly tone: "plain" | "error";
  readonly text: string;
}

/** `Build 'x' finished after …` or `Build 'x' errored after …: ERROR` (Packer §7.2). */
export function buildEnding(build: BuildReport): EndingLine {
  const name = plain(build.name);
  const took = formatDuration((build.endedAt ?? 0) - (build.startedAt ?? build.endedAt ?? 0));
  switch (build.outcome) {
    case "failed":
      return { tone: "error", text: `Build '${name}' errored after ${took}: ${errorOf(build)}` };
    case "cancelled":
      return { tone: "error", text: `Build '${name}' was cancelled after ${took}.` };
    default:
      return { tone: "plain", text: `Build '${name}' finished after ${took}.` };
  }
}

/** The lines after all builds: duration, errors, artifacts (Packer §3.2, §7.2). */
export function bakeEnding(report: BakeReport): readonly EndingLine[] {
  const took = formatDuration((report.endedAt ?? 0) - (report.startedAt ?? report.endedAt ?? 0));
  const lines: EndingLine[] = [line(""), line(`==> Wait completed after ${took}`), ...remaining(report)];
  if (report.outcome === "cancelled") {
    lines.push(...artifacts(report), line(""), line("Cleanly cancelled builds after being interrupted."));
    return lines;
  }
  const failed = withOutcome(report, "failed");
  if (failed.length > 0) {
    lines.push(line(""), error("==> Some builds didn't complete successfully and had errors:"));
    lines.push(...failed.map((build) => error(`--> ${plain(build.name)}: ${errorOf(build)}`)));
  }
  lines.push(...artifacts(report));
  if (!report.builds.some((build) => createdArtifacts(build.artifacts).length > 0)) {
    lines.push(line(""), line("==> Builds finished but no artifacts were created."));
  }
  return lines;
}

/** The artifacts of all builds, including failed ones: their images exist too. Each artifact is listed once (Packer appendix A). */
function artifacts(report: BakeReport): readonly EndingLine[] {
  const texts = report.builds.flatMap((build) =>
    [...new Set(createdArtifacts(build.artifacts).map(artifactText))].map(
      (text) => `--> ${plain(build.name)}: ${plain(text)}`,
    ),
  );
  if (texts.length === 0) return [];
  const heading = report.builds.every(
    (build) => createdArtifacts(build.artifacts).length === 0 || build.outcome === "succeeded",
  )
    ? "==> Builds finished. The artifacts of successful builds are:"
    : "==> The artifacts that were created are:";
  return [line(""), line(heading), ...texts.flatMap((text) => text.split("\n")).map(line)];
}

function remaining(report: BakeReport): readonly EndingLine[] {
  const rest = report.builds.flatMap((build) => build.remaining.filter((r) => r.action === "left"));
  if (rest.length === 0) return [];
  return [
    line(""),
    error("==> The following resources could not be removed. Remove them manually:"),
    ...rest.map((r) =>
      error(`--> ${r.kind} ${plain(r.id)}${r.region ? ` in ${r.region}` : ""}${r.why ? `: ${plain(r.why)}` : ""}`),
    ),
  ];
}

function withOutcome(report: BakeReport, outcome: Outcome): readonly BuildReport[] {
  return report.builds.filter((build) => build.outcome === outcome);
}

/** The error in one line. Its hint and place were printed when it happened. */
export function errorOf(build: BuildReport): string {
  return plain(build.error?.summary ?? "unknown error");
}

function line(text: string): EndingLine {
  return { tone: "plain", text };
}

function error(text: string): EndingLine {
  return { tone: "error", text };
}
