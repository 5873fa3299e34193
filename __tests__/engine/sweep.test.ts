import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { TAG } from "../../src/core/ownership.js";
import { testCloud } from "../support/cloud.js";
import { runReally } from "./running.js";

const cloud = testCloud({ scale: 0 });

const EXPIRED = [
  { Key: TAG.owner, Value: "bake-ami" },
  { Key: TAG.expires, Value: "2020-01-01T00:00:00Z" },
];

beforeEach(async () => {
  cloud.endpoint().baseline();
  const ec2 = await cloud.session().ec2();
  const TagSpecifications = [{ ResourceType: "security-group" as const, Tags: EXPIRED }];
  const name = `expired-${crypto.randomUUID()}`;
  await ec2.send(new CreateSecurityGroupCommand({ GroupName: name, Description: "test", TagSpecifications }));
  cloud.endpoint().forget();
});

const sweep = (keys: string, ...flags: readonly string[]) =>
  runReally(["sweep", "-remove", "-regions=us-east-1", ...flags], {
    env: { ...cloud.env(), AWS_ACCESS_KEY_ID: keys, AWS_SECRET_ACCESS_KEY: "secret" },
  });

describe("a sweep", () => {
  test("with credentials of an account that is not allowed searches nothing, and has both IDs in its error", async () => {
    const swept = sweep("AKIA210987654321", "-allowed-account-ids=123456789012,111122223333");
    await expect(swept).rejects.toMatchObject({
      code: "account-not-allowed",
      message:
        "The credentials are of AWS account 210987654321, and the allowed accounts are: 123456789012, 111122223333",
    });
    const calls = cloud.endpoint().calls();
    expect(calls.map(({ action }) => action)).toEqual(["GetCallerIdentity"]);
  });

  test("with credentials of an allowed account removes what has expired", async () => {
    const { code, out } = await sweep("AKIAOWN", "-allowed-account-ids=123456789012");
    expect([code, out]).toEqual([0, expect.stringMatching(/^removed: security-group sg-\w+ in us-east-1/)]);
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("that finds nothing says in which account", async () => {
    const { code, out } = await sweep("AKIA210987654321");
    expect([code, out]).toEqual([0, "No resources of bake-ami found in account 210987654321."]);
  });
});
