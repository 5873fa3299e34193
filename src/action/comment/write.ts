import type { Diagnostic } from "../../core/diagnostics.js";
import { messageOf } from "../../core/errors.js";
import type { GitHubEnvironment } from "../environment.js";
import type { CommentMode } from "../inputs/inputs.js";
import { type CommentIdentity, commentBody, decideUpdate } from "./body.js";
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
 * Writes the sticky comment: finds the existing one on all pages, and updates it only if its content changed. Never throws: a comment
 * that cannot be written (a token of a fork, 403) is a notice and does not fail the bake.
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
    const decision = decideUpdate(existing, identity, author, content);
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
      ? `The token has no permission to comment on the pull request${fork ? ", which is from a fork" : ""}`
      : `Could not write the pull-request comment: ${messageOf(error)}`,
    hint: !refused
      ? "See the job summary instead."
      : fork
        ? "See the job summary instead. Tokens of pull requests from forks are read-only."
        : 'Set the permission "pull-requests: write" in the job, or set the input "comment" to "never".',
  };
}

function statusOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "status" in error ? error.status : undefined;
}
