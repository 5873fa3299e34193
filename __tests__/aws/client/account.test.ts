import { beforeEach, describe, expect, test } from "@jest/globals";
import { accountOfArn } from "../../../src/aws/client/account.js";
import { openSession, openSessionFor, type SessionSurroundings } from "../../../src/aws/client/open-session.js";
import { ambientAccess } from "../../../src/aws/client/options.js";
import { impatient, testCloud } from "../../support/cloud.js";
import { partContext } from "../../support/context.js";

const cloud = testCloud({ scale: 0 });

beforeEach(() => cloud.endpoint().forget());

const surroundings = (env: Readonly<Record<string, string>> = {}): SessionSurroundings => ({
  ...partContext("/").surroundings,
  clock: impatient,
  env: { ...cloud.env(), ...env },
});
const calls = () =>
  cloud
    .endpoint()
    .calls()
    .map(({ action }) => action);

test.each([
  ["arn:aws:iam::123456789012:role/bake", { id: "123456789012", partition: "aws" }],
  ["arn:aws-us-gov:sts::123456789012:assumed-role/bake/run-1", { id: "123456789012", partition: "aws-us-gov" }],
  ["arn:aws:ec2:us-east-1::image/ami-1", undefined],
  ["", undefined],
])("the account of %j", (arn, account) => {
  expect(accountOfArn(arn)).toEqual(account);
});

describe("the account of a session", () => {
  test("is asked for once in a run, by all sessions with the same keys, and is in the references from then on", async () => {
    const run = surroundings();
    const sessions = await Promise.all([1, 2, 3].map(() => openSession(ambientAccess, run, "us-east-1")));
    expect(sessions[0]?.reference().accountId).toBeUndefined();
    const accounts = await Promise.all(sessions.map((session) => session.account()));
    expect(accounts).toEqual(Array(3).fill({ id: "123456789012", partition: "aws" }));
    expect(calls()).toEqual(["GetCallerIdentity"]);
    expect(sessions[1]?.reference("eu-west-1")).toMatchObject({ accountId: "123456789012", partition: "aws" });
    for (const session of sessions) session.close();
  });

  test("is that of its keys", async () => {
    const session = openSessionFor({ region: "us-east-1" }, surroundings({ AWS_ACCESS_KEY_ID: "AKIA210987654321" }));
    expect(await session.account()).toEqual({ id: "210987654321", partition: "aws" });
    session.close();
  });

  test("is known without a call where it assumes a role", async () => {
    const assumeRole = { roleArn: "arn:aws-cn:iam::111122223333:role/bake" };
    const session = openSessionFor({ region: "us-east-1", assumeRole }, surroundings());
    expect(session.reference()).toMatchObject({ accountId: "111122223333", partition: "aws-cn" });
    expect(calls()).toEqual([]);
    session.close();
  });

  test("is not waited for by a run that is cancelled", async () => {
    cloud.endpoint().faults([{ action: "GetCallerIdentity", do: "hang" }]);
    const session = openSessionFor({ region: "us-east-1" }, surroundings());
    const cancelled = new AbortController();
    const asked = session.account(cancelled.signal);
    cancelled.abort(new Error("cancelled by the user"));
    await expect(asked).rejects.toThrow("cancelled by the user");
    session.close();
  });
});
