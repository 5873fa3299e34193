import { systemClock } from "../../core/clock.js";
import type { Diagnostic } from "../../core/diagnostics.js";
import { plain } from "../../core/plain.js";
import { imageOf } from "../../engine/request.js";
import type { ActionInputs } from "../inputs/inputs.js";
import type { StepRun } from "../step.js";
import type { CommentIdentity } from "./body.js";
import { startBudget } from "./budget.js";
import { commentClient } from "./client.js";
import { isSearched, writeComment } from "./write.js";

/** The step that a comment belongs to. */
export type CommentedRun = Pick<StepRun<unknown>, "environment" | "log" | "debug"> & {
  readonly inputs: ActionInputs;
  /** Each kind of report has a comment of its own. */
  readonly kind: "bake" | "rehearsal" | "plan";
};

/** Both forms of a comment. */
export interface CommentTexts {
  readonly markdown: string;
  /** Without times: a comment with the same content is not written again. */
  readonly content: string;
}

/** Whether the inputs and the event call for a comment, and there is a token for it. */
export function isCommentRequested({ inputs, environment }: Pick<CommentedRun, "inputs" | "environment">): boolean {
  const { comment: mode, token } = inputs;
  const { pullRequest, pullRequestSearch } = environment;
  return token !== undefined && mode !== "never" && (pullRequest !== undefined || isSearched(pullRequestSearch, mode));
}

/** `comment: always` asks for a comment, so a run without a token must not stay silent. */
const NO_TOKEN: Diagnostic = {
  severity: "notice",
  code: "comment-without-token",
  summary: 'No comment was written: the input "github-token" is empty',
  hint: "Remove the input to use the token of the job, or set it to ${{ github.token }}.",
};

/** Writes the comment of a step, if one is requested, and reports it in the log. Returns its URL; undefined if there is none. */
export async function publishComment(run: CommentedRun, texts: CommentTexts): Promise<string | undefined> {
  const { inputs, environment, log, debug } = run;
  const { comment: mode, token } = inputs;
  if (mode === "always" && token === undefined) log.annotate(NO_TOKEN);
  if (!isCommentRequested(run) || token === undefined) return undefined;
  const { apiUrl, repository } = environment;
  const budget = startBudget(systemClock, (text) => log.line(plain(text)));
  const client = await commentClient({ apiUrl, repository, token, debug }, budget);
  const outcome = await writeComment(client, environment, { mode, identity: identityOf(run), ...texts }, budget);
  if (outcome.state !== "skipped") {
    log.line(`Comment: ${outcome.url}${outcome.state === "unchanged" ? " (unchanged)" : ""}`);
    return outcome.url;
  }
  if (outcome.notice) log.annotate(outcome.notice);
  else if (mode === "always") log.line("No comment was written: the commit has no pull request");
  return undefined;
}

function identityOf({ inputs, environment, kind }: CommentedRun): CommentIdentity {
  const { workflow, job } = environment;
  const { request, commentKey } = inputs;
  const key = kind === "bake" ? commentKey : `${kind} ${commentKey}`;
  const { path, only } = request.template;
  return {
    ...{ workflow, job, only, key },
    template: request.place.path,
    image: imageOf(request),
    former: kind === "plan" || isMatrix(commentKey) ? undefined : { workflow, job, key, template: path },
  };
}

/** Whether the key is the default one of a job in a matrix: the values of the matrix. */
function isMatrix(commentKey: string): boolean {
  return commentKey.startsWith("{");
}
