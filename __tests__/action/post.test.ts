import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
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

test("releases what the state records, with the keys that it holds", async () => {
  const { code, log, summary, group } = await post("released");
  expect(code).toBe(0);
  expect(log).toContain(`Removed: security-group ${group} in us-east-1`);
  expect(summary).toContain("1 resource was released");
  expect(cloud.endpoint().held()).toEqual({});
});

beforeEach(() => cloud.endpoint().baseline());

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

describe("credentials that a later step set", () => {
  const own = { region: "us-east-1", accountId: "123456789012", partition: "aws" };
  const intent = (name: string) =>
    JSON.stringify({ op: "intent", at: 0, intent: { key: name, kind: "security-group", build: "web", account: own } });

  test("of another account: nothing is reported as removed, and the error has both IDs", async () => {
    const { code, log, summary } = await post("other", {
      STATE_ledger_000001: intent("other"),
      AWS_ACCESS_KEY_ID: "AKIA210987654321",
    });
    expect(code).toBe(1);
    expect(log).not.toContain("Removed:");
    expect(commandsIn(log).filter(({ name }) => name === "error")).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(
          /^Could not remove security-group sg-\w+ in us-east-1: it is in AWS account 123456789012, but the credentials are of account 210987654321%0A {2}Hint: A step after the bake may have set other credentials/,
        ),
      }),
    ]);
    expect(summary).toContain("it is in AWS account 123456789012");
  });

  test("that STS does not know: post has one chance, and continues with a warning", async () => {
    cloud.endpoint().faults([{ action: "GetCallerIdentity", do: "error", code: "AccessDenied", status: 403 }]);
    const { code, log, group } = await post("unknown", { STATE_ledger_000001: intent("unknown") });
    expect(code).toBe(0);
    expect(log).toContain("The account of the credentials is unknown, and the ledger has AWS account 123456789012");
    expect(log).toContain(`Removed: security-group ${group}`);
  });
});

test("a record that cannot be read is an error with its key, and the others are released", async () => {
  const { code, log, group } = await post("damaged", { STATE_ledger_000003: '{"op":"intent"}' });
  expect(code).toBe(1);
  expect(log).toContain(`Removed: security-group ${group}`);
  expect(commandsIn(log).filter(({ name }) => name === "error")).toEqual([
    expect.objectContaining({
      message: expect.stringContaining(
        'The record "ledger_000003" in the state of the action cannot be read: "intent" is missing',
      ),
    }),
  ]);
});

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux("on a full disk, everything is removed and reported in the log", async () => {
  const full = { GITHUB_STATE: "/dev/full", GITHUB_STEP_SUMMARY: "/dev/full", GITHUB_OUTPUT: "/dev/full" };
  const { code, log, group } = await post("full", { ...full, STATE_notes: JSON.stringify({ bake: "started" }) });
  expect(code).toBe(0);
  expect(log).toContain(`Removed: security-group ${group}`);
  expect(cloud.endpoint().held()).toEqual({});
  for (const file of ["GITHUB_STATE", "GITHUB_STEP_SUMMARY"]) {
    expect(log).toMatch(new RegExp(`Could not write .*"/dev/full" \\(${file}\\): no space left on the disk`));
  }
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

  test("a killed one: summary with a heading, comment, and no outputs, which the runner would ignore", async () => {
    const { code, summary, outputs, comments } = await interruptedBake("killed", { bake: "started" });
    expect(code).toBe(0);
    expect(summary).toMatch(
      /^## ⏹️ `images\/web`\n\n\*\*Killed\*\*: .*\n\n1 resource was released after the bake ended\./,
    );
    expect(summary).toContain("(https://github.com/acme/images/actions/runs/77/attempts/1)");
    expect(outputs).toEqual({});
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
