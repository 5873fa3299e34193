import { type Artifact, artifactId, artifactText, createdArtifacts } from "../core/artifact.js";
import type { BakeEvent } from "../core/events.js";
import type { ImageTestReport } from "../core/image-tests.js";
import { plainLine } from "../core/plain.js";
import { errorOf } from "./console/ending.js";
import { type BakeReport, type BuildReport, EMPTY_REPORT, withEvent } from "./report.js";
import { testRows } from "./tests.js";

/** One record of `-machine-readable` (Packer §7.3), without a newline. `at` in milliseconds since the epoch. */
export function machineRecord(at: number, target: string, type: string, ...data: readonly string[]): string {
  return [String(Math.floor(at / 1000)), target, type, ...data].map(escapeField).join(",");
}

function escapeField(text: string): string {
  return text.replaceAll(",", "%!(PACKER_COMMA)").replaceAll("\r", "\\r").replaceAll("\n", "\\n");
}

/** The type of a line in a `ui` record. */
function uiWord(event: BakeEvent): "say" | "message" | "error" {
  if (event.type === "message" || event.type === "progress") return "message";
  if (event.type === "diagnostic") return event.diagnostic.severity === "error" ? "error" : "say";
  if (event.type === "output") return event.stream === "stdout" ? "message" : "say";
  if (event.type === "build-failing") return "error";
  if (event.type === "image-tested") return event.report.outcome === "failed" ? "error" : "say";
  return event.type === "build-ended" && event.outcome !== "succeeded" ? "error" : "say";
}

/**
 * Returns the machine-readable form of `story`: its lines as `ui` records, the tests of images, then errors and artifacts. Events must be
 * redacted, as for `story`.
 */
export function machineReadable(
  story: (event: BakeEvent) => readonly string[],
): (event: BakeEvent) => readonly string[] {
  let report: BakeReport = EMPTY_REPORT;
  return (event) => {
    report = withEvent(report, event);
    const lines = story(event).map((line) => machineRecord(event.at, "", "ui", uiWord(event), line));
    if (event.type === "image-tested") return [...lines, ...testRecords(event.report, event)];
    return event.type === "bake-ended" ? [...resultRecords(report, event.at), ...lines] : lines;
  };
}

function resultRecords(report: BakeReport, at: number): readonly string[] {
  const failed = report.builds.filter((build) => build.outcome === "failed" || build.outcome === "cancelled");
  const errors =
    failed.length === 0
      ? []
      : [
          machineRecord(at, "", "error-count", String(failed.length)),
          ...failed.map((build) => machineRecord(at, build.name, "error", errorOf(build))),
        ];
  return [...errors, ...report.builds.flatMap((build) => artifactRecords(build, at))];
}

/** `test-count`, then for each test `test`: index, name, instance type, outcome, milliseconds and reason. */
function testRecords(report: ImageTestReport, { at, build = "" }: Pick<BakeEvent, "at" | "build">): readonly string[] {
  const rows = testRows(report);
  return [
    machineRecord(at, build, "test-count", String(rows.length)),
    ...rows.map(({ name, instanceType, outcome, duration, message = "" }, index) =>
      machineRecord(
        at,
        build,
        "test",
        ...[String(index), name, instanceType, outcome, String(duration), message].map(plainLine),
      ),
    ),
  ];
}

function artifactRecords(build: BuildReport, at: number): readonly string[] {
  const artifacts = [
    ...new Map(createdArtifacts(build.artifacts).map((a) => [artifactId(a) + artifactText(a), a])).values(),
  ];
  if (artifacts.length === 0) return [];
  const record = (index: number, ...data: readonly string[]) =>
    machineRecord(at, build.name, "artifact", String(index), ...data);
  return [
    machineRecord(at, build.name, "artifact-count", String(artifacts.length)),
    ...artifacts.flatMap((artifact, index) => [
      record(index, "builder-id", artifact.builderId),
      record(index, "id", artifactId(artifact)),
      record(index, "string", artifactText(artifact)),
      record(index, "files-count", String(filesOf(artifact).length)),
      ...filesOf(artifact).map((file, i) => record(index, "file", String(i), file)),
      record(index, "end"),
    ]),
  ];
}

function filesOf(artifact: Artifact): readonly string[] {
  return artifact.kind === "files" ? artifact.files : [];
}
