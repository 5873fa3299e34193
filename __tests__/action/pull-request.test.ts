import { expect, test } from "@jest/globals";
import { type EventPullRequest, pullRequestOfEvent } from "../../src/action/pull-request.js";

const SHA = "0123456789abcdef0123456789abcdef01234567";
const HEAD = "89abcdef0123456789abcdef0123456789abcdef";

const none: EventPullRequest = { pullRequest: undefined, search: undefined };
const named = (fork: boolean, headSha = HEAD): EventPullRequest => ({
  pullRequest: { number: 12, headSha, fork },
  search: undefined,
});
const byCommit = (sha: string, merged: boolean): EventPullRequest => ({
  pullRequest: undefined,
  search: { by: "commit", sha, merged },
});

const pull = (repository: string | null) => ({
  number: 12,
  head: { sha: HEAD, repo: repository === null ? null : { full_name: repository } },
});
const run = (more: object) => ({
  workflow_run: {
    event: "pull_request",
    head_sha: HEAD,
    head_branch: "topic",
    head_repository: { owner: { login: "fork" } },
    pull_requests: [],
    ...more,
  },
});
const listed = (repository: string, sha = HEAD, number = 12) => ({
  number,
  url: `https://api.github.com/repos/${repository}/pulls/${number}`,
  head: { sha },
});

test.each<[string, string, unknown, EventPullRequest]>([
  ["a pull request", "pull_request", { pull_request: pull("acme/images") }, named(false)],
  ["a pull request from a fork", "pull_request", { pull_request: pull("fork/images") }, named(true)],
  ["a pull request whose fork was deleted", "pull_request", { pull_request: pull(null) }, named(true)],
  ["a review", "pull_request_review", { pull_request: pull("acme/images") }, named(false)],
  // The token of this event may write, from a fork too.
  ["a pull request's target", "pull_request_target", { pull_request: pull("fork/images") }, named(false)],
  ["a comment on a pull request", "issue_comment", { issue: { number: 12, pull_request: {} } }, named(false, "")],
  ["a comment on an issue", "issue_comment", { issue: { number: 12 } }, none],
  ["a comment without a payload", "issue_comment", undefined, none],
  [
    "a merge queue",
    "merge_group",
    { merge_group: { head_ref: `refs/heads/gh-readonly-queue/release/1.x/pr-12-${SHA}` } },
    named(false, ""),
  ],
  ["a merge queue of another form", "merge_group", { merge_group: { head_ref: "refs/heads/queue" } }, none],
  ["a run of a pull request", "workflow_run", run({ pull_requests: [listed("acme/images")] }), named(false)],
  [
    "a run that lists pull requests of others and of other commits",
    "workflow_run",
    run({ pull_requests: [listed("fork/images", HEAD, 3), listed("acme/images", SHA, 4), listed("acme/images")] }),
    named(false),
  ],
  [
    "a run of a pull request from a fork",
    "workflow_run",
    run({}),
    { pullRequest: undefined, search: { by: "branch", head: "fork:topic", sha: HEAD } },
  ],
  ["a run of a push", "workflow_run", run({ event: "push" }), byCommit(HEAD, true)],
  ["a run of a schedule", "workflow_run", run({ event: "schedule" }), byCommit(HEAD, false)],
  ["a push", "push", { after: SHA }, byCommit(SHA, true)],
  ["a schedule", "schedule", {}, byCommit(SHA, false)],
  ["a dispatch", "workflow_dispatch", { ref: "refs/heads/topic" }, byCommit(SHA, false)],
  ["a damaged payload", "pull_request", { pull_request: { number: "12" } }, byCommit(SHA, false)],
])("the event of %s", (_, eventName, event, expected) => {
  expect(pullRequestOfEvent({ event, eventName, repository: "acme/images", sha: SHA })).toEqual(expected);
});

test("a run without a commit has no pull request", () => {
  expect(pullRequestOfEvent({ event: {}, eventName: "push", repository: "acme/images", sha: "" })).toEqual(none);
});
