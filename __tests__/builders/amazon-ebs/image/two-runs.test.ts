import { beforeEach, describe, expect, test } from "@jest/globals";
import { describeOwnImages, type FoundImage } from "../../../../src/aws/image.js";
import { disableImage } from "../../../../src/aws/image-attributes.js";
import { releaseEntries } from "../../../../src/cleanup/release.js";
import { systemClock } from "../../../../src/core/clock.js";
import { narrator } from "../../../../src/core/events.js";
import { openLedger, replay } from "../../../../src/core/ledger.js";
import { TAG } from "../../../../src/core/ownership.js";
import type { RunSettings } from "../../../../src/core/settings.js";
import { testCloud } from "../../../support/cloud.js";
import { settings } from "../../../support/context.js";
import { amis, bake, type Circumstances, type Ended, heldImages } from "../bake.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How far the cloud's clock is ahead of this host's. Tests only move it forward. */
let ahead = 0;
const cloud = testCloud({ scale: 0, clock: () => Date.now() + ahead });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

/** Settings of a run with an ID. */
const run = (runId: string, more: Partial<RunSettings> = {}): Partial<RunSettings> => ({
  ownership: { ...settings().ownership, runId },
  ...more,
});
const SKIP = { skipUnchanged: { enabled: true, maxAge: undefined } };
const fails = async () => {
  throw new Error("killed");
};
const KILLED: Circumstances = { release: false, publish: fails };
const launches = () => calls("RunInstances");
const calls = (name: string) =>
  cloud
    .endpoint()
    .calls()
    .filter(({ action }) => action === name).length;
const said = ({ events }: Ended) =>
  events.flatMap((event) => (event.type === "say" || event.type === "message" ? [event.text] : [])).join("\n");

async function image(name: string, region = "us-east-1"): Promise<FoundImage> {
  const [found] = await describeOwnImages(cloud.scope(region), [{ Name: "name", Values: [name] }]);
  if (!found) throw new Error(`no image "${name}"`);
  return found;
}

/** A run that was killed: its image is unfinished, and its lease has not ended. Returns its ledger too. */
async function killedRun(name: string, fingerprint: string, more: Parameters<typeof bake>[1] = {}): Promise<Ended> {
  const first = await bake(cloud, { ami_name: name, ...more }, { ...KILLED, fingerprint, settings: run("first") });
  cloud.endpoint().forget();
  return first;
}

describe("the image of a live run", () => {
  test("is never resumed: another run bakes its own image", async () => {
    await killedRun("live a", "live");
    const before = await image("live a");
    const second = await bake(cloud, { ami_name: "live b" }, { fingerprint: "live", settings: run("second") });
    expect(amis(second).imageName).toBe("live b");
    expect(launches()).toBe(1);
    expect(said(second)).toMatch(/Not resuming AMI ami-\w+: run first is baking it \(lease until 20\d\d-.*Z\)/);
    expect((await image("live a")).tags).toEqual(before.tags);
  });

  test("has a name that is in use, and the error names the run that is baking it", async () => {
    await killedRun("live name", "live name");
    const { error } = await bake(
      cloud,
      { ami_name: "live name" },
      { fingerprint: "live name", settings: run("second") },
    );
    expect(error).toMatchObject({
      code: "ami-name-taken",
      message: expect.stringMatching(
        /^AMI name "live name" is already in use in us-east-1 \(ami-\w+\): run first is baking it$/,
      ),
    });
  });

  test("is resumed by the next attempt of the same run", async () => {
    await killedRun("attempt", "attempt");
    const ownership = { ...settings().ownership, runId: "first", attempt: "2" };
    const second = amis(
      await bake(cloud, { ami_name: "attempt" }, { fingerprint: "attempt", settings: { ownership } }),
    );
    expect(launches()).toBe(0);
    expect(second.skip).toEqual({
      skipped: false,
      reason: expect.stringMatching(/^resumed ami-\w+, left unfinished by run first/),
    });
  });

  test("is resumed by another run when its lease has ended", async () => {
    await killedRun("ended a", "ended", { ami_regions: ["eu-west-1"] });
    ahead += 31 * MINUTE;
    const options = { ami_name: "ended b", ami_regions: ["eu-west-1"] };
    const ended = await bake(cloud, options, { fingerprint: "ended", settings: run("second") });
    const second = amis(ended);
    expect(launches()).toBe(0);
    expect(replay(ended.records).map(({ intent, why, state }) => `${intent.kind} ${why ?? state}`)).toEqual([
      "image finished",
      "lease released",
      "image finished",
      "lease released",
    ]);
    expect(second.imageName).toBe("ended a");
    for (const region of ["us-east-1", "eu-west-1"]) {
      const { tags } = await image("ended a", region);
      expect(tags).toMatchObject({ [TAG.run]: "second" });
      for (const tag of [TAG.unfinished, TAG.lease, TAG.expires, TAG.key]) expect(tags).not.toHaveProperty([tag]);
    }
  });

  test("is resumed by another run at once when the run released what its ledger holds", async () => {
    const first = await bake(
      cloud,
      { ami_name: "released a" },
      { publish: fails, fingerprint: "released", settings: run("first") },
    );
    expect(first.error).toBeDefined();
    expect((await image("released a")).tags).not.toHaveProperty([TAG.lease]);
    cloud.endpoint().forget();
    amis(await bake(cloud, { ami_name: "released b" }, { fingerprint: "released", settings: run("second") }));
    expect(launches()).toBe(0);
  });
});

describe("with skip-unchanged, a run waits for the image of a live run", () => {
  test("and reuses it when it is finished", async () => {
    let finish = () => {};
    const finished = new Promise<void>((done) => {
      finish = done;
    });
    const circumstances = { fingerprint: "wait", settings: run("first", SKIP), publish: () => finished };
    const first = bake(cloud, { ami_name: "wait a" }, circumstances);
    while ((await describeOwnImages(cloud.scope(), [{ Name: "name", Values: ["wait a"] }])).length === 0)
      await systemClock.sleep(10);
    const second = bake(cloud, { ami_name: "wait b" }, { fingerprint: "wait", settings: run("second", SKIP) });
    const reads = calls("DescribeImages");
    while (calls("DescribeImages") < reads + 8) await systemClock.sleep(10);
    finish();
    const [one, two] = [amis(await first), await second];
    expect(launches()).toBe(1);
    expect(amis(two)).toMatchObject({ images: one.images, skip: { skipped: true } });
    expect(said(two)).toMatch(/Waiting for run first, which is baking the same inputs \(AMI ami-\w+\)/);
  });

  test("and resumes it when the lease has ended", async () => {
    await killedRun("takes over a", "takes over");
    const second = bake(
      cloud,
      { ami_name: "takes over b" },
      { fingerprint: "takes over", settings: run("second", SKIP) },
    );
    while (calls("DescribeImages") < 8) await systemClock.sleep(10);
    expect(calls("CreateTags")).toBe(0);
    ahead += 31 * MINUTE;
    expect(amis(await second).imageName).toBe("takes over a");
    expect(launches()).toBe(0);
  });

  test("and bakes when the image is removed, also under the same name", async () => {
    const killed = await killedRun("removed", "removed");
    const second = bake(cloud, { ami_name: "removed" }, { fingerprint: "removed", settings: run("second", SKIP) });
    while (calls("DescribeImages") < 8) await systemClock.sleep(10);
    const { id } = await image("removed");
    const { deregisterImage } = await import("../../../../src/aws/image.js");
    await deregisterImage(cloud.scope(), id, []);
    expect(amis(await second).imageName).toBe("removed");
    expect(launches()).toBe(1);
    expect(killed.error).toBeDefined();
  });
});

describe("an unfinished image", () => {
  test.each([
    [
      "is not resumed after 24 hours",
      25 * HOUR,
      undefined,
      1,
      /left unfinished by run first (25 hours|24 hours 59 minutes).* ago: "resume-within" is 24 hours/,
    ],
    [
      "is resumed later if the run allows it",
      25 * HOUR,
      48 * HOUR,
      0,
      /Resuming from AMI ami-\w+, left unfinished by run first \((25 hours|24 hours 59 minutes).* ago/,
    ],
    ["is never resumed with 0", HOUR, 0, 1, /ago: "resume-within" resumes none/],
  ])("%s", async (name, passed, resumeWithin, launched, text) => {
    await killedRun(`${name} a`, name);
    ahead += passed;
    const within = resumeWithin === undefined ? {} : { resumeWithin };
    const second = await bake(cloud, { ami_name: `${name} b` }, { fingerprint: name, settings: run("second", within) });
    amis(second);
    expect(launches()).toBe(launched);
    expect(said(second)).toMatch(text);
  });

  test("that is too old holds its name, and the error names the run that left it", async () => {
    await killedRun("old name", "old name");
    ahead += 25 * HOUR;
    const { error } = await bake(cloud, { ami_name: "old name" }, { fingerprint: "old name", settings: run("second") });
    expect(error).toMatchObject({
      code: "ami-name-taken",
      message: expect.stringMatching(/: run first left it unfinished (25 hours|24 hours 59 minutes).* ago$/),
      hint: expect.stringContaining('"resume-within"'),
    });
  });

  test("that two runs find at the same time is resumed by one of them", async () => {
    await killedRun("both a", "both");
    ahead += 31 * MINUTE;
    const both = ["b", "c"].map((name) =>
      bake(cloud, { ami_name: `both ${name}` }, { fingerprint: "both", settings: run(name), clock: systemClock }),
    );
    const names = (await Promise.all(both)).map((ended) => amis(ended).imageName);
    expect(launches()).toBe(1);
    expect(names).toContain("both a");
    expect(heldImages(cloud)).toHaveLength(2);
  }, 60_000);

  test("that another run resumed is left alone by a late cleanup of the first run", async () => {
    const first = await killedRun("late cleanup", "late cleanup", { ami_regions: ["eu-west-1"] });
    ahead += 31 * MINUTE;
    const options = { ami_name: "late cleanup", ami_regions: ["eu-west-1"] };
    const second = await bake(cloud, options, { ...KILLED, fingerprint: "late cleanup", settings: run("second") });
    expect(second.error).toMatchObject({ message: "killed" });
    const before = await Promise.all(["us-east-1", "eu-west-1"].map((region) => image("late cleanup", region)));
    const ledger = openLedger({ append: () => undefined }, Date.now, first.records);
    await releaseEntries(ledger.entries(), {
      ledger,
      narrator: narrator([], Date.now),
      now: () => Date.now() + MINUTE,
      signal: new AbortController().signal,
      env: {},
      openSession: (account) => cloud.session(account.region),
    });
    const after = await Promise.all(["us-east-1", "eu-west-1"].map((region) => image("late cleanup", region)));
    expect(after).toEqual(before);
    expect(after.every(({ tags }) => tags[TAG.lease] !== undefined && tags[TAG.run] === "second")).toBe(true);
  });
});

describe("a disabled image holds its name", () => {
  test.each(["us-east-1", "eu-west-1"])("in %s, which is reported before anything is created", async (region) => {
    const name = `disabled ${region}`;
    const { images } = amis(await bake(cloud, { ami_name: name, region }));
    await disableImage(cloud.scope(region), images[0]?.imageId ?? "");
    cloud.endpoint().forget();
    const { error } = await bake(cloud, { ami_name: name, ami_regions: ["eu-west-1"] });
    expect(error).toMatchObject({ code: "ami-name-taken", region });
    expect(launches()).toBe(0);
  });

  test("and force_deregister replaces it", async () => {
    const options = { ami_name: "disabled and replaced", ami_regions: ["eu-west-1"], force_deregister: true };
    const { images } = amis(await bake(cloud, options));
    for (const { region, imageId } of images) await disableImage(cloud.scope(region), imageId);
    amis(await bake(cloud, options));
    expect(heldImages(cloud)).toEqual(["eu-west-1/disabled and replaced", "us-east-1/disabled and replaced"]);
  });
});
