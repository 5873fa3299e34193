import { CopyImageCommand, DeregisterImageCommand } from "@aws-sdk/client-ec2";
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { waitForImage } from "../../src/aws/image-wait.js";
import { type BakeEvent, narrator } from "../../src/core/events.js";
import type { CallRecord } from "../../src/local/endpoint/wire/calls.js";
import { impatient, testCloud } from "../support/cloud.js";
import { makeImage } from "../support/images.js";

/** Called after each response. */
let onCall: (call: CallRecord) => void = () => undefined;

/** A copy takes between 82 and 138 minutes, by its Region: longer than a wait without progress. */
const times = { copy: 110 * 60, register: 0, snapshot: 0, volume: 0, consistency: 0, mapping: 0 };
const cloud = testCloud({ times, log: (call) => onCall(call) });
let source = "";

beforeAll(async () => {
  source = await makeImage(cloud, "source");
});
beforeEach(() => {
  onCall = () => undefined;
  cloud.endpoint().forget();
});

/** Polls of waits in which the number of calls is not what is tested. */
const EVERY_15_S = { first: 15_000, max: 15_000 };

/** Starts a copy to a Region; returns a scope there, the id of the copy, and the events of waits. */
async function startCopy(region: string, minutes = 0) {
  const events: BakeEvent[] = [];
  const scope = { ...cloud.scope(region), narrator: narrator([(event) => events.push(event)], impatient.now) };
  const ec2 = await scope.session.ec2();
  const input = { Name: `copy ${crypto.randomUUID()}`, SourceRegion: "us-east-1", SourceImageId: source };
  const duration = minutes > 0 ? { SnapshotCopyCompletionDurationMinutes: minutes } : {};
  const { ImageId: id = "" } = await ec2.send(new CopyImageCommand({ ...input, ...duration }));
  return { scope, id, events, ec2 };
}

describe("a wait for an image", () => {
  test("goes on for more than an hour while the image makes progress, with few calls", async () => {
    const { scope, id, events } = await startCopy("eu-west-1");
    const began = impatient.now();
    expect((await waitForImage(scope, id)).state).toBe("available");
    expect(impatient.now() - began).toBeGreaterThan(70 * 60_000);
    const percents = events.flatMap((event) => (event.type === "progress" ? (event.percent ?? []) : []));
    expect(percents.at(-1)).toBeGreaterThan(percents[0] ?? 100);
    const calls = cloud
      .endpoint()
      .calls()
      .filter(({ action }) => action === "DescribeImages");
    expect(calls.length).toBeLessThan(900);
  }, 120_000);

  test("without progress ends after an hour", async () => {
    const { scope, id } = await startCopy("eu-west-2");
    cloud.endpoint().faults([
      {
        action: "DescribeSnapshots",
        do: "error",
        code: "UnauthorizedOperation",
        message: "no",
        status: 403,
        lasts: 1e6,
      },
    ]);
    const began = impatient.now();
    await expect(waitForImage(scope, id, { what: "copy", interval: EVERY_15_S })).rejects.toMatchObject({
      code: "wait-too-long",
      message: expect.stringMatching(/^copy in eu-west-2 has made no progress for 1 hour/),
    });
    expect(impatient.now() - began).toBeLessThan(3_700_000);
  }, 120_000);

  test("without progress does not end before the requested duration", async () => {
    const { scope, id } = await startCopy("eu-west-3", 75);
    cloud.endpoint().faults([
      {
        action: "DescribeSnapshots",
        do: "error",
        code: "UnauthorizedOperation",
        message: "no",
        status: 403,
        lasts: 1e6,
      },
    ]);
    const began = impatient.now();
    const how = { atLeast: 75 * 60_000, interval: EVERY_15_S };
    await expect(waitForImage(scope, id, how)).rejects.toMatchObject({ code: "wait-too-long" });
    expect(impatient.now() - began).toBeGreaterThan(4_400_000);
  }, 120_000);

  test("ends within a minute after somebody deregistered the image", async () => {
    const { scope, id, ec2 } = await startCopy("eu-north-1");
    let deregisteredAt = 0;
    let reads = 0;
    onCall = ({ action }) => {
      if (action !== "DescribeImages" || ++reads !== 5) return;
      deregisteredAt = impatient.now();
      void ec2.send(new DeregisterImageCommand({ ImageId: id }));
    };
    await expect(waitForImage(scope, id)).rejects.toMatchObject({
      code: "image-gone",
      message: `AMI ${id} was deregistered by somebody else in eu-north-1 while bake-ami waited for it`,
    });
    expect(impatient.now() - deregisteredAt).toBeLessThan(60_000);
  });

  test("ignores reads that do not show the image for 20 s", async () => {
    const { scope, id } = await startCopy("us-west-2");
    let reads = 0;
    onCall = ({ action }) => {
      if (action === "DescribeImages" && ++reads === 5)
        cloud.endpoint().faults([{ action: "DescribeImages", do: "unseen", lasts: 20, seconds: 36_000 }]);
    };
    expect((await waitForImage(scope, id, { interval: EVERY_15_S })).state).toBe("available");
  }, 120_000);
});
