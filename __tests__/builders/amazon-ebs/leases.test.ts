import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { describeSecurityGroups } from "../../../src/aws/security-group.js";
import { withOwnTag } from "../../../src/aws/tags.js";
import { openLeases } from "../../../src/builders/amazon-ebs/leases.js";
import { systemClock } from "../../../src/core/clock.js";
import { LEASE, leaseEnd, RENEW_EVERY } from "../../../src/core/lease.js";
import { type LedgerRecord, openLedger, replay } from "../../../src/core/ledger.js";
import { OWNER, ownershipTags, TAG } from "../../../src/core/ownership.js";
import { unpackTags } from "../../../src/core/packed-tags.js";
import { testCloud } from "../../support/cloud.js";
import { builderContext } from "../context.js";

const cloud = testCloud({ scale: 0 });

beforeEach(() => cloud.endpoint().forget());

/** Leases whose time passes only by `pass`, over resources that stand for images: CreateTags is the same for all. */
async function opened() {
  const records: LedgerRecord[] = [];
  const ended = new AbortController();
  const sleeps: { readonly ms: number; readonly wake: () => void }[] = [];
  const session = {
    ...cloud.session(),
    clock: {
      now: Date.now,
      sleep: (ms: number, signal?: AbortSignal) =>
        new Promise<void>((wake, fail) => {
          sleeps.push({ ms, wake });
          signal?.addEventListener("abort", () => fail(new Error("ended")), { once: true });
        }),
    },
  };
  let running: Promise<void> | undefined;
  const context = {
    ...builderContext("/").context,
    ledger: openLedger({ append: (record) => records.push(record) }, Date.now),
    untilEnd: (work: (signal: AbortSignal) => Promise<void>) => {
      running = work(ended.signal).catch(() => undefined);
    },
  };
  const leases = openLeases(context, session, (region, signal) => ({ session: cloud.session(region), region, signal }));
  return {
    leases,
    entries: () => replay(records).map(({ intent, id, state }) => [intent.kind, id, state]),
    /** Lets the interval pass, and waits until the calls of the renewal have ended. */
    pass: async () => {
      const sleep = sleeps.shift();
      expect(sleep?.ms).toBe(RENEW_EVERY);
      sleep?.wake();
      while (sleeps.length === 0) await systemClock.sleep(5);
    },
    end: async () => {
      ended.abort();
      await running;
    },
  };
}

async function resource(region: string): Promise<string> {
  const ec2 = await cloud.session(region).ec2();
  const input = { GroupName: crypto.randomUUID(), Description: "stands for an image" };
  return (await ec2.send(new CreateSecurityGroupCommand(input))).GroupId ?? "";
}

const OWNED = ownershipTags(
  { ownership: { runId: "4711", attempt: "1", repository: "acme/images" }, build: "web", key: "4711/web/image/1" },
  Date.now(),
);
const PLAIN = { tags: {}, isPacked: false };

const renewals = () =>
  cloud
    .endpoint()
    .calls()
    .filter(({ action }) => action === "CreateTags")
    .map(({ region, status }) => `${region} ${status}`);

describe("the leases of a build", () => {
  test("are renewed with one call in each Region at each interval, until the end", async () => {
    const { leases, pass, end } = await opened();
    for (const region of ["us-east-1", "us-east-1", "eu-west-1"]) leases.hold(region, await resource(region), PLAIN);
    await pass();
    await pass();
    expect(renewals().sort()).toEqual(["eu-west-1 200", "eu-west-1 200", "us-east-1 200", "us-east-1 200"]);
    await end();
  });

  test("of an instance are renewed without an entry in the ledger, until it is released", async () => {
    const { leases, pass, end, entries } = await opened();
    const id = await resource("us-east-1");
    leases.renew("us-east-1", id, PLAIN);
    await pass();
    leases.drop("us-east-1", id);
    await pass();
    expect(renewals()).toEqual(["us-east-1 200"]);
    expect(entries()).toEqual([]);
    await end();
  });

  test("last three intervals after a renewal", async () => {
    const { leases } = await opened();
    expect(LEASE).toBe(3 * RENEW_EVERY);
    expect(Math.abs(Date.parse(leases.tag()[TAG.lease] ?? "") - Date.now() - LEASE)).toBeLessThan(5000);
  });

  test("are not renewed for an image that was finished or removed", async () => {
    const { leases, pass, end, entries } = await opened();
    const [kept, dropped] = [await resource("us-east-1"), await resource("eu-west-1")];
    leases.hold("us-east-1", kept, PLAIN);
    leases.hold("eu-west-1", dropped, PLAIN);
    leases.drop("eu-west-1", dropped);
    await pass();
    expect(renewals()).toEqual(["us-east-1 200"]);
    expect(entries()).toEqual([
      ["lease", kept, "open"],
      ["lease", dropped, "released"],
    ]);
    await end();
  });

  test("of the other images are renewed when one image no longer exists", async () => {
    const { leases, pass, end } = await opened();
    leases.hold("us-east-1", await resource("us-east-1"), PLAIN);
    leases.hold("us-east-1", "sg-0123456789abcdef0", PLAIN);
    cloud.endpoint().faults([{ action: "CreateTags", do: "error", code: "InvalidAMIID.Malformed", status: 400 }]);
    await pass();
    expect(renewals()).toContain("us-east-1 200");
    await end();
  });

  test("whose tags are packed are renewed in their packed value, the others by one call", async () => {
    const { leases, pass, end } = await opened();
    const [packed, plain] = [await resource("us-east-1"), await resource("us-east-1")];
    const tags = { ...OWNED, [TAG.unfinished]: "copy:eu-west-1" };
    leases.hold("us-east-1", packed, { tags, isPacked: true });
    leases.hold("us-east-1", plain, PLAIN);
    await pass();
    expect(renewals()).toEqual(["us-east-1 200", "us-east-1 200"]);
    const [group] = await describeSecurityGroups(cloud.scope("us-east-1"), [withOwnTag(TAG.key, OWNED[TAG.key] ?? "")]);
    expect(group?.id).toBe(packed);
    expect(leaseEnd(unpackTags({ ...group?.tags, [TAG.owner]: OWNER }), Date.now())).toBeDefined();
    await end();
  });

  test("are tried again after a renewal that AWS refuses", async () => {
    const { leases, pass, end } = await opened();
    leases.hold("us-east-1", await resource("us-east-1"), PLAIN);
    cloud.endpoint().faults([{ action: "CreateTags", do: "error", code: "UnauthorizedOperation", status: 403 }]);
    await pass();
    await pass();
    expect(renewals()).toEqual(["us-east-1 403", "us-east-1 200"]);
    await end();
  });
});
