import {
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  RegisterImageCommand,
} from "@aws-sdk/client-ec2";
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { handlerOf } from "../../src/cleanup/handlers.js";
import { findExpired, removeExpired, type SweepFinding } from "../../src/cleanup/sweep.js";
import { leaseUntil } from "../../src/core/lease.js";
import { TAG } from "../../src/core/ownership.js";
import { testCloud } from "../support/cloud.js";
import { makersOn, tagsOf } from "./makers.js";

const HOUR = 3_600_000;
const hostNow = Date.now;

/** How far the cloud's clock is ahead of this host's. */
let ahead = 0;
const cloud = testCloud({ scale: 0, clock: () => hostNow() + ahead });
const makers = makersOn(cloud);

// Jest cannot load the handlers' modules twice at the same time.
beforeAll(async () => {
  await handlerOf("role");
  await handlerOf("instance");
});
beforeEach(() => cloud.endpoint().baseline());
afterEach(() => {
  jest.restoreAllMocks();
});

const at = (time: number) => new Date(time).toISOString();
const options = {
  regions: ["us-east-1"],
  signal: new AbortController().signal,
  sessionIn: (region: string) => cloud.session(region),
};

async function makeAll(prefix: string): Promise<void> {
  for (const [name, make] of Object.entries(makers)) await make(`${prefix}-${name.replaceAll(" ", "-")}`);
}

/** Returns the findings whose key starts with a prefix. */
async function findingsOf(prefix: string): Promise<readonly SweepFinding[]> {
  const findings = await findExpired(cloud.session(), options);
  return findings.filter(({ resource }) => resource.tags[TAG.key]?.startsWith(prefix));
}

const verdicts = (findings: readonly SweepFinding[]) => [...new Set(findings.map(({ verdict }) => verdict))];

async function group(key: string, expires: number, run: string): Promise<void> {
  const ec2 = await cloud.session().ec2();
  const tags = [...tagsOf(key, at(expires)), { Key: TAG.run, Value: run }];
  const TagSpecifications = [{ ResourceType: "security-group" as const, Tags: tags }];
  await ec2.send(new CreateSecurityGroupCommand({ GroupName: key, Description: "ours", TagSpecifications }));
}

describe("sweep", () => {
  test("removes only expired resources, by their tags and ages", async () => {
    await makeAll("sweep");
    const ec2 = await cloud.session().ec2();
    await ec2.send(new CreateSecurityGroupCommand({ GroupName: "theirs", Description: "not ours" }));
    ahead += 25 * HOUR;
    await group("fresh", hostNow() + ahead + HOUR, "4711");
    const findings = await findExpired(cloud.session(), { ...options, regions: [] });
    const removed: string[] = [];
    expect(await removeExpired(findings, options, (resource) => removed.push(resource.kind))).toEqual([]);
    expect([...new Set(removed)].sort()).toEqual(
      ["instance", "instance-profile", "key-pair", "launch-template", "role", "security-group", "volume"].sort(),
    );
    const [groups] = Object.values(cloud.endpoint().held());
    expect(groups).toHaveLength(2);
  });

  test("removes nothing that is live when the clock of its host is 25 hours ahead", async () => {
    const expires = at(hostNow() + ahead + 24 * HOUR);
    await makeAll("live");
    await group("live-group", Date.parse(expires), "4711");
    jest.spyOn(Date, "now").mockImplementation(() => hostNow() + ahead + 25 * HOUR);
    const findings = await findingsOf("live");
    const dated = findings.filter(({ resource }) => resource.createdAt !== undefined);
    expect(dated.length).toBeGreaterThanOrEqual(6);
    expect(verdicts(dated)).toEqual(["keep"]);
    expect(findings.find(({ resource }) => resource.tags[TAG.key] === "live-group")).toMatchObject({
      verdict: "keep",
      why: `expires ${expires}`,
    });
  });

  test("removes nothing that AWS created in the last 24 hours, although a run with a wrong clock wrote that it has expired", async () => {
    await makeAll("behind");
    ahead += 23 * HOUR;
    const dated = (await findingsOf("behind")).filter(({ resource }) => resource.createdAt !== undefined);
    expect(verdicts(dated)).toEqual(["keep"]);
    ahead += 2 * HOUR;
    expect(verdicts(await findingsOf("behind"))).toEqual(["remove"]);
  });

  test("removes nothing of a run that holds an image by a lease, until the lease ends", async () => {
    const now = hostNow() + ahead;
    await group("leased", now - HOUR, "4712");
    await group("unleased", now - HOUR, "4713");
    const ec2 = await cloud.session().ec2();
    const { VolumeId } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 1 }));
    const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId }));
    const devices = [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId } }];
    const { ImageId = "" } = await ec2.send(
      new RegisterImageCommand({ Name: "leased", RootDeviceName: "/dev/sda1", BlockDeviceMappings: devices }),
    );
    const tags = [
      { Key: TAG.run, Value: "4712" },
      { Key: TAG.lease, Value: leaseUntil(now) },
      ...tagsOf("leased-image"),
    ];
    await ec2.send(new CreateTagsCommand({ Resources: [ImageId], Tags: tags }));
    const verdictOf = async (key: string) => (await findingsOf(key)).map(({ verdict, why }) => `${verdict}: ${why}`);
    expect(await verdictOf("leased")).toContainEqual(expect.stringMatching(/^keep: run 4712 is live \(lease until /));
    expect(verdicts(await findingsOf("unleased"))).toEqual(["remove"]);
    ahead += HOUR;
    expect(await verdictOf("leased")).toContainEqual(expect.stringMatching(/^remove: expired/));
  });

  test("lists an available image that no run resumes by default, with its run and age, and keeps its snapshots", async () => {
    const ec2 = await cloud.session().ec2();
    const { VolumeId } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 1 }));
    const TagSpecifications = [{ ResourceType: "snapshot" as const, Tags: tagsOf("old-unfinished-snapshot") }];
    const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId, TagSpecifications }));
    const devices = [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId } }];
    const { ImageId = "" } = await ec2.send(
      new RegisterImageCommand({ Name: "old-unfinished", RootDeviceName: "/dev/sda1", BlockDeviceMappings: devices }),
    );
    const mark = { Key: TAG.unfinished, Value: "copy:eu-west-1" };
    const tags = [{ Key: TAG.run, Value: "4714" }, mark, ...tagsOf("old-unfinished-image")];
    await ec2.send(new CreateTagsCommand({ Resources: [ImageId], Tags: tags }));
    ahead += 25 * HOUR;
    const said = (await findingsOf("old-unfinished")).map(({ verdict, why }) => `${verdict}: ${why}`);
    expect(said).toEqual([
      expect.stringMatching(
        /^unfinished: run 4714 left it unfinished since 20\d\d-\S+Z\. Runs resume it only with a longer "resume-within"$/,
      ),
      "keep: belongs to an image that is kept",
    ]);
  });

  test("removes the snapshots of an image that retention removed, however young they are", async () => {
    const ec2 = await cloud.session().ec2();
    const { VolumeId } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 1 }));
    const tags = [...tagsOf("retired", at(hostNow() + ahead - HOUR)), { Key: TAG.retired, Value: "ami-1" }];
    const TagSpecifications = [{ ResourceType: "snapshot" as const, Tags: tags }];
    await ec2.send(new CreateSnapshotCommand({ VolumeId, TagSpecifications }));
    expect(verdicts(await findingsOf("retired"))).toEqual(["remove"]);
  });
});
