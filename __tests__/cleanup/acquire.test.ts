import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { nameConflictError } from "../../src/aws/image.js";
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

  const lost = { when: "after", do: "hangup", times: 100 } as const;
  const refusal = (code: string, status = 400) => ({ do: "error", code, message: "no", status, times: 100 }) as const;

  test.each([
    ["ExpiredToken", refusal("ExpiredToken"), "released"],
    ["a missing permission", refusal("UnauthorizedOperation", 403), "released"],
    ["throttling to the end", refusal("RequestLimitExceeded", 503), "released"],
    ["a quota", refusal("VcpuLimitExceeded"), "released"],
    ["an error inside AWS", refusal("InternalError", 500), "open"],
    ["a lost response", lost, "open"],
  ])("after %s the entry of a group is closed if nothing can exist", async (_, fault, state) => {
    const ledger = openLedger({ append: () => undefined }, Date.now);
    const context = { ...partContext("/"), ledger };
    cloud.endpoint().forget();
    cloud.endpoint().faults([{ action: "CreateSecurityGroup", ...fault }]);
    const failing = acquire({
      context: { ...context, surroundings: { ...context.surroundings, env: cloud.env() } },
      session: cloud.session(),
      kind: "security-group",
      region: "us-east-1",
      create: async () => {
        const ec2 = await cloud.session().ec2();
        const created = await ec2.send(new CreateSecurityGroupCommand({ GroupName: "g", Description: "test" }));
        return created.GroupId ?? "";
      },
    });
    await expect(failing).rejects.toThrow();
    expect(ledger.entries().map((entry) => entry.state)).toEqual([state]);
    cloud.endpoint().forget();
  });

  test("after a name conflict of an image the entry is closed", async () => {
    const ledger = openLedger({ append: () => undefined }, Date.now);
    const failing = acquire({
      context: { ...partContext("/"), ledger },
      session: cloud.session(),
      kind: "image",
      region: "us-east-1",
      create: async () => {
        throw nameConflictError("us-east-1", "web", "ami-1");
      },
    });
    await expect(failing).rejects.toMatchObject({ code: "ami-name-taken" });
    expect(ledger.entries()[0]?.state).toBe("released");
  });
});
