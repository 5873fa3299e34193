import type { PreparedTemplate } from "../engine/api.js";
import { imageOf } from "../engine/request.js";
import { commentContent, commentMarkdown, summaryMarkdown } from "../report/markdown/documents.js";
import { redactDeep } from "../report/redact.js";
import type { BakeReport, RunFacts, RunLinks } from "../report/report.js";
import { commentClient } from "./comment/client.js";
import { writeComment } from "./comment/write.js";
import { commitOf, type GitHubEnvironment, runUrl } from "./environment.js";
import type { ActionInputs } from "./inputs/inputs.js";
import type { StepRun } from "./step.js";

/** The step whose documents are written. */
interface DocumentedRun extends StepRun<ActionInputs> {
  readonly rehearsal: boolean;
}

/** Writes the job summary, and the comment unless the run was cancelled (there is no time for it then). */
export async function writeDocuments(
  report: BakeReport,
  prepared: PreparedTemplate | undefined,
  run: DocumentedRun,
): Promise<void> {
  const facts = factsOf(prepared, run);
  run.addSummary(summaryMarkdown(report, facts));
  const { inputs, environment, log, rehearsal } = run;
  const { comment: mode, token } = inputs;
  const asked = mode === "always" || (mode === "auto" && environment.pullRequest !== undefined);
  if (report.outcome === "cancelled" || !asked || token === undefined) return;
  const client = await commentClient(environment.apiUrl, environment.repository, token);
  const outcome = await writeComment(client, environment, {
    mode,
    identity: {
      workflow: environment.workflow,
      job: environment.job,
      template: inputs.request.template.path,
      key: rehearsal ? `rehearsal ${inputs.commentKey}` : inputs.commentKey,
    },
    markdown: commentMarkdown(report, facts),
    content: commentContent(report, facts),
  });
  if (outcome.state === "written") log.line(`Comment: ${outcome.url}`);
  if (outcome.state === "unchanged") log.line(`Comment: ${outcome.url} (unchanged)`);
  if (outcome.state === "skipped" && outcome.notice) log.annotate(outcome.notice);
}

/** What summary and comment say in addition to the report; redacted. */
function factsOf(
  prepared: PreparedTemplate | undefined,
  { inputs: { request }, environment, rehearsal, secrets }: DocumentedRun,
): RunFacts {
  const facts: RunFacts = {
    template: request.template.path,
    image: imageOf(request),
    variables: prepared?.plan?.variables ?? [],
    sources: prepared?.sources ?? [],
    rehearsal,
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
