import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { handlerOf } from "../../src/cleanup/handlers.js";
import { findExpired, removeExpired } from "../../src/cleanup/sweep.js";
import { testCloud } from "../support/cloud.js";
import { makersOn, tagsOf } from "./makers.js";

const cloud = testCloud({ scale: 0 });
const makers = makersOn(cloud);

// Jest cannot load the handlers' modules twice at the same time.
beforeAll(async () => {
  await handlerOf("role");
  await handlerOf("instance");
});
beforeEach(() => cloud.endpoint().baseline());

describe("sweep", () => {
  test("removes only expired resources, by their tags", async () => {
    for (const [name, make] of Object.entries(makers)) await make(`sweep-${name.replaceAll(" ", "-")}`);
    const ec2 = await cloud.session().ec2();
    await ec2.send(new CreateSecurityGroupCommand({ GroupName: "theirs", Description: "not ours" }));
    await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: "fresh",
        Description: "ours, not expired",
        TagSpecifications: [
          { ResourceType: "security-group", Tags: tagsOf("fresh", new Date(Date.now() + 3_600_000).toISOString()) },
        ],
      }),
    );
    const options = {
      regions: [],
      now: Date.now(),
      signal: new AbortController().signal,
      sessionIn: (region: string) => cloud.session(region),
    };
    const findings = await findExpired(cloud.session(), options);
    const removed: string[] = [];
    expect(await removeExpired(findings, options, (resource) => removed.push(resource.kind))).toEqual([]);
    expect([...new Set(removed)].sort()).toEqual(
      ["instance", "instance-profile", "key-pair", "launch-template", "role", "security-group", "volume"].sort(),
    );
    const [groups] = Object.values(cloud.endpoint().held());
    expect(groups).toHaveLength(2);
  });
});
