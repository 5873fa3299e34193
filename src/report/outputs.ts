import { type AmiArtifact, artifactId } from "../core/artifact.js";
import type { ImageTestReport } from "../core/image-tests.js";
import type { PackageReport } from "../core/packages.js";
import { amiOf, type BakeReport, type BuildReport } from "./report.js";
import { testCounts, testRows, testsOf } from "./tests.js";

/** Names of failed tests in the output `builds`: the outputs of a job have a limit (1 MB), and a script can report a thousand tests. */
const MOST_NAMES = 50;

/** Every output of the Action, in the order of action.yml. */
export const OUTPUTS = [
  "ami-id",
  "ami-ids",
  "artifact-id",
  "image-name",
  "source-ami",
  "snapshot-ids",
  "ssm-parameters",
  "manifest",
  "packages",
  "sbom",
  "tests",
  "test-results",
  "builds",
  "duration",
  "outcome",
  "skipped",
  "reason",
] as const;

export type OutputName = (typeof OUTPUTS)[number];

/**
 * Returns the outputs of a bake. Outputs with one value describe the first successful build with an AMI, in template order (or the
 * first with an AMI, if none succeeded). Maps are JSON by Region; `manifest` has one path in each line; `duration` is in seconds. `testResults`
 * is the absolute path of the file with the results of the tests; undefined if there is none.
 */
export function outputsOf(report: BakeReport, testResults?: string): Readonly<Record<OutputName, string>> {
  const build = report.builds.find((b) => b.outcome === "succeeded" && amiOf(b)) ?? report.builds.find((b) => amiOf(b));
  const ami = build && amiOf(build);
  const listed = build ?? report.builds.find((b) => b.packages);
  return {
    "ami-id": (ami && mainImage(ami)) ?? "",
    "ami-ids": JSON.stringify(ami ? imageIds(ami) : {}),
    "artifact-id": ami ? artifactId(ami) : "",
    "image-name": ami?.imageName ?? "",
    "source-ami": ami?.source.imageId ?? "",
    "snapshot-ids": JSON.stringify(ami ? snapshotIds(ami) : {}),
    "ssm-parameters": JSON.stringify(build ? parameters(build) : {}),
    manifest: manifests(report).join("\n"),
    packages: listed?.packages?.file ?? "",
    sbom: listed?.packages?.sbom ?? "",
    tests: testsOutcome(report),
    "test-results": testResults ?? "",
    builds: JSON.stringify(report.builds.map(buildOutput)),
    duration: String(seconds(report.startedAt, report.endedAt)),
    outcome: report.outcome ?? "failed",
    skipped: String(ami?.skip?.skipped === true),
    reason: ami?.skip?.reason ?? "",
  };
}

/** `failed` if the tests of any build failed, `passed` if others ended; empty if no tests ended. */
function testsOutcome({ builds }: BakeReport): "passed" | "failed" | "" {
  const outcomes = builds.flatMap((build) => testsOf(build)?.outcome ?? []);
  if (outcomes.includes("failed")) return "failed";
  return outcomes.length > 0 ? "passed" : "";
}

/** Absolute paths of the manifests, each once: builds can share one. */
function manifests({ builds }: BakeReport): readonly string[] {
  const files = builds.flatMap((build) => build.files).filter(({ kind }) => kind === "manifest");
  return [...new Set(files.map(({ path }) => path))];
}

/** The AMI in the build Region, or in the first Region if that one is not kept (`skip_save_build_region`). */
function mainImage(ami: AmiArtifact): string | undefined {
  return (ami.images.find((image) => image.region === ami.buildRegion) ?? ami.images[0])?.imageId;
}

function imageIds(ami: AmiArtifact): Record<string, string> {
  return Object.fromEntries(ami.images.map((image) => [image.region, image.imageId]));
}

function snapshotIds(ami: AmiArtifact): Record<string, readonly string[]> {
  return Object.fromEntries(ami.images.map((image) => [image.region, image.snapshotIds]));
}

/** Sorted by Region: they are published in parallel, and equal runs must have equal outputs. */
function parameters(build: BuildReport): Record<string, string> {
  const sorted = build.parameters.toSorted((a, b) => a.region.localeCompare(b.region));
  return Object.fromEntries(sorted.map(({ region, parameter }) => [region, parameter]));
}

function seconds(from: number | undefined, to: number | undefined): number {
  return from === undefined || to === undefined ? 0 : Math.round((to - from) / 1000);
}

/** One build in the output `builds`. The JSON has no undefined keys. */
function buildOutput(build: BuildReport) {
  const ami = amiOf(build);
  const tests = testsOf(build);
  return {
    name: build.name,
    builder: build.builder,
    outcome: build.outcome ?? "failed",
    duration: seconds(build.startedAt, build.endedAt),
    artifacts: build.artifacts.map((artifact) => ({ "builder-id": artifact.builderId, id: artifactId(artifact) })),
    packages: build.packages && packagesOutput(build.packages),
    tests: tests && testsOutput(tests),
    error: build.error?.summary,
    "image-name": ami?.imageName,
    "ami-ids": ami && imageIds(ami),
    "snapshot-ids": ami && snapshotIds(ami),
    "source-ami": ami?.source.imageId,
    "ssm-parameters": ami && parameters(build),
    missing: ami?.missing.map(({ region }) => region),
  };
}

/** The packages of one build: number, changes since an image, and files. */
function packagesOutput({ count, since, difference, file, sbom }: PackageReport) {
  return { count, since, ...difference?.counts, security: difference?.security, file, sbom };
}

/** The tests of one build: outcome, and number of tests by outcome. `earlier` if an earlier run tested the image with the same tests. */
function testsOutput(report: ImageTestReport) {
  const { outcome, earlier } = report;
  const failed = testRows(report).filter((row) => row.outcome === "failed");
  return {
    outcome,
    earlier: earlier !== undefined,
    ...testCounts(report),
    "failed-tests": failed.slice(0, MOST_NAMES).map(({ name }) => name),
  };
}
