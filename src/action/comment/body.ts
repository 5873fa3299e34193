import { createHash } from "node:crypto";

/** The identity of a comment: one for each workflow, job, template, image, `only` and `comment-key`. */
export interface CommentIdentity {
  readonly workflow: string;
  readonly job: string;
  /** Path of the template in its repository. */
  readonly template: string;
  readonly image: string;
  readonly only: readonly string[];
  readonly key: string;
  /**
   * The identity that earlier versions used: the comment with it is updated if there is none with the new one. Undefined in a matrix:
   * its jobs shared that comment, and would overwrite it at the same time.
   */
  readonly former: FormerIdentity | undefined;
}

/** The identity of a comment of earlier versions; `template` as the user set it. */
export interface FormerIdentity {
  readonly workflow: string;
  readonly job: string;
  readonly template: string;
  readonly key: string;
}

/** Returns the hidden first line of a comment. It is a hash, because a name could end the HTML comment early. */
export function marker({ workflow, job, template, image, only, key }: Omit<CommentIdentity, "former">): string {
  return hashLine([workflow, job, template, image, [...only].sort(), key]);
}

/** Returns the first line of a comment of earlier versions. */
export function formerMarker({ workflow, job, template, key }: FormerIdentity): string {
  return hashLine([workflow, job, template, key]);
}

function hashLine(parts: readonly unknown[]): string {
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return `<!-- bake-ami ${hash.slice(0, 32)} -->`;
}

/** GitHub's limit for the body of a comment, in characters. */
const LONGEST_BODY = 65_536;

/** Returns the body: the marker, a hidden hash of `content` to detect changes, and the Markdown. */
export function commentBody(identity: CommentIdentity, markdown: string, content: string): string {
  return `${marker(identity)}\n${contentMark(content)}\n${markdown}`.slice(0, LONGEST_BODY);
}

function contentMark(content: string): string {
  return `<!-- content ${createHash("sha256").update(content).digest("hex").slice(0, 32)} -->`;
}

/** An existing comment. */
export interface ExistingComment {
  readonly id: number;
  readonly body: string;
  readonly author: string;
  readonly url: string;
}

export type CommentDecision =
  | { readonly do: "create" }
  | { readonly do: "update"; readonly id: number }
  | { readonly do: "keep"; readonly url: string };

/**
 * Returns whether to create, update or keep the comment. The comment of bake-ami is the first with the marker and the given author
 * (undefined: the login of the token is unknown, and any bot is accepted). A comment with the former marker is updated.
 */
export function decideUpdate(
  existing: readonly ExistingComment[],
  identity: CommentIdentity,
  author: string | undefined,
  content: string,
): CommentDecision {
  const starts = [marker(identity), ...(identity.former ? [formerMarker(identity.former)] : [])];
  const [ours] = starts.flatMap(
    (start) => existing.find(({ body, author: login }) => body.startsWith(start) && isAuthor(login, author)) ?? [],
  );
  if (!ours) return { do: "create" };
  // GitHub can return other line endings.
  const isSame = ours.body.startsWith(marker(identity)) && ours.body.split(/\r?\n/)[1] === contentMark(content);
  return isSame ? { do: "keep", url: ours.url } : { do: "update", id: ours.id };
}

function isAuthor(login: string, author: string | undefined): boolean {
  return author === undefined ? login.endsWith("[bot]") : login === author;
}
