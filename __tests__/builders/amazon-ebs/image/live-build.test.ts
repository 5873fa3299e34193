import { beforeEach, describe, expect, test } from "@jest/globals";
import { type Clock, systemClock } from "../../../../src/core/clock.js";
import { TAG } from "../../../../src/core/ownership.js";
import type { RunSettings } from "../../../../src/core/settings.js";
import { testCloud } from "../../../support/cloud.js";
import { settings } from "../../../support/context.js";
import { amis, bake, type Circumstances, type Ended, heldImages } from "../bake.js";

const MINUTE = 60_000;

/** How far the cloud's clock is ahead of this host's. Tests only move it forward. */
let ahead = 0;
const cloud = testCloud({ scale: 0, clock: () => Date.now() + ahead });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

const SKIP = { skipUnchanged: { enabled: true, maxAge: undefined } };
const run = (runId: string, more: Partial<RunSettings> = SKIP): Partial<RunSettings> => ({
  ownership: { ...settings().ownership, runId },
  ...more,
});
const calls = (name: string) =>
  cloud
    .endpoint()
    .calls()
    .filter(({ action }) => action === name).length;
const said = ({ events }: Ended) =>
  events.flatMap((event) => (event.type === "say" || event.type === "message" ? [event.text] : [])).join("\n");
const start = (name: string, fingerprint: string, runId: string, more: Partial<Circumstances> = {}) =>
  bake(cloud, { ami_name: name }, { fingerprint, settings: run(runId), ...more });

async function until(isReached: () => boolean): Promise<void> {
  while (!isReached()) await systemClock.sleep(5);
}

/** The system's clock, but the 10 seconds between two reads of a waiting run are short. */
const READS_OFTEN: Clock = {
  now: systemClock.now,
  sleep: (ms, signal) => systemClock.sleep(ms === 10_000 ? 50 : ms, signal),
};

/** A provisioner that runs until it is ended. */
function provisioning() {
  let isRunning = false;
  let end: (error?: Error) => void = () => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve());
  });
  ended.catch(() => undefined);
  return {
    end: (error?: Error) => end(error),
    started: () => until(() => isRunning),
    provision: async () => {
      isRunning = true;
      await ended;
    },
  };
}

/** Starts a run that waits for the instance of another one, and returns it when it has read several times. */
async function waitingRun(name: string, fingerprint: string, more: Partial<Circumstances> = {}) {
  const second = start(name, fingerprint, "second", more);
  const reads = calls("DescribeInstances");
  await until(() => calls("DescribeInstances") > reads + 4);
  return { second };
}

describe("with skip-unchanged, a run waits for a live run that has no image yet", () => {
  test("and reuses its image", async () => {
    const machine = provisioning();
    const first = start("early a", "early", "first", machine);
    await machine.started();
    const { second } = await waitingRun("early b", "early");
    machine.end();
    const [one, two] = [amis(await first), await second];
    expect([calls("RunInstances"), calls("CreateImage")]).toEqual([1, 1]);
    expect(amis(two)).toMatchObject({ images: one.images, skip: { skipped: true } });
    expect(said(two)).toMatch(/Waiting for run first, which is baking the same inputs \(instance i-\w+\)/);
  });

  test("also where the template sets 47 tags", async () => {
    const run_tags = Object.fromEntries(Array.from({ length: 47 }, (_, n) => [`tag-${n}`, "x"]));
    const machine = provisioning();
    const options = (name: string) => ({ ami_name: name, run_tags });
    const first = bake(cloud, options("tags a"), { fingerprint: "tags", settings: run("first"), ...machine });
    await machine.started();
    const second = bake(cloud, options("tags b"), { fingerprint: "tags", settings: run("second") });
    await until(() => calls("DescribeInstances") > 6);
    machine.end();
    expect(amis(await second).images).toEqual(amis(await first).images);
    expect(calls("RunInstances")).toBe(1);
  });

  test("and bakes when that run fails", async () => {
    const machine = provisioning();
    const first = start("fails a", "fails", "first", machine);
    await machine.started();
    const { second } = await waitingRun("fails b", "fails");
    machine.end(new Error("a script failed"));
    expect((await first).error).toBeDefined();
    expect(amis(await second).imageName).toBe("fails b");
    expect([calls("RunInstances"), calls("CreateImage")]).toEqual([2, 1]);
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
  });

  test("and bakes when the lease of a lost run's instance has ended", async () => {
    const machine = provisioning();
    const lost = start("lost a", "lost", "first", { ...machine, release: false });
    await machine.started();
    machine.end(new Error("lost"));
    await lost;
    const { second } = await waitingRun("lost b", "lost");
    expect(calls("RunInstances")).toBe(1);
    ahead += 31 * MINUTE;
    expect(amis(await second).imageName).toBe("lost b");
  });

  test("but not for an earlier attempt of the same run, which has ended", async () => {
    const machine = provisioning();
    const lost = start("attempt a", "attempt", "first", { ...machine, release: false });
    await machine.started();
    machine.end(new Error("lost"));
    await lost;
    const ownership = { ...settings().ownership, runId: "first", attempt: "2" };
    const second = await start("attempt b", "attempt", "first", { settings: { ...SKIP, ownership } });
    expect(amis(second).imageName).toBe("attempt b");
  });
});

describe("two runs with skip-unchanged that start at the same time", () => {
  test("bake one image: the run that launched later releases its instance and waits", async () => {
    const both = ["first", "second"].map((runId) => start(`same ${runId}`, "same", runId, { clock: READS_OFTEN }));
    const [one, two] = await Promise.all(both);
    expect(calls("CreateImage")).toBe(1);
    expect(one && two && amis(one).images).toEqual(two && amis(two).images);
    expect(heldImages(cloud)).toHaveLength(1);
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
    const texts = [one, two].map((each) => (each ? said(each) : ""));
    expect(texts.filter((text) => /which is baking the same inputs/.test(text))).toHaveLength(1);
  }, 60_000);

  test("bake one image also if the first instance is not visible at once: the later run releases its own", async () => {
    const machine = provisioning();
    const first = start("yields a", "yields", "first", machine);
    await machine.started();
    // The second run does not see the instance of the first one before its own launch.
    cloud.endpoint().faults([{ action: "DescribeInstances", do: "unseen" }]);
    const second = start("yields b", "yields", "second");
    await until(() => calls("TerminateInstances") === 1);
    const reads = calls("DescribeInstances");
    await until(() => calls("DescribeInstances") > reads + 4);
    expect(cloud.endpoint().held().instances).toHaveLength(1);
    machine.end();
    const [one, two] = [amis(await first), await second];
    expect([calls("RunInstances"), calls("CreateImage")]).toEqual([2, 1]);
    expect(amis(two).images).toEqual(one.images);
    expect(said(two)).toMatch(/Releasing instance i-\w+: run first launched i-\w+ for the same inputs first/);
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
  });
});

describe("a run does not wait for", () => {
  test.each<[string, Partial<RunSettings>, Partial<RunSettings>]>([
    ["a run of another image series", run("first", { ...SKIP, image: "db" }), run("second")],
    ["a run without skip-unchanged", run("first", {}), run("second")],
    ["any run without skip-unchanged of its own", run("first"), run("second", {})],
  ])("%s", async (name, one, two) => {
    const machine = provisioning();
    const first = bake(cloud, { ami_name: `${name} a` }, { fingerprint: name, settings: one, ...machine });
    await machine.started();
    const second = await bake(cloud, { ami_name: `${name} b` }, { fingerprint: name, settings: two });
    expect(amis(second).imageName).toBe(`${name} b`);
    machine.end();
    amis(await first);
  });
});

test.each([
  ["without skip-unchanged", {}, 0],
  ["with skip-unchanged", SKIP, 2],
])("a bake %s reads other instances so many times", async (name, more, extra) => {
  await start(`${name} warm`, `${name} warm`, "first", { settings: run("first", {}) });
  const usual = calls("DescribeInstances");
  cloud.endpoint().forget();
  const ended = await start(name, name, "first", { settings: run("first", more) });
  amis(ended);
  expect(calls("DescribeInstances")).toBe(usual + extra);
  expect(calls("CreateTags")).toBe(0);
  expect(JSON.stringify(ended.records)).not.toContain(TAG.lease);
});
