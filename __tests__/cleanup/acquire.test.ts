import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { acquire } from "../../src/cleanup/acquire.js";
import { type LedgerRecord, openLedger } from "../../src/core/ledger.js";
import { testCloud } from "../support/cloud.js";
import { partContext } from "../support/context.js";
import { specification } from "./makers.js";

const cloud = testCloud({ scale: 0 });

beforeEach(() => cloud.endpoint().baseline());

describe("acquire", () => {
  test("returns its own resource when a repeated call reports that it already exists", async () => {
    const records: LedgerRecord[] = [];
    const context = { ...partContext("/"), ledger: openLedger({ append: (record) => records.push(record) }, Date.now) };
    const withCloud = { ...context, surroundings: { ...context.surroundings, env: cloud.env() } };
    const acquired = await acquire({
      context: withCloud,
      session: cloud.session(),
      kind: "security-group",
      region: "us-east-1",
      name: "packer_adopt",
      create: async ({ key }) => {
        const ec2 = await cloud.session().ec2();
        const command = () =>
          new CreateSecurityGroupCommand({
            GroupName: "packer_adopt",
            Description: "test",
            TagSpecifications: specification("security-group", key),
          });
        await ec2.send(command());
        return (await ec2.send(command())).GroupId ?? "";
      },
    });
    expect(acquired.id).toMatch(/^sg-/);
    expect(records.map((record) => record.op)).toEqual(["intent", "made"]);
  });
});
