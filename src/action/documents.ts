import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PreparedTemplate } from "../engine/api.js";
import { imageOf } from "../engine/request.js";
import { commentContent, commentMarkdown, summaryMarkdown } from "../report/markdown/documents.js";
import { concealSources, redactDeep } from "../report/redact.js";
import type { BakeReport, RunFacts, RunLinks } from "../report/report.js";
import { type CommentTexts, isCommentRequested, publishComment } from "./comment/publish.js";
import { commitOf, type GitHubEnvironment, runUrl } from "./environment.js";
import type { ActionInputs } from "./inputs/inputs.js";
import type { BakeNotes } from "./state.js";
import type { StepRun } from "./step.js";

/** A step that writes a summary and a comment. */
interface DocumentedRun extends StepRun<ActionInputs> {
  readonly rehearsal: boolean;
  /** Number of Windows instances of which nothing ran. */
  readonly recorded: number;
}

/**
 * Writes the job summary and the comment. A cancelled run has no time for the comment: post writes it. Returns the notes for
 * post.
 */
export async function writeDocuments(
  report: BakeReport,
  prepared: PreparedTemplate | undefined,
  run: DocumentedRun,
): Promise<BakeNotes> {
  const facts = factsOf(prepared, run);
  run.addSummary(summaryMarkdown(report, facts));
  const { mask } = run.secrets;
  const texts = { markdown: mask(commentMarkdown(report, facts)), content: mask(commentContent(report, facts)) };
  if (report.outcome !== "cancelled") {
    await run.attempt("the comment", () =>
      publishComment({ ...run, kind: run.rehearsal ? "rehearsal" : "bake" }, texts),
    );
    return { bake: "reported" };
  }
  const { temporaryDirectory } = run.environment;
  const comment = isCommentRequested(run)
    ? await run.attempt("the comment for the post step", () => saveComment(texts, temporaryDirectory))
    : undefined;
  return { bake: "cancelled", ...(comment === undefined ? {} : { comment }) };
}

/** Saves a comment for post. Returns the file. */
function saveComment(texts: CommentTexts, directory: string | undefined): string | undefined {
  if (directory === undefined) return undefined;
  const file = join(directory, `bake-ami-comment-${randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(texts));
  return file;
}

/** Returns the redacted facts that summary and comment show in addition to the report. */
export function factsOf(
  prepared: PreparedTemplate | undefined,
  { inputs: { request }, environment, rehearsal, recorded, secrets }: Omit<DocumentedRun, "engine">,
): RunFacts {
  const facts: RunFacts = {
    template: request.template.path,
    image: imageOf(request),
    variables: prepared?.plan?.variables ?? [],
    sources: concealSources(prepared?.sources ?? [], secrets),
    rehearsal,
    recorded,
    run: environment.repository === "" ? undefined : runLinks(environment, request.workingDirectory),
    now: Date.now(),
  };
  return redactDeep(facts, secrets);
}

function runLinks(environment: GitHubEnvironment, workingDirectory: string): RunLinks {
  const { sha, url, blobUrl } = commitOf(environment);
  const { workspace } = environment;
  return {
    url: runUrl(environment),
    commit: sha,
    commitUrl: url,
    label: `run ${environment.runId}`,
    checkout: sha === "" ? undefined : { blobUrl, workspace, workingDirectory },
  };
}
