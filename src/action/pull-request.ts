/** A pull request that the event of the run names. */
export interface PullRequest {
  readonly number: number;
  /** Empty if the event does not name it. */
  readonly headSha: string;
  /** Its head is in another repository, and the token of the run is therefore read-only. */
  readonly fork: boolean;
}

/** How to find the pull request of a run whose event names none. */
export type PullRequestSearch =
  /** By a commit. `merged`: also a pull request that is closed already. */
  | { readonly by: "commit"; readonly sha: string; readonly merged: boolean }
  /** By its head branch, as `OWNER:BRANCH`. */
  | { readonly by: "branch"; readonly head: string; readonly sha: string };

/** What an event says about its pull request: the pull request, or how to find it. Neither if it has none. */
export interface EventPullRequest {
  readonly pullRequest: PullRequest | undefined;
  readonly search: PullRequestSearch | undefined;
}

/** The run that an event started, from the variables of the runner. */
export interface EventOfRun {
  /** The payload, as read from GITHUB_EVENT_PATH. */
  readonly event: unknown;
  readonly eventName: string;
  /** `owner/name`. */
  readonly repository: string;
  /** GITHUB_SHA. For several events it is the last commit of the default branch, not of the pull request. */
  readonly sha: string;
}

/**
 * Returns the pull request of an event (GitHub, "Events that trigger workflows" and "Webhook events and payloads"). The commit of the run
 * is used only for events that are about a commit: a comment, for example, runs on the default branch.
 */
export function pullRequestOfEvent({ event, eventName, repository, sha }: EventOfRun): EventPullRequest {
  const named = property(event, "pull_request");
  if (typeof property(named, "number") === "number") {
    return only(toPullRequest(named, repository, eventName !== "pull_request_target"));
  }
  switch (eventName) {
    case "issue_comment":
    case "issues": {
      const issue = property(event, "issue");
      const number = property(issue, "number");
      const isPull = property(issue, "pull_request") !== undefined && typeof number === "number";
      return isPull ? only({ number, headSha: "", fork: false }) : NONE;
    }
    case "merge_group":
      return ofMergeGroup(property(event, "merge_group"));
    case "workflow_run":
      return ofWorkflowRun(property(event, "workflow_run"), repository);
    default:
      return sha === "" ? NONE : search({ by: "commit", sha, merged: eventName === "push" });
  }
}

const NONE: EventPullRequest = { pullRequest: undefined, search: undefined };

function only(pullRequest: PullRequest): EventPullRequest {
  return { pullRequest, search: undefined };
}

function search(how: PullRequestSearch): EventPullRequest {
  return { pullRequest: undefined, search: how };
}

function toPullRequest(pull: unknown, repository: string, readOnlyOfForks: boolean): PullRequest {
  const head = property(pull, "head");
  return {
    number: Number(property(pull, "number")),
    headSha: text(property(head, "sha")),
    fork: readOnlyOfForks && property(property(head, "repo"), "full_name") !== repository,
  };
}

/** A merge queue makes a branch such as `gh-readonly-queue/main/pr-12-0123…`, named after the last pull request of the group. */
function ofMergeGroup(group: unknown): EventPullRequest {
  const [, number] = /gh-readonly-queue\/.+\/pr-(\d+)-[0-9a-f]+$/.exec(text(property(group, "head_ref"))) ?? [];
  return number === undefined ? NONE : only({ number: Number(number), headSha: "", fork: false });
}

/** The list `pull_requests` of a run is empty for pull requests from forks, and can have those of other repositories. */
function ofWorkflowRun(run: unknown, repository: string): EventPullRequest {
  const listed = property(run, "pull_requests");
  const ours = (Array.isArray(listed) ? listed : []).filter((pull) =>
    text(property(pull, "url")).includes(`/repos/${repository}/pulls/`),
  );
  const sha = text(property(run, "head_sha"));
  const pull = ours.find((each) => property(property(each, "head"), "sha") === sha) ?? ours[0];
  if (pull !== undefined) return only({ ...toPullRequest(pull, repository, false), headSha: sha });
  const event = text(property(run, "event"));
  const owner = text(property(property(property(run, "head_repository"), "owner"), "login"));
  const branch = text(property(run, "head_branch"));
  if (event.startsWith("pull_request") && owner !== "" && branch !== "") {
    return search({ by: "branch", head: `${owner}:${branch}`, sha });
  }
  return sha === "" ? NONE : search({ by: "commit", sha, merged: event === "push" });
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
