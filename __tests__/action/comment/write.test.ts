import { afterEach, describe, expect, test } from "@jest/globals";
import { marker } from "../../../src/action/comment/body.js";
import { commentClient } from "../../../src/action/comment/client.js";
import { type CommentOutcome, writeComment } from "../../../src/action/comment/write.js";
import { type GitHubEnvironment, readEnvironment } from "../../../src/action/environment.js";
import type { CommentMode } from "../../../src/action/inputs/inputs.js";
import { type GitHubServer, type ServerOptions, startGitHub } from "./server.js";

const IDENTITY = { workflow: "bake", job: "web", template: "web.json", key: "" };

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
  const base = readEnvironment({ GITHUB_REPOSITORY: "acme/images", GITHUB_SHA: "abc123" }, "/work");
  return { ...base, pullRequest: pull && { number: 7, headSha: "abc", fork: pull.fork } };
}

async function write(
  github: GitHubServer,
  markdown: string,
  more: { mode?: CommentMode; key?: string; pull?: { readonly fork: boolean } | undefined; content?: string } = {},
): Promise<CommentOutcome> {
  const client = await commentClient(github.apiUrl, "acme/images", "secret");
  const pull = "pull" in more ? more.pull : { fork: false };
  const identity = { ...IDENTITY, key: more.key ?? "" };
  const { mode = "auto", content = markdown } = more;
  return writeComment(client, environment(pull), { mode, identity, markdown, content });
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

  test("is left alone when it would tell the same of another run", async () => {
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

  test("is one for each key", async () => {
    const github = await start();
    await write(github, "one", { key: "arm64" });
    await write(github, "two", { key: "x86_64" });
    expect(github.comments).toHaveLength(2);
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
  const hostile = marker({ workflow: "--> <img>", job: "-->", template: "a\nb", key: "-->" });
  expect(hostile).toMatch(/^<!-- bake-ami [0-9a-f]{32} -->$/);
});
