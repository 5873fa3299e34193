import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { POST } from "../../src/action/post.js";
import { vaultName } from "../../src/aws/client/credentials.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { startGitHub } from "./comment/server.js";
import { commandsIn, inputsEnvironment, runOnRunner } from "./runner.js";

const cloud = testCloud({ scale: 0 });
const folder = temporaryFolder("post");

const KEYS = { accessKeyId: "AKIATEMPLATE", secretAccessKey: "hunter2/of+the/template" };

/** Runs post after a bake that was killed when it had made a security group with the template's own keys. */
async function post(name: string, more: Readonly<Record<string, string>> = {}) {
  const ec2 = await cloud.session().ec2();
  const { GroupId = "" } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: name, Description: "test" }));
  const account = { region: "us-east-1", credentials: vaultName(KEYS.accessKeyId) };
  const intent = { key: name, kind: "security-group", build: "web", account };
  const { code, log, files, outputs } = await runOnRunner(POST, folder(), {
    ...cloud.env(),
    GITHUB_STATE: undefined,
    STATE_ledger_000001: JSON.stringify({ op: "intent", at: 0, intent }),
    STATE_ledger_000002: JSON.stringify({ op: "made", at: 0, key: name, id: GroupId }),
    ...more,
    STATE_credentials_1: JSON.stringify({ name: vaultName(KEYS.accessKeyId), ...KEYS }),
  });
  return { code, log, outputs, summary: files.summary, group: GroupId };
}

test("releases what the state tells of, with the keys that it holds", async () => {
  const { code, log, summary, group } = await post("released");
  expect(code).toBe(0);
  expect(log).toContain(`Removed: security-group ${group} in us-east-1`);
  expect(summary).toContain("1 resource was released");
  expect(cloud.endpoint().held()).toEqual({});
});

test("a secret that post learns is masked first, and in no reason why something is left", async () => {
  const message = `not signed with ${KEYS.secretAccessKey} (${encodeURIComponent(KEYS.secretAccessKey)})`;
  cloud
    .endpoint()
    .faults([{ action: "DeleteSecurityGroup", do: "error", code: "UnauthorizedOperation", message, status: 403 }]);
  const { code, log, summary } = await post("left");
  expect(code).toBe(1);
  const [mask, error] = commandsIn(log);
  expect(mask).toEqual({ name: "add-mask", properties: "", message: KEYS.secretAccessKey });
  expect(error).toMatchObject({
    name: "error",
    message: expect.stringContaining("not signed with <sensitive> (<sensitive>)"),
  });
  expect(log.replace(`::add-mask::${KEYS.secretAccessKey}`, "")).not.toContain("hunter2");
  expect(summary).toContain("not signed with");
  expect(summary).not.toContain("hunter2");
});

describe("after a bake that did not write its reports, post writes them", () => {
  const pull = { pull_request: { number: 7, head: { sha: "abc", repo: { full_name: "acme/images" } } } };

  async function interruptedBake(name: string, notes: object) {
    const github = await startGitHub();
    const event = join(folder(), "event.json");
    writeFileSync(event, JSON.stringify(pull));
    try {
      const ran = await post(name, {
        ...inputsEnvironment({ template: "images/web.json", "github-token": "secret", comment: "auto" }),
        GITHUB_EVENT_PATH: event,
        GITHUB_API_URL: github.apiUrl,
        GITHUB_RUN_ID: "77",
        STATE_notes: JSON.stringify(notes),
      });
      return { ...ran, comments: github.comments.map(({ body }) => body) };
    } finally {
      await github.close();
    }
  }

  test("a killed one: summary with a heading, outputs, comment", async () => {
    const { code, summary, outputs, comments } = await interruptedBake("killed", { bake: "started" });
    expect(code).toBe(0);
    expect(summary).toMatch(
      /^## ⏹️ `images\/web`\n\n\*\*Killed\*\*: .*\n\n1 resource was released after the bake ended\./,
    );
    expect(summary).toContain("(https://github.com/acme/images/actions/runs/77/attempts/1)");
    expect(outputs).toMatchObject({ outcome: "failed", "ami-ids": "{}", builds: "[]" });
    expect(comments).toEqual([expect.stringContaining("**Killed**")]);
  });

  test("a cancelled one: the comment that it saved, with what was released", async () => {
    const comment = join(folder(), "comment.json");
    writeFileSync(comment, JSON.stringify({ markdown: "## ⏹️ saved", content: "" }));
    const { summary, outputs, comments } = await interruptedBake("cancelled", { bake: "cancelled", comment });
    expect(summary).toMatch(/^1 resource was released after the bake ended\./);
    expect(outputs).toEqual({});
    expect(comments).toEqual([expect.stringContaining("## ⏹️ saved\n\n1 resource was released after the bake ended.")]);
  });

  test("a cancelled one whose saved comment is gone", async () => {
    const { comments } = await interruptedBake("gone", { bake: "cancelled", comment: "/nowhere/comment.json" });
    expect(comments).toEqual([expect.stringContaining("**Cancelled**: the run was cancelled before the bake ended.")]);
  });

  test("not after a bake that wrote them", async () => {
    expect((await interruptedBake("reported", { bake: "reported" })).comments).toEqual([]);
  });
});
