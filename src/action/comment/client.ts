import { limitBody } from "../../core/bounded-body.js";
import { systemClock } from "../../core/clock.js";
import type { Debug } from "../../core/debug.js";
import { logRequest } from "../../core/request-log.js";
import type { PullRequestSearch } from "../pull-request.js";
import type { ExistingComment } from "./body.js";
import { type CommentBudget, refusalOf, requestSignal } from "./budget.js";

/** The API calls for comments of one repository. Errors are octokit's `RequestError`, with a `status`. */
export interface CommentClient {
  /** Returns the login of the token; undefined if the token cannot read it. */
  author(): Promise<string | undefined>;
  /** Returns the comments of all pages. */
  list(pullRequest: number): Promise<readonly ExistingComment[]>;
  create(pullRequest: number, body: string): Promise<string>;
  update(id: number, body: string): Promise<string>;
  /** Returns the number of the pull request; undefined if there is none. */
  findPullRequest(search: PullRequestSearch): Promise<number | undefined>;
}

/** The version of the API. */
const HEADERS = { accept: "application/json", "x-github-api-version": "2022-11-28" };

/** Where comments are written, and with which token. */
export interface CommentAccess {
  /** Address of GitHub's REST API: GitHub Enterprise has its own. */
  readonly apiUrl: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly token: string;
  readonly debug: Debug;
}

/** Returns a client whose requests end with the budget. */
export async function commentClient(
  { apiUrl, repository, token, debug }: CommentAccess,
  budget: Pick<CommentBudget, "signal">,
): Promise<CommentClient> {
  const { getOctokit } = await import("@actions/github");
  const octokit = getOctokit(token, { baseUrl: apiUrl });
  octokit.hook.before("request", (request) => {
    Object.assign(request.headers, HEADERS);
    const { fetch: send = fetch } = request.request;
    Object.assign(request.request, {
      signal: requestSignal(budget),
      fetch: async (...args: Parameters<typeof fetch>) => limitBody(await send(...args)),
    });
  });
  octokit.hook.wrap("request", (send, request) =>
    // The address is a pattern, e.g. /repos/{owner}/{repo}/issues.
    logRequest(
      { debug, clock: systemClock },
      `GitHub ${request.method} ${request.url}`,
      async () => send(request),
      ({ status, headers }) => `${status}, request ID ${headers["x-github-request-id"] ?? "unknown"}`,
    ),
  );
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
    async findPullRequest(search) {
      const pulls = await allPages(async (paging) => {
        const { data } =
          search.by === "branch"
            ? await octokit.rest.pulls.list({ owner, repo, head: search.head, state: "all", ...paging })
            : await octokit.rest.repos.listPullRequestsAssociatedWithCommit({
                ...{ owner, repo, commit_sha: search.sha },
                ...paging,
              });
        return data;
      });
      return choosePullRequest(pulls, search)?.number;
    },
  };
}

/** A pull request as GitHub returns it. */
interface FoundPullRequest {
  readonly number: number;
  readonly state: string;
  readonly head: { readonly sha: string };
}

/** Returns the newest open pull request, preferably one with the commit as its head; a closed one only if the search allows it. */
function choosePullRequest(
  pulls: readonly FoundPullRequest[],
  search: PullRequestSearch,
): FoundPullRequest | undefined {
  const newest = [...pulls].sort((a, b) => b.number - a.number);
  const open = newest.filter((pull) => pull.state === "open");
  const found = open.find((pull) => pull.head.sha === search.sha) ?? open[0];
  return found ?? (search.by === "branch" || search.merged ? newest[0] : undefined);
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
  } catch (error) {
    if (refusalOf(error, 0)) throw error;
    return undefined;
  }
}
