import { DescribeImagesCommand } from "@aws-sdk/client-ec2";
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { deregisterImage } from "../../../src/aws/image.js";
import { handlerOf } from "../../../src/cleanup/handlers.js";
import { releaseEntries } from "../../../src/cleanup/release.js";
import { narrator } from "../../../src/core/events.js";
import { openLedger } from "../../../src/core/ledger.js";
import { makersOn } from "../../cleanup/makers.js";
import { impatient, testCloud } from "../../support/cloud.js";
import { makeImage } from "../../support/images.js";

const cloud = testCloud({ scale: 0 });
const makers = makersOn(cloud);

// Jest cannot load the handlers' modules twice at the same time.
beforeAll(async () => {
  await handlerOf("role");
  await handlerOf("instance");
});
beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

/** Makes a resource, records it in a ledger as created `age` milliseconds ago, and releases it after `strike`. */
async function releaseAfter(maker: string, age: number, strike: () => void) {
  const key = `absent-${crypto.randomUUID().slice(0, 8)}`;
  const intent = await makers[maker]?.(key);
  if (!intent) throw new Error(`no maker ${maker}`);
  const handler = await handlerOf(intent.kind as "instance");
  const account = { region: "us-east-1" };
  const context = { session: cloud.session(), signal: new AbortController().signal, longestWait: undefined };
  const id = await handler.find(intent, { ...context, createdAt: undefined, onProgress: () => undefined });
  const createdAt = impatient.now() - age;
  const ledger = openLedger({ append: () => undefined }, () => createdAt);
  ledger.intend({ ...intent, account });
  ledger.made(intent.key, id ?? "");
  cloud.endpoint().forget();
  strike();
  const began = impatient.now();
  const left = await releaseEntries(ledger.entries(), {
    ledger,
    narrator: narrator([], Date.now),
    now: impatient.now,
    signal: context.signal,
    env: {},
    openSession: (where) => cloud.session(where.region),
  });
  return { left, took: impatient.now() - began, states: ledger.entries().map(({ state }) => state) };
}

/** Kinds of resources, the action that deletes each, and the one that describes it. */
const KINDS: readonly (readonly [string, string, string])[] = [
  ["instance by token", "TerminateInstances", "DescribeInstances"],
  ["security-group by key", "DeleteSecurityGroup", "DescribeSecurityGroups"],
  ["volume by key", "DeleteVolume", "DescribeVolumes"],
  ["launch-template by key", "DeleteLaunchTemplate", "DescribeLaunchTemplates"],
];

describe("a resource whose deletion is refused as not found", () => {
  const code = "InvalidThing.NotFound";

  test.each(KINDS)("once: %s is deleted by the next attempt", async (maker, action) => {
    const strike = () => cloud.endpoint().faults([{ action, do: "error", code, message: "no", status: 400 }]);
    expect(await releaseAfter(maker, 100, strike)).toMatchObject({ left: [], states: ["released"] });
    expect(cloud.endpoint().held()).toEqual({});
  });

  test.each(KINDS)("for 10 s, by a Describe too: a new %s is deleted", async (maker, action, described) => {
    const strike = () =>
      cloud.endpoint().faults([
        { action, do: "unseen", lasts: 10 },
        { action: described, do: "unseen", lasts: 10 },
      ]);
    expect(await releaseAfter(maker, 100, strike)).toMatchObject({ left: [], states: ["released"] });
    expect(cloud.endpoint().held()).toEqual({});
  });

  test.each(KINDS)("although a Describe shows it: an old %s is deleted", async (maker, action) => {
    const strike = () =>
      cloud.endpoint().faults([{ action, do: "error", code, message: "no", status: 400, times: 20 }]);
    expect(await releaseAfter(maker, 3_600_000, strike)).toMatchObject({ left: [], states: ["released"] });
    expect(cloud.endpoint().held()).toEqual({});
  });

  test.each([
    ["a new one counts as deleted when it is a minute old", 100, 55_000, 70_000],
    ["an old one when reads over 10 s do not show it", 3_600_000, 10_000, 20_000],
  ])("and by a Describe for good: %s", async (_, age, least, most) => {
    const gone = { do: "unseen", lasts: 3600 } as const;
    const strike = () =>
      cloud.endpoint().faults([
        { action: "DeleteSecurityGroup", ...gone },
        { action: "DescribeSecurityGroups", ...gone },
      ]);
    const { left, took, states } = await releaseAfter("security-group by key", age, strike);
    expect({ left, states }).toEqual({ left: [], states: ["released"] });
    expect(took).toBeGreaterThan(least);
    expect(took).toBeLessThan(most);
  });
});

test("a role whose lists are stale is deleted with its policies", async () => {
  const strike = () =>
    cloud.endpoint().faults(
      ["ListInstanceProfilesForRole", "ListRolePolicies", "DeleteRole", "GetRole"].map((action) => ({
        action,
        do: "unseen",
        lasts: 5,
      })),
    );
  expect(await releaseAfter("role and its profile", 100, strike)).toMatchObject({ left: [], states: ["released"] });
  expect(cloud.endpoint().held().roles ?? []).toEqual([]);
});

test("an image that EC2 reports as no longer available is not waited for", async () => {
  const id = await makeImage(cloud, "deregistered before");
  await deregisterImage(cloud.scope(), id, []);
  cloud.endpoint().forget();
  await deregisterImage(cloud.scope(), id, [], impatient.now());
  expect(
    cloud
      .endpoint()
      .calls()
      .map(({ action }) => action),
  ).toEqual(["DeregisterImage", "DescribeImages"]);
  const ec2 = await cloud.session().ec2();
  await expect(ec2.send(new DescribeImagesCommand({ ImageIds: [id] }))).rejects.toMatchObject({ failure: "not-found" });
});
