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
export const LONGEST_BODY = 65_536;

/** The whole body: marker first. */
export function commentBody(identity: CommentIdentity, markdown: string): string {
  return `${marker(identity)}\n${markdown}`.slice(0, LONGEST_BODY);
}

/** The part of a comment that is looked at. */
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
 * (undefined: the token cannot tell who it is, and the marker alone decides among bots' comments).
 */
export function decide(
  existing: readonly ExistingComment[],
  identity: CommentIdentity,
  author: string | undefined,
  body: string,
): CommentDecision {
  const ours = existing.find(
    (comment) => comment.body.startsWith(marker(identity)) && isAuthor(comment.author, author),
  );
  if (!ours) return { do: "create" };
  return sameText(ours.body, body) ? { do: "keep", url: ours.url } : { do: "update", id: ours.id };
}

function isAuthor(login: string, author: string | undefined): boolean {
  return author === undefined ? login.endsWith("[bot]") : login === author;
}

/** GitHub may give line ends back in another form. */
function sameText(a: string, b: string): boolean {
  const norm = (text: string) => text.replaceAll("\r\n", "\n").trimEnd();
  return norm(a) === norm(b);
}
