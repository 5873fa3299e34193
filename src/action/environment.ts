import { readFileSync } from "node:fs";
import { type PullRequest, type PullRequestSearch, pullRequestOfEvent } from "./pull-request.js";

/** The environment of an action, from GITHUB_* variables and the event. There is no fixed server name (GitHub Enterprise). */
export interface GitHubEnvironment {
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly repository: string;
  readonly runId: string;
  readonly attempt: string;
  readonly workflow: string;
  readonly job: string;
  readonly sha: string;
  readonly ref: string;
  readonly eventName: string;
  readonly workspace: string;
  readonly temporaryDirectory: string | undefined;
  /** The pull request that the event names. */
  readonly pullRequest: PullRequest | undefined;
  /** How to find the pull request if the event names none. Undefined if there can be none. */
  readonly pullRequestSearch: PullRequestSearch | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment; `cwd` is the workspace outside a runner. */
export function readEnvironment(env: Environment, cwd: string): GitHubEnvironment {
  const [repository, sha, eventName] = [env.GITHUB_REPOSITORY ?? "", env.GITHUB_SHA ?? "", env.GITHUB_EVENT_NAME ?? ""];
  const event = readEvent(env.GITHUB_EVENT_PATH);
  const { pullRequest, search } = pullRequestOfEvent({ event, eventName, repository, sha });
  return {
    serverUrl: trimSlash(env.GITHUB_SERVER_URL ?? "https://github.com"),
    apiUrl: trimSlash(env.GITHUB_API_URL ?? "https://api.github.com"),
    repository,
    runId: env.GITHUB_RUN_ID ?? "0",
    attempt: env.GITHUB_RUN_ATTEMPT ?? "1",
    workflow: env.GITHUB_WORKFLOW ?? "",
    job: env.GITHUB_JOB ?? "",
    sha,
    ref: env.GITHUB_REF ?? "",
    eventName,
    workspace: env.GITHUB_WORKSPACE ?? cwd,
    temporaryDirectory: env.RUNNER_TEMP,
    pullRequest,
    pullRequestSearch: search,
  };
}

/** Returns the URL of this run. */
export function runUrl(environment: GitHubEnvironment): string {
  const { serverUrl, repository, runId, attempt } = environment;
  return `${serverUrl}/${repository}/actions/runs/${runId}/attempts/${attempt}`;
}

/** Returns the commit of the bake and its URL. For a pull request it is the head, not the merge commit of the check. */
export function commitOf(environment: GitHubEnvironment): {
  readonly sha: string;
  readonly url: string;
  /** Beginning of the addresses of its files. */
  readonly blobUrl: string;
} {
  const sha = environment.pullRequest?.headSha || environment.sha;
  const repository = `${environment.serverUrl}/${environment.repository}`;
  const commit = encodeURIComponent(sha);
  return { sha, url: `${repository}/commit/${commit}`, blobUrl: `${repository}/blob/${commit}` };
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

/** Returns the payload of the event; undefined if it is missing or cannot be read. */
function readEvent(path: string | undefined): unknown {
  if (!path) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
