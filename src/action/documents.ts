import type { PreparedTemplate } from "../engine/api.js";
import { type BakeRequest, imageOf } from "../engine/request.js";
import { commentContent, commentMarkdown, summaryMarkdown } from "../report/markdown/documents.js";
import type { RunFacts } from "../report/markdown/facts.js";
import { type Redactor, redactDeep } from "../report/redact.js";
import type { BakeReport } from "../report/report.js";
import { commentClient } from "./comment/client.js";
import { writeComment } from "./comment/write.js";
import { commitOf, type GitHubEnvironment, runUrl } from "./environment.js";
import { writeSummary } from "./file-commands.js";
import type { ActionInputs } from "./inputs/inputs.js";
import type { ActionLog } from "./log.js";

/** What summary and comment say beside the report; redacted. */
export function factsOf(
  request: BakeRequest,
  prepared: PreparedTemplate | undefined,
  environment: GitHubEnvironment,
  rehearsal: boolean,
  secrets: Redactor,
): RunFacts {
  const commit = commitOf(environment);
  const facts: RunFacts = {
    template: request.template.path,
    image: imageOf(request),
    variables: prepared?.plan?.variables ?? [],
    sources: prepared?.sources ?? [],
    rehearsal,
    run:
      environment.repository === ""
        ? undefined
        : {
            url: runUrl(environment),
            commit: commit.sha,
            commitUrl: commit.url,
            label: `run ${environment.runId}`,
          },
    now: Date.now(),
  };
  return redactDeep(facts, secrets);
}

/** Writes the job summary, and the comment unless the run was cancelled (there is no time for it then). */
export async function writeDocuments(
  report: BakeReport,
  facts: RunFacts,
  inputs: ActionInputs,
  environment: GitHubEnvironment,
  summaryPath: string | undefined,
  log: ActionLog,
): Promise<void> {
  writeSummary(summaryPath, summaryMarkdown(report, facts));
  const wanted = inputs.comment !== "never" && (inputs.comment === "always" || environment.pullRequest !== undefined);
  if (report.outcome === "cancelled" || !wanted || inputs.token === undefined) return;
  const client = await commentClient(environment.apiUrl, environment.repository, inputs.token);
  const { workflow, job } = environment;
  const key = facts.rehearsal ? `rehearsal ${inputs.commentKey}` : inputs.commentKey;
  const identity = { workflow, job, template: inputs.request.template.path, key };
  const markdown = commentMarkdown(report, facts);
  const content = commentContent(report, facts);
  const outcome = await writeComment(client, environment, inputs.comment, identity, markdown, content);
  if (outcome.state === "written") log.line(`Comment: ${outcome.url}`);
  if (outcome.state === "unchanged") log.line(`Comment: ${outcome.url} (unchanged)`);
  if (outcome.state === "skipped" && outcome.notice) log.annotate(outcome.notice);
}
