import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { vaultName } from "../../src/aws/client/credentials.js";
import { openLedgerFile } from "../../src/cli/ledger-file.js";
import type { AccountReference } from "../../src/core/ledger.js";
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
async function killedRun(
  name: string,
  keys: string | undefined,
  more: Partial<AccountReference> = {},
): Promise<string> {
  const ec2 = await cloud.session().ec2();
  const { GroupId = "" } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: name, Description: "test" }));
  const path = join(folder(), `${name}.jsonl`);
  const ledger = await openLedgerFile(path, { startedAt: 0, template: "web.json" });
  const account = { region: "us-east-1", ...(keys === undefined ? {} : { credentials: vaultName(keys) }), ...more };
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

test("what was made with the template's own keys is not searched for with others, and released with those", async () => {
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

describe("a ledger of one account, with credentials of another", () => {
  const own = { accountId: "123456789012", partition: "aws" };

  test("is refused with both IDs, stays, and is released in its own account", async () => {
    const path = await killedRun("account", undefined, own);
    const before = readFileSync(path, "utf8");
    cloud.endpoint().forget();
    const other = await cleanup(path, "AKIA210987654321");
    expect(other.code).toBe(1);
    expect(other.out).not.toContain("removed:");
    expect(other.err).toMatch(
      /could not remove: security-group sg-\w+ in us-east-1: it is in AWS account 123456789012, but the credentials are of account 210987654321\nUse credentials of AWS account 123456789012\./,
    );
    expect(
      cloud
        .endpoint()
        .calls()
        .map(({ action }) => action),
    ).toEqual(["GetCallerIdentity"]);
    expect(readFileSync(path, "utf8").startsWith(before)).toBe(true);

    expect((await cleanup(path, "AKIAOWN")).code).toBe(0);
    expect(cloud.endpoint().held()).toEqual({});
    expect(existsSync(path)).toBe(false);
  });

  test("is refused too in another partition, whose accounts can have the same ID", async () => {
    const path = await killedRun("partition", undefined, { ...own, partition: "aws-us-gov" });
    const { code, err } = await cleanup(path, "AKIAOWN");
    expect(code).toBe(1);
    expect(err).toContain(
      "it is in AWS account 123456789012 (aws-us-gov), but the credentials are of account 123456789012\n",
    );
    expect(deletions()).toEqual([]);
  });

  test("is refused while STS does not return the account", async () => {
    const path = await killedRun("unknown", undefined, own);
    cloud.endpoint().faults([{ action: "GetCallerIdentity", do: "error", code: "AccessDenied", status: 403 }]);
    const { code, err } = await cleanup(path, "AKIAOWN");
    expect(code).toBe(1);
    expect(err).toContain("the account of the credentials is unknown, and the ledger has AWS account 123456789012: ");
    expect(deletions()).toEqual([]);
    expect((await cleanup(path, "AKIAOWN")).code).toBe(0);
  });
});

describe("of a damaged ledger every readable record is released, and the file stays", () => {
  test.each<[string, (path: string) => void, RegExp]>([
    ["a record without its resource", (path) => appendFileSync(path, '{"op":"intent"}\n'), /:4: .*"intent" is missing/],
    ["a truncated last line", (path) => appendFileSync(path, '{"op":"made","at":1,"ke'), /:4: .* is truncated/],
    [
      "two records on one line",
      (path) => writeFileSync(path, readFileSync(path, "utf8").replace(/\n(?=\{"op":"made)/, "")),
      /:2: .*more than one record/,
    ],
    [
      "a later version",
      (path) => writeFileSync(path, readFileSync(path, "utf8").replace('"version":2', '"version":9')),
      /:1: .*version 9/,
    ],
    ["wrong types", (path) => appendFileSync(path, '{"op":"made","at":1,"key":5,"id":"x"}\n'), /:4: .*"key" must be/],
  ])("%s", async (name, damage, message) => {
    const path = await killedRun(`damaged ${name}`, undefined);
    damage(path);
    const { code, out, err } = await cleanup(path, "AKIAAMBIENT");
    expect(code).toBe(1);
    expect(out).toMatch(/removed: security-group sg-\w+ in us-east-1/);
    expect(cloud.endpoint().held()).toEqual({});
    expect(err).toMatch(message);
    expect(err).toContain(`${path} was not deleted, because it has unreadable lines.`);
    expect(existsSync(path)).toBe(true);
    // What was released is recorded: the second time, nothing is searched for.
    cloud.endpoint().forget();
    const again = await cleanup(path, "AKIAAMBIENT");
    expect([again.code, again.out]).toEqual([1, expect.stringContaining(": 0 to remove.")]);
    expect(cloud.endpoint().calls()).toEqual([]);
  });

  test("a file that is no ledger is not deleted, and another one that is named with it is released", async () => {
    const notes = join(folder(), "notes.txt");
    writeFileSync(notes, "remember the milk\n");
    const path = await killedRun("named too", undefined);
    const env = { ...cloud.env(), AWS_ACCESS_KEY_ID: "AKIAX", AWS_SECRET_ACCESS_KEY: "secret" };
    const { code, err } = await runReally(["cleanup", join(folder(), "missing.jsonl"), notes, path], { env });
    expect(code).toBe(1);
    expect(err).toContain("missing.jsonl");
    expect(err).toContain(`"${notes}" is not a ledger of bake-ami`);
    expect([existsSync(notes), existsSync(path)]).toEqual([true, false]);
    expect(cloud.endpoint().held()).toEqual({});
  });
});

describe("a ledger of another host", () => {
  const foreign = (path: string) =>
    writeFileSync(
      path,
      readFileSync(path, "utf8")
        .replace(/"host":"[^"]*"/, '"host":"ci-7"')
        .replace(/"boot":"[^"]*"/, '"boot":"x"'),
    );

  test("is left alone unless it is named", async () => {
    const ledgers = join(folder(), "bake-ami", "ledgers");
    const path = await killedRun("bake-ami/ledgers/foreign", undefined);
    foreign(path);
    const env = { ...cloud.env(), XDG_STATE_HOME: folder() };
    const found = await runReally(["cleanup"], { env });
    if (process.platform === "linux") {
      expect(found).toMatchObject({
        code: 0,
        out: expect.stringContaining("on ci-7, which could still be running: skipped."),
      });
      expect(found.out).toContain(`run "bake-ami cleanup ${join(ledgers, "foreign.jsonl")}"`);
      expect(deletions()).toEqual([]);
    }
    expect((await cleanup(path, "AKIAAMBIENT")).code).toBe(0);
    expect(cloud.endpoint().held()).toEqual({});
  });
});
