import { existsSync } from "node:fs";
import { join } from "node:path";
import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { beforeEach, expect, test } from "@jest/globals";
import { vaultName } from "../../src/aws/client/credentials.js";
import { openLedgerFile } from "../../src/cli/ledger-file.js";
import { testCloud } from "../support/cloud.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const cloud = testCloud({ scale: 0 });
const folder = temporaryFolder("cleanup");

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

/** A ledger of a run that was killed after it had made a security group with these keys. */
async function killedRun(name: string, keys: string | undefined): Promise<string> {
  const ec2 = await cloud.session().ec2();
  const { GroupId = "" } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: name, Description: "test" }));
  const path = join(folder(), `${name}.jsonl`);
  const ledger = await openLedgerFile(path, { startedAt: 0, template: "web.json" });
  const account = { region: "us-east-1", ...(keys === undefined ? {} : { credentials: vaultName(keys) }) };
  ledger.sink.append({ op: "intent", at: 0, intent: { key: name, kind: "security-group", build: "web", account } });
  ledger.sink.append({ op: "made", at: 0, key: name, id: GroupId });
  ledger.close();
  return path;
}

const cleanup = (path: string, keys: string) =>
  runReally(["cleanup", path], { env: { ...cloud.env(), AWS_ACCESS_KEY_ID: keys, AWS_SECRET_ACCESS_KEY: "secret" } });

/** Who called the cloud, by access key. */
const deletions = () =>
  cloud
    .endpoint()
    .calls()
    .filter((call) => call.action === "DeleteSecurityGroup");

test("cleanup releases what a ledger holds, and has nothing to do the second time", async () => {
  const path = await killedRun("ambient", undefined);
  const { code, out } = await cleanup(path, "AKIAAMBIENT");
  expect(code).toBe(0);
  expect(out).toMatch(/removed: security-group sg-\w+ in us-east-1/);
  expect(cloud.endpoint().held()).toEqual({});
  expect(existsSync(path)).toBe(false);
});

test("what was made with the template's own keys is not looked for with others, and released with those", async () => {
  const path = await killedRun("template", "AKIATEMPLATE");
  const other = await cleanup(path, "AKIAAMBIENT");
  expect(other.code).toBe(1);
  expect(other.err).toMatch(
    /could not remove: security-group sg-\w+ in us-east-1: It was created with the access keys/,
  );
  expect(deletions()).toEqual([]);
  expect(existsSync(path)).toBe(true);

  const own = await cleanup(path, "AKIATEMPLATE");
  expect(own.code).toBe(0);
  expect(cloud.endpoint().held()).toEqual({});
  expect(existsSync(path)).toBe(false);
});
