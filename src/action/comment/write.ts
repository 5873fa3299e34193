import type { Diagnostic } from "../../core/diagnostics.js";
import { messageOf } from "../../core/errors.js";
import { formatDuration } from "../../core/text.js";
import type { GitHubEnvironment } from "../environment.js";
import type { CommentMode } from "../inputs/inputs.js";
import type { PullRequestSearch } from "../pull-request.js";
import { type CommentIdentity, commentBody, decideUpdate } from "./body.js";
import { type CommentBudget, type Refusal, refusalOf, repeatWithin } from "./budget.js";
import type { CommentClient } from "./client.js";

/** The result of writing a comment. `skipped` has a notice if the user expects a comment. */
export type CommentOutcome =
  | { readonly state: "written" | "unchanged"; readonly url: string }
  | { readonly state: "skipped"; readonly notice: Diagnostic | undefined };

/** A comment to write. */
export interface StickyComment {
  readonly mode: CommentMode;
  readonly identity: CommentIdentity;
  readonly markdown: string;
  /** The comment without times. If it is unchanged, the comment is not updated. */
  readonly content: string;
}

/**
 * Writes the sticky comment: finds the existing one on all pages, and updates it only if its content changed. Repeats what GitHub
 * refuses for a time, within the budget. Never throws: a comment that cannot be written (a token of a fork, 403) is a notice and does not
 * fail the bake.
 */
export async function writeComment(
  client: CommentClient,
  environment: GitHubEnvironment,
  comment: StickyComment,
  budget: CommentBudget,
): Promise<CommentOutcome> {
  try {
    return await repeatWithin(budget, () => writeOnce(client, environment, comment));
  } catch (error) {
    return { state: "skipped", notice: noticeOf(error, environment, budget.clock.now()) };
  }
}

/** Reads first, also in a repetition: a comment whose response was lost is found, and not created twice. */
async function writeOnce(
  client: CommentClient,
  { pullRequest, pullRequestSearch }: GitHubEnvironment,
  { mode, identity, markdown, content }: StickyComment,
): Promise<CommentOutcome> {
  const search = isSearched(pullRequestSearch, mode) ? pullRequestSearch : undefined;
  const pull = pullRequest?.number ?? (search && (await client.findPullRequest(search)));
  if (pull === undefined) return { state: "skipped", notice: undefined };
  const body = commentBody(identity, markdown, content);
  const [existing, author] = await Promise.all([client.list(pull), client.author()]);
  const decision = decideUpdate(existing, identity, author, content);
  if (decision.do === "keep") return { state: "unchanged", url: decision.url };
  const url = decision.do === "update" ? await client.update(decision.id, body) : await client.create(pull, body);
  return { state: "written", url };
}

/** Whether the pull request is searched for. That of a commit only with `always`, that of an event of a pull request in any case. */
export function isSearched(search: PullRequestSearch | undefined, mode: CommentMode): boolean {
  return search !== undefined && (mode === "always" || search.by === "branch");
}

function noticeOf(error: unknown, environment: GitHubEnvironment, now: number): Diagnostic {
  const refusal = refusalOf(error, now);
  if (refusal?.limit !== undefined) return limitNotice(error, refusal);
  const refused = statusOf(error) === 403 || statusOf(error) === 404;
  const fork = environment.pullRequest?.fork === true;
  return {
    severity: "notice",
    code: "comment-not-written",
    summary: refused
      ? `The token has no permission to comment on the pull request${fork ? ", which is from a fork" : ""}`
      : `Could not write the pull-request comment: ${messageOf(error)}`,
    hint: !refused
      ? "See the job summary instead."
      : fork
        ? "See the job summary instead. Tokens of pull requests from forks are read-only."
        : 'Set the permission "pull-requests: write" in the job, or set the input "comment" to "never".',
  };
}

function limitNotice(error: unknown, { limit, wait }: Refusal): Diagnostic {
  const name = limit === "primary" ? "rate limit of the token" : "secondary rate limit";
  const until = wait === undefined ? "" : ` It accepts requests again in ${formatDuration(wait)}.`;
  return {
    severity: "notice",
    code: "comment-not-written",
    summary: `Could not write the pull-request comment because of GitHub's ${name}: ${messageOf(error)}`,
    hint: `See the job summary instead. GitHub limits how often one token writes.${until} If this happens often, run fewer jobs at the same time.`,
  };
}

function statusOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "status" in error ? error.status : undefined;
}
