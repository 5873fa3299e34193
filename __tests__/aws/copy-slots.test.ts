import { CopyImageCommand } from "@aws-sdk/client-ec2";
import { expect, test } from "@jest/globals";
import { inCopySlots } from "../../src/aws/copy-slots.js";
import { copyImage } from "../../src/aws/image.js";
import { type BakeEvent, narrator } from "../../src/core/events.js";
import { impatient, testCloud } from "../support/cloud.js";
import { makeImage } from "../support/images.js";

const instant = { register: 0, snapshot: 0, volume: 0, consistency: 0, mapping: 0 };
const cloud = testCloud({ times: { ...instant, copy: 600 } });

/** Runs copies of so many snapshots each, an hour long; returns the most snapshots at the same time and the order of their starts. */
async function runCopies(region: string, snapshots: readonly number[]) {
  const events: BakeEvent[] = [];
  const scope = { ...cloud.scope(region), narrator: narrator([(event) => events.push(event)], impatient.now) };
  let running = 0;
  let most = 0;
  const started: number[] = [];
  const copies = snapshots.map((count, index) =>
    inCopySlots(scope, count, async () => {
      started.push(index);
      running += count;
      most = Math.max(most, running);
      for (let minutes = 0; minutes < 10; minutes++) await impatient.sleep(15_000);
      running -= count;
    }),
  );
  await Promise.all(copies);
  return { most, started, events };
}

test("not more than 20 snapshots are copied to a Region at the same time, in order, with progress", async () => {
  const { most, started, events } = await runCopies("eu-west-1", [1, 8, 8, 8, 1, 1, 20, 1]);
  expect(most).toBe(20);
  expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(events).toContainEqual(
    expect.objectContaining({
      type: "progress",
      what: "other copies to eu-west-1 to finish",
      text: "17 snapshot copies in progress",
    }),
  );
});

test("an image of more snapshots than the limit is copied alone", async () => {
  expect((await runCopies("eu-west-2", [30, 1])).started).toEqual([0, 1]);
});

test("the Regions do not wait for each other, and a failed or cancelled copy gives its place back", async () => {
  const [there, here] = [cloud.scope("eu-west-3"), cloud.scope("us-east-2")];
  await expect(inCopySlots(there, 20, async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  const held = inCopySlots(there, 20, () => impatient.sleep(10_000));
  expect(await inCopySlots(here, 20, async () => "at once")).toBe("at once");
  const stop = new AbortController();
  const waiting = inCopySlots({ ...there, signal: stop.signal }, 1, async () => "never");
  stop.abort(new Error("cancelled"));
  await expect(waiting).rejects.toThrow("cancelled");
  await held;
  expect(await inCopySlots(there, 20, async () => "free")).toBe("free");
});

test("EC2 refuses what is over the limit, and the copy is started when others have ended", async () => {
  const source = await makeImage(cloud, "source");
  const ec2 = await cloud.session("eu-north-1").ec2();
  for (let n = 0; n < 20; n++)
    await ec2.send(new CopyImageCommand({ Name: `foreign ${n}`, SourceRegion: "us-east-1", SourceImageId: source }));
  cloud.endpoint().forget();
  const scope = cloud.scope("eu-north-1");
  const spec = {
    name: "ours",
    description: "",
    imageTags: {},
    snapshotTags: {},
    spareTags: 0,
    sourceRegion: "us-east-1",
  };
  const more = { sourceImageId: source, encrypted: undefined, kmsKeyId: undefined, durationMinutes: undefined };
  expect(await copyImage(scope, { ...spec, ...more }, { key: "k", tags: {}, token: "t" })).toMatch(/^ami-/);
  const errors = cloud
    .endpoint()
    .calls()
    .filter(({ action }) => action === "CopyImage")
    .map(({ error }) => error);
  expect(errors.length).toBeGreaterThan(20);
  expect([errors[0], errors.at(-1)]).toEqual(["ResourceLimitExceeded", undefined]);
});
