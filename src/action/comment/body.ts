import { createHash } from "node:crypto";

/** What makes a comment ours: one for each workflow, job, template and `comment-key`. */
export interface CommentIdentity {
  readonly workflow: string;
  readonly job: string;
  readonly template: string;
  readonly key: string;
}

/** The hidden first line of a comment; a hash, so that no name can end the HTML comment early. */
export function marker(identity: CommentIdentity): string {
  const { workflow, job, template, key } = identity;
  const hash = createHash("sha256")
    .update(JSON.stringify([workflow, job, template, key]))
    .digest("hex");
  return `<!-- bake-ami ${hash.slice(0, 32)} -->`;
}

/** GitHub's limit of a comment's body, in characters. */
const LONGEST_BODY = 65_536;

/** The whole body: marker first, then a hidden hash of `content`, which shows whether there is anything new. */
export function commentBody(identity: CommentIdentity, markdown: string, content: string): string {
  return `${marker(identity)}\n${contentMark(content)}\n${markdown}`.slice(0, LONGEST_BODY);
}

function contentMark(content: string): string {
  return `<!-- content ${createHash("sha256").update(content).digest("hex").slice(0, 32)} -->`;
}

/** The part of a comment that is read. */
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
 * What to do with the comments at hand: ours is the first that begins with our marker and was written by `author`
 * (undefined: the token gives no login, and the marker alone decides among bots' comments).
 */
export function decide(
  existing: readonly ExistingComment[],
  identity: CommentIdentity,
  author: string | undefined,
  content: string,
): CommentDecision {
  const ours = existing.find(
    (comment) => comment.body.startsWith(marker(identity)) && isAuthor(comment.author, author),
  );
  if (!ours) return { do: "create" };
  // GitHub may give line ends back in another form.
  const isSame = ours.body.split(/\r?\n/)[1] === contentMark(content);
  return isSame ? { do: "keep", url: ours.url } : { do: "update", id: ours.id };
}

function isAuthor(login: string, author: string | undefined): boolean {
  return author === undefined ? login.endsWith("[bot]") : login === author;
}
