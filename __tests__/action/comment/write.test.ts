import { afterEach, describe, expect, test } from "@jest/globals";
import { type CommentIdentity, formerMarker, marker } from "../../../src/action/comment/body.js";
import { startBudget } from "../../../src/action/comment/budget.js";
import { commentClient } from "../../../src/action/comment/client.js";
import { type CommentOutcome, writeComment } from "../../../src/action/comment/write.js";
import { type GitHubEnvironment, readEnvironment } from "../../../src/action/environment.js";
import type { CommentMode } from "../../../src/action/inputs/inputs.js";
import type { PullRequestSearch } from "../../../src/action/pull-request.js";
import { noDebug } from "../../../src/core/debug.js";
import { quickClock } from "./quick-clock.js";
import { type GitHubServer, type ServerOptions, startGitHub } from "./server.js";

const IDENTITY: CommentIdentity = {
  ...{ workflow: "bake", job: "web", template: "images/web.json", image: "web", only: [], key: "" },
  former: { workflow: "bake", job: "web", template: "web.json", key: "" },
};

let server: GitHubServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(options: ServerOptions = {}): Promise<GitHubServer> {
  server = await startGitHub(options);
  return server;
}

function environment(pull: { readonly fork: boolean } | undefined): GitHubEnvironment {
  const base = readEnvironment(
    { GITHUB_REPOSITORY: "acme/images", GITHUB_SHA: "abc123", GITHUB_EVENT_NAME: "push" },
    "/work",
  );
  return { ...base, pullRequest: pull && { number: 7, headSha: "abc", fork: pull.fork } };
}

async function write(
  github: GitHubServer,
  markdown: string,
  more: {
    mode?: CommentMode;
    pull?: { readonly fork: boolean } | undefined;
    content?: string;
    identity?: Partial<CommentIdentity>;
    pullRequestSearch?: PullRequestSearch;
  } = {},
): Promise<CommentOutcome> {
  const budget = startBudget(quickClock().clock, () => undefined);
  const access = { apiUrl: github.apiUrl, repository: "acme/images", token: "secret", debug: noDebug };
  const client = await commentClient(access, budget);
  const pull = "pull" in more ? more.pull : { fork: false };
  const identity = { ...IDENTITY, ...more.identity };
  const { mode = "auto", content = markdown } = more;
  const { pullRequestSearch = environment(pull).pullRequestSearch } = more;
  return writeComment(
    client,
    { ...environment(pull), pullRequestSearch },
    { mode, identity, markdown, content },
    budget,
  );
}

describe("the sticky comment", () => {
  test("is created, left alone when nothing changed, and rewritten in its place", async () => {
    const github = await start();
    expect(await write(github, "one")).toEqual({ state: "written", url: expect.stringContaining("issuecomment-1") });
    expect(await write(github, "one")).toEqual({ state: "unchanged", url: expect.stringContaining("issuecomment-1") });
    expect(await write(github, "two")).toMatchObject({ state: "written" });
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]?.body).toMatch(/^<!-- .* -->\n<!-- .* -->\ntwo$/);
    expect(github.requests.filter((request) => !request.startsWith("GET"))).toHaveLength(2);
  });

  test("is not updated when it would report the same of another run", async () => {
    const github = await start();
    await write(github, "baked in 7 seconds", { content: "baked" });
    for (const comment of github.comments) comment.body = comment.body.replaceAll("\n", "\r\n");
    expect(await write(github, "baked in 8 seconds", { content: "baked" })).toMatchObject({ state: "unchanged" });
    expect(github.comments[0]?.body).toContain("7 seconds");
  });

  test("is found behind many pages of others", async () => {
    const github = await start();
    for (let id = 1; id <= 250; id++) github.comments.push({ id, body: `comment ${id}`, login: "someone" });
    await write(github, "one");
    await write(github, "two");
    expect(github.comments).toHaveLength(251);
    expect(github.comments.at(-1)?.body).toContain("two");
  });

  test.each<[string, Partial<CommentIdentity>, Partial<CommentIdentity>]>([
    ["workflow", { workflow: "release" }, { workflow: "nightly" }],
    ["job", { job: "a" }, { job: "b" }],
    ["template", { template: "web/main.pkr.hcl" }, { template: "db/main.pkr.hcl" }],
    ["image", { image: "web-arm64" }, { image: "web-amd64" }],
    ["selection of builds", { only: ["amazon-ebs.arm64"] }, { only: ["amazon-ebs.amd64"] }],
    ["matrix", { key: '{"arch":"arm64"}' }, { key: '{"arch":"amd64"}' }],
  ])("is one for each %s", async (_, one, two) => {
    const github = await start();
    await write(github, "one", { identity: { ...one, former: undefined } });
    await write(github, "two", { identity: { ...two, former: undefined } });
    await write(github, "one, again", { identity: { ...one, former: undefined } });
    expect(github.comments.map(({ body }) => body.split("\n").at(-1))).toEqual(["one, again", "two"]);
  });

  test("of an earlier version is updated once, and has the new marker then", async () => {
    const github = await start();
    const body = `${formerMarker({ workflow: "bake", job: "web", template: "web.json", key: "" })}\n<!-- content x -->\nold`;
    github.comments.push({ id: 1, body, login: "github-actions[bot]" });
    await write(github, "new");
    await write(github, "of another image", { identity: { image: "db" } });
    expect(github.comments.map((comment) => comment.body.split("\n").at(-1))).toEqual(["new", "of another image"]);
    expect(github.comments[0]?.body.startsWith(marker(IDENTITY))).toBe(true);
  });

  test("of an earlier version is left to the jobs of a matrix, which shared it", async () => {
    const github = await start();
    const body = `${formerMarker({ workflow: "bake", job: "web", template: "web.json", key: "" })}\nold`;
    github.comments.push({ id: 1, body, login: "github-actions[bot]" });
    await write(github, "new", { identity: { former: undefined } });
    expect(github.comments.map((comment) => comment.body.split("\n").at(-1))).toEqual(["old", "new"]);
  });

  test.each<[string, ServerOptions, string]>([
    ["a person who copied the marker", {}, "mallory"],
    ["another account than the token's", { login: "bake-bot" }, "github-actions[bot]"],
  ])("is not taken from %s", async (_, options, login) => {
    const github = await start(options);
    github.comments.push({ id: 1, body: `${marker(IDENTITY)}\nforged`, login });
    await write(github, "ours");
    expect(github.comments.map((comment) => comment.body.split("\n")[1])).toEqual([
      "forged",
      expect.stringMatching(/^<!-- content/),
    ]);
  });

  test("is a notice where a fork's token may not write", async () => {
    const github = await start({ readOnly: true });
    const outcome = await write(github, "one", { pull: { fork: true } });
    expect(outcome).toMatchObject({
      state: "skipped",
      notice: {
        severity: "notice",
        summary: "The token has no permission to comment on the pull request, which is from a fork",
      },
    });
  });

  test("is a notice that names the permission where the job lacks it", async () => {
    const outcome = await write(await start({ readOnly: true }), "one");
    expect(outcome).toMatchObject({ notice: { hint: expect.stringContaining("pull-requests: write") } });
  });

  test("is a notice where GitHub cannot be reached", async () => {
    const github = await start();
    const { apiUrl } = github;
    await github.close();
    server = undefined;
    expect(await write({ ...github, apiUrl }, "one")).toMatchObject({
      state: "skipped",
      notice: { severity: "notice" },
    });
  });

  test("of a push: on the commit's open pull request, with always alone", async () => {
    const github = await start({
      pullRequests: [
        { number: 9, state: "closed" },
        { number: 7, state: "open" },
      ],
    });
    expect(await write(github, "one", { pull: undefined })).toEqual({ state: "skipped", notice: undefined });
    expect(await write(github, "one", { pull: undefined, mode: "always" })).toMatchObject({ state: "written" });
    expect(github.comments).toHaveLength(1);
  });

  test.each<[string, PullRequestSearch, CommentMode, boolean]>([
    ["a push, which was merged", { by: "commit", sha: "abc123", merged: true }, "always", true],
    ["a schedule, whose commit was merged", { by: "commit", sha: "abc123", merged: false }, "always", false],
    ["a run of a pull request from a fork", { by: "branch", head: "fork:topic", sha: "abc123" }, "auto", true],
    ["a push with auto", { by: "commit", sha: "abc123", merged: true }, "auto", false],
  ])("of %s", async (_, pullRequestSearch, mode, written) => {
    const github = await start({ pullRequests: [{ number: 7, state: "closed" }] });
    const outcome = await write(github, "one", { pull: undefined, mode, pullRequestSearch });
    expect([outcome.state, github.comments.length]).toEqual(written ? ["written", 1] : ["skipped", 0]);
  });

  test("of a branch is on the pull request with the commit, if several are open", async () => {
    const github = await start({
      pullRequests: [
        { number: 9, state: "open", head: { sha: "other" } },
        { number: 7, state: "open", head: { sha: "abc123" } },
      ],
    });
    const search: PullRequestSearch = { by: "branch", head: "fork:topic", sha: "abc123" };
    expect(await write(github, "one", { pull: undefined, pullRequestSearch: search })).toMatchObject({
      state: "written",
    });
    expect(github.requests.some((request) => request.includes("/pulls?head=fork%3Atopic&state=all"))).toBe(true);
  });

  test("of a push without a pull request: none", async () => {
    const github = await start();
    expect(await write(github, "one", { pull: undefined, mode: "always" })).toEqual({
      state: "skipped",
      notice: undefined,
    });
  });

  test("never exceeds GitHub's limit", async () => {
    const github = await start();
    await write(github, "x".repeat(70_000));
    expect(github.comments[0]?.body).toHaveLength(65_536);
  });
});

test("the marker holds no text of the user's", () => {
  const hostile = marker({
    ...IDENTITY,
    workflow: "--> <img>",
    job: "-->",
    template: "a\nb",
    only: ["-->"],
    key: "-->",
  });
  expect(hostile).toMatch(/^<!-- bake-ami [0-9a-f]{32} -->$/);
});
