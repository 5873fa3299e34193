import { shortDuration } from "../phrases.js";
import { amiOf, type BakeReport, type BuildReport, type RunFacts } from "../report.js";
import { code, link, prose } from "./escape.js";

/** How a bake or a build ended, as a report shows it. */
interface Status {
  readonly mark: "✅" | "❌" | "⚠️" | "⏹️";
  readonly word: string;
}

/** The heading of a report: a mark, and the template's directory with the image's name. */
export function title(report: BakeReport, facts: RunFacts): string {
  return `## ${statusOf(report).mark} ${imagePath(facts)}`;
}

/** The image below the directory of its template, whose name it can repeat: `images/web` for the image `web` of `images/web/main.json`. */
export function imagePath({ template, image }: Pick<RunFacts, "template" | "image">): string {
  const directory = template.replace(/[/\\]+$/, "").replace(/(^|[/\\])[^/\\]*\.(json|hcl)$/i, "");
  if (directory === "" || directory === "." || directory === "-") return code(image);
  const above = directory.split(/[/\\]/);
  const last = above.at(-1) ?? "";
  const repeats = image === last || image.startsWith(`${last}-`);
  return code([...(repeats ? above.slice(0, -1) : above), image].join("/"));
}

/** The line under the heading: outcome, duration, template, commit and run. */
export function headline(report: BakeReport, facts: RunFacts): string {
  const { word } = statusOf(report);
  const preposition = report.outcome === "succeeded" ? "in" : "after";
  const took =
    report.startedAt === undefined
      ? ""
      : ` ${preposition} ${shortDuration((report.endedAt ?? facts.now) - report.startedAt)}`;
  const rehearsal = facts.rehearsal ? " Rehearsal on the local cloud: nothing was created in AWS." : "";
  const recorded = facts.recorded > 0 ? " **Windows did not run: its commands and files were only recorded.**" : "";
  return `**${word}**${took} from ${templateAndRun(facts)}.${rehearsal}${recorded}`;
}

/** The template, its commit and the run: `images/web.json` at `0123456`, run 7. */
export function templateAndRun({ template, run }: Pick<RunFacts, "template" | "run">): string {
  if (!run) return code(template);
  const commit = run.commit === "" ? "" : ` at ${link(code(run.commit.slice(0, 7)), run.commitUrl)}`;
  return `${code(template)}${commit}, ${link(prose(run.label), run.url)}`;
}

function statusOf(report: BakeReport): Status {
  const { builds, outcome } = report;
  if (outcome === "cancelled") return { mark: "⏹️", word: "Cancelled" };
  if (outcome !== "succeeded" && outcome !== "skipped") {
    const failed = builds.filter((build) => build.outcome === "failed");
    const isByTests = failed.length > 0 && failed.every(hasFailedTests);
    const word = isByTests ? "Image tests failed" : "Failed";
    return builds.some((build) => build.outcome === "succeeded")
      ? { mark: "⚠️", word: `${word}: ${failed.length} of ${builds.length} builds` }
      : { mark: "❌", word };
  }
  const word = builds.length > 0 && builds.every(isReused) ? "Unchanged, existing AMI reused" : "Baked";
  const missing = new Set(builds.flatMap((build) => amiOf(build)?.missing.map(({ region }) => region) ?? [])).size;
  if (missing > 0) return { mark: "⚠️", word: `${word}, but not in ${missing} ${missing === 1 ? "Region" : "Regions"}` };
  return { mark: "✅", word };
}

/** Whether a build reused an existing AMI instead of baking one. */
function isReused(build: BuildReport): boolean {
  return amiOf(build)?.skip?.skipped === true;
}

function hasFailedTests(build: BuildReport): boolean {
  return build.error?.code === "image-tests-failed";
}

/** The outcome of one build, in a table. */
export function buildStatus(build: BuildReport): string {
  if (build.outcome === "succeeded" && isReused(build)) return "✅ reused";
  if (build.outcome === "succeeded" && (amiOf(build)?.missing.length ?? 0) > 0) return "⚠️ succeeded in part";
  switch (build.outcome) {
    case "succeeded":
      return "✅ succeeded";
    case "failed":
      return hasFailedTests(build) ? "❌ image tests failed" : "❌ failed";
    case "cancelled":
      return "⏹️ cancelled";
    case "skipped":
      return "⏹️ skipped";
    default:
      return "not started";
  }
}
