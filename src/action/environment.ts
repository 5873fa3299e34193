import { readFileSync } from "node:fs";

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
  readonly temporaryFolder: string | undefined;
  /** The pull request of the event; `fork` if its head is in another repository. */
  readonly pullRequest: { readonly number: number; readonly headSha: string; readonly fork: boolean } | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment; `cwd` is the workspace outside a runner. */
export function readEnvironment(env: Environment, cwd: string): GitHubEnvironment {
  const event = readEvent(env.GITHUB_EVENT_PATH);
  return {
    serverUrl: trimSlash(env.GITHUB_SERVER_URL ?? "https://github.com"),
    apiUrl: trimSlash(env.GITHUB_API_URL ?? "https://api.github.com"),
    repository: env.GITHUB_REPOSITORY ?? "",
    runId: env.GITHUB_RUN_ID ?? "0",
    attempt: env.GITHUB_RUN_ATTEMPT ?? "1",
    workflow: env.GITHUB_WORKFLOW ?? "",
    job: env.GITHUB_JOB ?? "",
    sha: env.GITHUB_SHA ?? "",
    ref: env.GITHUB_REF ?? "",
    eventName: env.GITHUB_EVENT_NAME ?? "",
    workspace: env.GITHUB_WORKSPACE ?? cwd,
    temporaryFolder: env.RUNNER_TEMP,
    pullRequest: pullRequestOf(event, env.GITHUB_REPOSITORY ?? ""),
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
  const sha = environment.pullRequest?.headSha ?? environment.sha;
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

function pullRequestOf(event: unknown, repository: string): GitHubEnvironment["pullRequest"] {
  const pull = property(event, "pull_request");
  const number = property(pull, "number");
  if (typeof number !== "number") return undefined;
  const head = property(pull, "head");
  const sha = property(head, "sha");
  const from = property(property(head, "repo"), "full_name");
  return { number, headSha: typeof sha === "string" ? sha : "", fork: from !== repository };
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
