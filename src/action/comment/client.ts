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

/** The version of the API that the calls are written for. */
const HEADERS = { accept: "application/json", "x-github-api-version": "2022-11-28" };

/** A client over GitHub's REST API at `apiUrl` (GitHub Enterprise has its own). */
export async function commentClient(apiUrl: string, repository: string, token: string): Promise<CommentClient> {
  const { getOctokit } = await import("@actions/github");
  const octokit = getOctokit(token, { baseUrl: apiUrl });
  octokit.hook.before("request", (request) => {
    Object.assign(request.headers, HEADERS);
  });
  const [owner = "", repo = ""] = repository.split("/");
  return {
    author: async () => (token.startsWith("ghs_") ? undefined : author(() => octokit.rest.users.getAuthenticated())),
    async list(issue_number) {
      const comments = await allPages(async (paging) => {
        const { data } = await octokit.rest.issues.listComments({ owner, repo, issue_number, ...paging });
        return data;
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
      const pulls = await allPages(async (paging) => {
        const { data } = await octokit.rest.repos.listPullRequestsAssociatedWithCommit({
          owner,
          repo,
          commit_sha,
          ...paging,
        });
        return data;
      });
      const newest = [...pulls].sort((a, b) => b.number - a.number);
      return (newest.find((pull) => pull.state === "open") ?? newest[0])?.number;
    },
  };
}

/** Items of a page. */
const PAGE = 100;

/** Asks for page after page until one is not full: the address of the next page is never taken from an answer. */
async function allPages<T>(
  ask: (paging: { readonly per_page: number; readonly page: number }) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const items: T[] = [];
  for (let page = 1; ; page++) {
    const found = await ask({ per_page: PAGE, page });
    items.push(...found);
    if (found.length < PAGE) return items;
  }
}

/** `GET /user` answers people's tokens; installation tokens (`ghs_`, the job's own among them) are refused. */
async function author(ask: () => Promise<{ readonly data: { readonly login: string } }>): Promise<string | undefined> {
  try {
    return (await ask()).data.login;
  } catch {
    return undefined;
  }
}
