import type { ActionInputs } from "../inputs/inputs.js";
import type { StepRun } from "../step.js";
import { commentClient } from "./client.js";
import { writeComment } from "./write.js";

/** The step that a comment belongs to. */
export type CommentedRun = Pick<StepRun<unknown>, "environment" | "log"> & {
  readonly inputs: ActionInputs;
  readonly rehearsal: boolean;
};

/** Both forms of a comment. */
export interface CommentTexts {
  readonly markdown: string;
  /** Without times: a comment with the same content is not written again. */
  readonly content: string;
}

/** Whether the inputs and the event call for a comment, and there is a token for it. */
export function isCommentRequested({ inputs, environment }: CommentedRun): boolean {
  const { comment: mode, token } = inputs;
  return token !== undefined && (mode === "always" || (mode === "auto" && environment.pullRequest !== undefined));
}

/** Writes the comment of a bake, if one is requested, and reports it in the log. */
export async function publishComment(run: CommentedRun, texts: CommentTexts): Promise<void> {
  const { inputs, environment, log, rehearsal } = run;
  const { comment: mode, token } = inputs;
  if (!isCommentRequested(run) || token === undefined) return;
  const client = await commentClient(environment.apiUrl, environment.repository, token);
  const outcome = await writeComment(client, environment, {
    mode,
    identity: {
      workflow: environment.workflow,
      job: environment.job,
      template: inputs.request.template.path,
      key: rehearsal ? `rehearsal ${inputs.commentKey}` : inputs.commentKey,
    },
    ...texts,
  });
  if (outcome.state === "written") log.line(`Comment: ${outcome.url}`);
  if (outcome.state === "unchanged") log.line(`Comment: ${outcome.url} (unchanged)`);
  if (outcome.state === "skipped" && outcome.notice) log.annotate(outcome.notice);
}
