import { afterEach, describe, expect, test } from "@jest/globals";
import { startBudget } from "../../../src/action/comment/budget.js";
import { commentClient } from "../../../src/action/comment/client.js";
import { type CommentOutcome, writeComment } from "../../../src/action/comment/write.js";
import { readEnvironment } from "../../../src/action/environment.js";
import { noDebug } from "../../../src/core/debug.js";
import { quickClock } from "./quick-clock.js";
import { type GitHubServer, type RefusedRequest, startGitHub } from "./server.js";

let server: GitHubServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Written {
  readonly outcome: CommentOutcome;
  readonly waits: readonly number[];
  readonly lines: readonly string[];
  readonly github: GitHubServer;
}

/** Writes a comment to a GitHub that refuses requests; `limit` in real milliseconds. */
async function write(
  refuse: (request: string, number: number) => RefusedRequest | undefined,
  limit?: number,
  comments = 0,
): Promise<Written> {
  const github = await startGitHub({ refuse });
  server = github;
  for (let id = 1; id <= comments; id++) github.comments.push({ id, body: `comment ${id}`, login: "someone" });
  const { clock, waits } = quickClock();
  const lines: string[] = [];
  const budget = startBudget(clock, (text) => lines.push(text), limit);
  const access = { apiUrl: github.apiUrl, repository: "acme/images", token: "secret", debug: noDebug };
  const client = await commentClient(access, budget);
  const names = { workflow: "bake", job: "web", template: "web.json", image: "web", only: [], key: "" };
  const environment = {
    ...readEnvironment({ GITHUB_REPOSITORY: "acme/images" }, "/work"),
    pullRequest: { number: 7, headSha: "abc", fork: false },
  };
  const comment = { mode: "auto", identity: { ...names, former: undefined }, markdown: "one", content: "one" } as const;
  return { outcome: await writeComment(client, environment, comment, budget), waits, lines, github };
}

const first =
  (refused: RefusedRequest, count = 1) =>
  (_: string, number: number) =>
    number <= count ? refused : undefined;

describe("a refusal that passes is repeated", () => {
  test.each<[string, RefusedRequest, number]>([
    ["502", { status: 502 }, 1000],
    ["503 with Retry-After", { status: 503, headers: { "retry-after": "4" } }, 4000],
    ["500", { status: 500 }, 1000],
    ["a lost connection", "closed", 1000],
    ["429", { status: 429 }, 1000],
    ["429 with Retry-After", { status: 429, headers: { "retry-after": "7" } }, 7000],
    ["429 with a date", { status: 429, headers: { "retry-after": "Fri, 02 Jan 2026 03:04:14 GMT" } }, 9000],
    ["a secondary limit by its message", { status: 403, message: "You have exceeded a secondary rate limit." }, 1000],
    ["a secondary limit by its header", { status: 403, headers: { "retry-after": "3" } }, 3000],
    [
      "the limit of the token",
      { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767323057" } },
      12_000,
    ],
  ])("%s", async (_, refused, wait) => {
    const { outcome, waits, lines, github } = await write(first(refused));
    expect([outcome.state, waits, github.comments.length]).toEqual(["written", [wait], 1]);
    expect(lines).toEqual([expect.stringMatching(/^Comment: .+\. Next try in \d+ seconds?$/)]);
  });

  test("with longer pauses, until the limit of 30 seconds would pass", async () => {
    const { outcome, waits } = await write(first({ status: 502 }, 100));
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
    expect(outcome).toMatchObject({
      state: "skipped",
      notice: {
        summary: "Could not write the pull-request comment: Server Error",
        hint: "See the job summary instead.",
      },
    });
  });

  test("of a comment that was written although the response was lost, without a second comment", async () => {
    const lost: RefusedRequest[] = [{ status: 502, late: true }];
    const { outcome, github } = await write((request) => (request.startsWith("POST") ? lost.pop() : undefined));
    expect([outcome.state, github.comments.length]).toEqual(["unchanged", 1]);
  });
});

describe("a refusal that stays is a notice", () => {
  test("of GitHub's secondary limit, with its own text and the time", async () => {
    const message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    const { outcome, waits } = await write(first({ status: 403, message, headers: { "retry-after": "60" } }, 100));
    expect([outcome, waits]).toEqual([
      {
        state: "skipped",
        notice: {
          severity: "notice",
          code: "comment-not-written",
          summary: `Could not write the pull-request comment because of GitHub's secondary rate limit: ${message}`,
          hint: "See the job summary instead. GitHub limits how often one token writes. It accepts requests again in 1 minute. If this happens often, run fewer jobs at the same time.",
        },
      },
      [],
    ]);
  });

  test("of the limit of the token", async () => {
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767324000" };
    const { outcome } = await write(first({ status: 403, message: "API rate limit exceeded", headers }, 100));
    expect(outcome).toMatchObject({
      notice: {
        summary: expect.stringContaining("GitHub's rate limit of the token: API rate limit exceeded"),
        hint: expect.stringContaining("in 15 minutes 55 seconds"),
      },
    });
  });

  test("of a missing permission, at once", async () => {
    const { outcome, github } = await write(first({ status: 403, message: "Resource not accessible" }, 100));
    expect(outcome).toMatchObject({ notice: { hint: expect.stringContaining("pull-requests: write") } });
    expect(github.requests.filter((request) => request.includes("/comments"))).toHaveLength(1);
  });
});

describe("a GitHub API that does not respond ends with the limit of the comment", () => {
  test.each<[string, (request: string, number: number) => RefusedRequest | undefined]>([
    ["from the first request", () => "silent"],
    ["from the second page", (request) => (/[?&]page=1\b/.test(request) ? undefined : "silent")],
    ["to the new comment", (request) => (request.startsWith("POST") ? "silent" : undefined)],
  ])("%s", async (_, refuse) => {
    const began = performance.now();
    const { outcome } = await write(refuse, 300, 150);
    expect(performance.now() - began).toBeLessThan(5000);
    expect(outcome).toMatchObject({
      state: "skipped",
      notice: {
        summary: "Could not write the pull-request comment: the GitHub API did not respond within 300 milliseconds",
      },
    });
  });

  test("which is 30 seconds", () => {
    expect(startBudget(quickClock().clock, () => undefined)).toMatchObject({ limit: 30_000 });
  });
});
