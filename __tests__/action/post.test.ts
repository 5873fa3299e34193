import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { expect, test } from "@jest/globals";
import { POST } from "../../src/action/post.js";
import { vaultName } from "../../src/aws/client/credentials.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { commandsIn, runOnRunner } from "./runner.js";

const cloud = testCloud({ scale: 0 });
const folder = temporaryFolder("post");

const KEYS = { accessKeyId: "AKIATEMPLATE", secretAccessKey: "hunter2/of+the/template" };

/** Runs post after a bake that was killed when it had made a security group with the template's own keys. */
async function post(name: string) {
  const ec2 = await cloud.session().ec2();
  const { GroupId = "" } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: name, Description: "test" }));
  const account = { region: "us-east-1", credentials: vaultName(KEYS.accessKeyId) };
  const intent = { key: name, kind: "security-group", build: "web", account };
  const { code, log, files } = await runOnRunner(POST, folder(), {
    ...cloud.env(),
    GITHUB_STATE: undefined,
    STATE_ledger_000001: JSON.stringify({ op: "intent", at: 0, intent }),
    STATE_ledger_000002: JSON.stringify({ op: "made", at: 0, key: name, id: GroupId }),
    STATE_credentials_1: JSON.stringify({ name: vaultName(KEYS.accessKeyId), ...KEYS }),
  });
  return { code, log, summary: files.summary, group: GroupId };
}

test("releases what the state tells of, with the keys that it holds", async () => {
  const { code, log, summary, group } = await post("released");
  expect(code).toBe(0);
  expect(log).toContain(`Released: security-group ${group} in us-east-1`);
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
