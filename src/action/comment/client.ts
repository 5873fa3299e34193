import type { ExistingComment } from "./body.js";

/** The API calls for comments of one repository. Errors are octokit's `RequestError`, with a `status`. */
export interface CommentClient {
  /** Returns the login of the token; undefined if the token cannot read it. */
  author(): Promise<string | undefined>;
  /** Returns the comments of all pages. */
  list(pullRequest: number): Promise<readonly ExistingComment[]>;
  create(pullRequest: number, body: string): Promise<string>;
  update(id: number, body: string): Promise<string>;
  /** Returns the number of the newest open pull request of a commit, or of the newest one if none is open. */
  pullRequestOf(sha: string): Promise<number | undefined>;
}

/** The version of the API. */
const HEADERS = { accept: "application/json", "x-github-api-version": "2022-11-28" };

/** Returns a client of GitHub's REST API at `apiUrl` (GitHub Enterprise has its own). */
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

/** Fetches pages until one is not full. The URL of the next page is never taken from a response. */
async function allPages<T>(
  fetchPage: (paging: { readonly per_page: number; readonly page: number }) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const items: T[] = [];
  for (let page = 1; ; page++) {
    const found = await fetchPage({ per_page: PAGE, page });
    items.push(...found);
    if (found.length < PAGE) return items;
  }
}

/** Calls `GET /user`, which works with tokens of users; GitHub rejects installation tokens (`ghs_`), such as that of the job. */
async function author(
  getUser: () => Promise<{ readonly data: { readonly login: string } }>,
): Promise<string | undefined> {
  try {
    return (await getUser()).data.login;
  } catch {
    return undefined;
  }
}
