import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { formerMarker } from "../../../src/action/comment/body.js";
import { publishComment } from "../../../src/action/comment/publish.js";
import { readEnvironment } from "../../../src/action/environment.js";
import { readInputs } from "../../../src/action/inputs/inputs.js";
import type { ActionLog } from "../../../src/action/log.js";
import { noDebug } from "../../../src/core/debug.js";
import { temporaryFolder } from "../../support/folder.js";
import { inputsEnvironment } from "../runner.js";
import { type GitHubServer, startGitHub } from "./server.js";

const folder = temporaryFolder("publish-comment");

let server: GitHubServer;

beforeEach(async () => {
  server = await startGitHub();
});

afterEach(() => server.close());

interface Job {
  readonly eventName?: string;
  readonly event?: object;
  readonly matrix?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly kind?: "bake" | "rehearsal" | "plan";
}

const PULL = { pull_request: { number: 7, head: { sha: "abc", repo: { full_name: "acme/images" } } } };

/** Writes the comment of a job as its step does. Returns the log. */
async function comment(text: string, job: Job = {}): Promise<readonly string[]> {
  const { eventName = "pull_request", event = PULL, matrix = "null", inputs = {}, kind = "bake" } = job;
  mkdirSync(join(folder(), "web"), { recursive: true });
  writeFileSync(join(folder(), "event.json"), JSON.stringify(event));
  const env = {
    ...inputsEnvironment({ template: "web/main.pkr.hcl", "comment-key": matrix, "github-token": "secret", ...inputs }),
    ...{ GITHUB_WORKFLOW: "bake", GITHUB_JOB: "bake", GITHUB_REPOSITORY: "acme/images", GITHUB_SHA: "abc123" },
    ...{ GITHUB_EVENT_NAME: eventName, GITHUB_EVENT_PATH: join(folder(), "event.json"), GITHUB_API_URL: server.apiUrl },
  };
  const read = readInputs(env, folder());
  if (!read.ok) throw new Error(read.complaints[0]?.summary);
  const lines: string[] = [];
  const log: ActionLog = {
    listener: () => undefined,
    mask: () => undefined,
    debug: () => undefined,
    annotate: ({ summary }) => void lines.push(summary),
    line: (line) => void lines.push(line),
    end: () => undefined,
  };
  const run = { inputs: read.inputs, environment: readEnvironment(env, folder()), log, debug: noDebug, kind };
  await publishComment(run, { markdown: text, content: text });
  return lines;
}

const texts = () => server.comments.map(({ body }) => body.split("\n").at(-1));

test("the jobs of a matrix keep a comment each, by whatever they differ", async () => {
  const jobs: readonly Job[] = [
    { matrix: '{"arch":"arm64"}', inputs: { variables: "arch=arm64" } },
    { matrix: '{"arch":"amd64"}', inputs: { variables: "arch=amd64" } },
    { inputs: { only: "amazon-ebs.a" } },
    { inputs: { only: "amazon-ebs.b" } },
    { inputs: { image: "web-blue" } },
    { inputs: { "working-directory": "web", template: "../db/main.pkr.hcl" } },
    { kind: "rehearsal" },
    { kind: "plan" },
    {},
  ];
  for (const [index, job] of jobs.entries()) await comment(`first ${index}`, job);
  for (const [index, job] of jobs.entries()) await comment(`second ${index}`, job);
  expect(texts()).toEqual(jobs.map((_, index) => `second ${index}`));
});

test("the same template has one comment, whatever the working directory", async () => {
  await comment("first");
  await comment("second", { inputs: { "working-directory": "web", template: "main.pkr.hcl" } });
  expect(texts()).toEqual(["second"]);
});

test("a job without a matrix updates the comment of an earlier version, a job in a matrix leaves it", async () => {
  const former = formerMarker({ workflow: "bake", job: "bake", template: "web/main.pkr.hcl", key: "" });
  server.comments.push({ id: 1, body: `${former}\nold`, login: "github-actions[bot]" });
  await comment("of a matrix", { matrix: '{"arch":"arm64"}' });
  expect(texts()).toEqual(["old", "of a matrix"]);
  await comment("new");
  expect(texts()).toEqual(["new", "of a matrix"]);
});

test.each<[string, string, object, boolean]>([
  ["a comment on a pull request", "issue_comment", { issue: { number: 7, pull_request: {} } }, true],
  ["a comment on an issue", "issue_comment", { issue: { number: 7 } }, false],
  ["a merge queue", "merge_group", { merge_group: { head_ref: "refs/heads/gh-readonly-queue/main/pr-7-abc" } }, true],
  ["a pull request's target", "pull_request_target", PULL, true],
])("of %s: on the pull request of the event, and on no other", async (_, eventName, event, written) => {
  for (const mode of ["auto", "always"]) await comment(mode, { eventName, event, inputs: { comment: mode } });
  expect(texts()).toEqual(written ? ["always"] : []);
  expect(server.requests.some((request) => request.includes("/commits/"))).toBe(false);
});

test("never is never", async () => {
  expect(await comment("text", { inputs: { comment: "never" } })).toEqual([]);
  expect(server.requests).toEqual([]);
});

test("always, on a commit without a pull request: the log says why there is no comment", async () => {
  const lines = await comment("text", { eventName: "push", event: {}, inputs: { comment: "always" } });
  expect(lines).toEqual(["No comment was written: the commit has no pull request"]);
  expect(texts()).toEqual([]);
});
