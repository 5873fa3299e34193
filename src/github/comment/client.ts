import type { ExistingComment } from "./body.js";

/** The calls that comments need, of one repository. Errors are octokit's `RequestError`, with a `status`. */
export interface CommentClient {
  /** Login that the token writes as; undefined where the token cannot ask. */
  author(): Promise<string | undefined>;
  /** All pages. */
  list(pullRequest: number): Promise<readonly ExistingComment[]>;
  create(pullRequest: number, body: string): Promise<string>;
  update(id: number, body: string): Promise<string>;
  /** Number of the newest open pull request that a commit belongs to. */
  pullRequestOf(sha: string): Promise<number | undefined>;
}

/** A client over GitHub's REST API at `apiUrl` (GitHub Enterprise has its own). */
export async function commentClient(apiUrl: string, repository: string, token: string): Promise<CommentClient> {
  const { getOctokit } = await import("@actions/github");
  const octokit = getOctokit(token, { baseUrl: apiUrl });
  const [owner = "", repo = ""] = repository.split("/");
  return {
    author: () => author(() => octokit.rest.users.getAuthenticated()),
    async list(issue_number) {
      const comments = await octokit.paginate(octokit.rest.issues.listComments, {
        owner,
        repo,
        issue_number,
        per_page: 100,
      });
      return comments.map(({ id, body, user, html_url }) => ({
        id,
        body: body ?? "",
        author: user?.login ?? "",
        url: html_url,
      }));
    },
    async create(issue_number, body) {
      const { data } = await octokit.rest.issues.createComment({ owner, repo, issue_number, body });
      return data.html_url;
    },
    async update(comment_id, body) {
      const { data } = await octokit.rest.issues.updateComment({ owner, repo, comment_id, body });
      return data.html_url;
    },
    async pullRequestOf(commit_sha) {
      const pulls = await octokit.paginate(octokit.rest.repos.listPullRequestsAssociatedWithCommit, {
        owner,
        repo,
        commit_sha,
        per_page: 100,
      });
      const newest = [...pulls].sort((a, b) => b.number - a.number);
      return (newest.find((pull) => pull.state === "open") ?? newest[0])?.number;
    },
  };
}

/** `GET /user` answers people's and apps' user tokens; the job's own token is refused, and is github-actions[bot]. */
async function author(ask: () => Promise<{ readonly data: { readonly login: string } }>): Promise<string | undefined> {
  try {
    return (await ask()).data.login;
  } catch {
    return undefined;
  }
}
