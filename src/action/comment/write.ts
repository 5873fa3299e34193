import type { Diagnostic } from "../../core/diagnostics.js";
import { messageOf } from "../../core/errors.js";
import type { GitHubEnvironment } from "../environment.js";
import type { CommentMode } from "../inputs/inputs.js";
import { type CommentIdentity, commentBody, decide } from "./body.js";
import type { CommentClient } from "./client.js";

/** What became of the comment. `skipped` carries a notice where the user may wonder. */
export type CommentOutcome =
  | { readonly state: "written" | "unchanged"; readonly url: string }
  | { readonly state: "skipped"; readonly notice: Diagnostic | undefined };

/** A comment to be written. */
export interface StickyComment {
  readonly mode: CommentMode;
  readonly identity: CommentIdentity;
  readonly markdown: string;
  /** What the comment says but for times: where it is the same, the comment is not written again. */
  readonly content: string;
}

/**
 * Writes the sticky comment: finds ours over all pages, rewrites it only when its content is another than that of the comment.
 * Never rejects: a comment that cannot be written (a fork's token, 403) is a notice and never fails a bake.
 */
export async function writeComment(
  client: CommentClient,
  environment: GitHubEnvironment,
  { mode, identity, markdown, content }: StickyComment,
): Promise<CommentOutcome> {
  try {
    const pull =
      environment.pullRequest?.number ?? (mode === "always" ? await ofCommit(client, environment) : undefined);
    if (pull === undefined) return { state: "skipped", notice: undefined };
    const body = commentBody(identity, markdown, content);
    const [existing, author] = await Promise.all([client.list(pull), client.author()]);
    const decision = decide(existing, identity, author, content);
    if (decision.do === "keep") return { state: "unchanged", url: decision.url };
    const url = decision.do === "update" ? await client.update(decision.id, body) : await client.create(pull, body);
    return { state: "written", url };
  } catch (error) {
    return { state: "skipped", notice: noticeOf(error, environment) };
  }
}

function ofCommit(client: CommentClient, environment: GitHubEnvironment): Promise<number | undefined> {
  return client.pullRequestOf(environment.sha);
}

function noticeOf(error: unknown, environment: GitHubEnvironment): Diagnostic {
  const refused = statusOf(error) === 403 || statusOf(error) === 404;
  const fork = environment.pullRequest?.fork === true;
  return {
    severity: "notice",
    code: "comment-not-written",
    summary: refused
      ? `the token may not comment on the pull request${fork ? ", which comes from a fork" : ""}`
      : `the comment could not be written: ${messageOf(error)}`,
    hint: !refused
      ? "The job summary says the same."
      : fork
        ? "The job summary says the same. Tokens of pull requests from forks can only read."
        : "Give the job pull-requests: write, or set comment: never.",
  };
}

function statusOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "status" in error ? error.status : undefined;
}
