import { createHash } from "node:crypto";
import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { describeOwnImages } from "../../../src/aws/image.js";
import { setTags, toTagRecord } from "../../../src/aws/tags.js";
import { releaseEntries } from "../../../src/cleanup/release.js";
import { findExpired, removeExpired } from "../../../src/cleanup/sweep.js";
import { narrator } from "../../../src/core/events.js";
import { seriesOf } from "../../../src/core/image-series.js";
import { isHeld } from "../../../src/core/lease.js";
import { openLedger } from "../../../src/core/ledger.js";
import { OWNER, TAG } from "../../../src/core/ownership.js";
import { findArtifact } from "../../../src/publish/promotion/artifact.js";
import { applyRetention } from "../../../src/publish/retention/retain.js";
import { ownSelection } from "../../../src/publish/retention/selection.js";
import { testCloud } from "../../support/cloud.js";
import { settings } from "../../support/context.js";
import { amis, bake, heldImages } from "./bake.js";
import { tests as requested } from "./test/requested.js";

const HOUR = 3_600_000;
let ahead = 0;
const cloud = testCloud({ scale: 0, clock: () => Date.now() + ahead });

/** Different in each test, because all use one cloud. */
let series = "";
let hash = "";
let tests = 0;

beforeEach(() => {
  ahead = 0;
  series = `web-${tests++}`;
  hash = createHash("sha256").update(series).digest("hex");
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

const REGIONS = ["us-east-1", "eu-west-1"];
const REFUSED = { do: "error", code: "UnauthorizedOperation", status: 403, message: "no" } as const;
const tags = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`tag-${n}`, `value of the tag ${n}`]));
const options = (count: number, name = "1") => ({
  ami_name: `${series}-${name}`,
  ami_regions: ["eu-west-1"],
  run_tags: tags(count),
});
const given = () => ({ fingerprint: hash, known: { namePattern: `${series}-*` } });
const imagesIn = (region: string) =>
  describeOwnImages(cloud.scope(region), [{ Name: "name", Values: [`${series}-*`] }], "with disabled ones");
const ofUsEast1 = () =>
  held()
    .filter((name) => name.startsWith("us-east-1"))
    .sort();
const held = () => heldImages(cloud).map((name) => name.replace(series, "web"));
const count = (action: string) =>
  cloud
    .endpoint()
    .calls()
    .filter((call) => call.action === action).length;

/** 0 and 32 tags have room for all tags of bake-ami, the others for fewer, 47 for three. */
const ALL = [0, 32, 38, 39, 44, 47];

/** One with room for all tags, one with room for some, and one for three. */
const SOME = [0, 39, 47];

test.each([...ALL.slice(0, -1), 33, 34, 35, 36, 46])(
  "a template with %i tags has room for the result of its tests, new and reused",
  async (given_) => {
    const run = async (testsHash: string) => {
      const circumstances = { ...given(), settings: { skipUnchanged: { enabled: true, maxAge: undefined } } };
      amis(await bake(cloud, options(given_), { ...circumstances, tests: requested({}, testsHash) }));
      for (const region of REGIONS) {
        const [image] = await imagesIn(region);
        expect(image?.tags).toMatchObject({
          [TAG.tested]: expect.stringMatching(new RegExp(`^${testsHash} `)),
          ...tags(given_),
        });
        expect(image?.tags).not.toHaveProperty([TAG.unfinished]);
      }
    };
    await run("tests-1");
    await run("tests-2");
    expect(count("CreateImage")).toBe(1);
  },
);

test.each([37, 38])(
  "with %i tags, the image of an interrupted run without tests has room for them too",
  async (given_) => {
    const publish = async () => {
      throw new Error("interrupted");
    };
    await bake(cloud, options(given_), { ...given(), publish });
    const second = { ownership: { ...settings().ownership, attempt: "2" } };
    amis(await bake(cloud, options(given_), { ...given(), settings: second, tests: requested() }));
    expect(count("CreateImage")).toBe(1);
    for (const region of REGIONS) {
      const [image] = await imagesIn(region);
      expect(image?.tags).toMatchObject({ [TAG.tested]: expect.any(String), ...tags(given_) });
      expect(image?.tags).not.toHaveProperty([TAG.unfinished]);
    }
  },
);

describe.each(ALL)("a template with %i tags", (given_) => {
  test("is baked, copied, and has all of its tags and bake-ami's on every resource", async () => {
    let launched: Readonly<Record<string, string>> = {};
    const { artifact, error } = await bake(cloud, options(given_), {
      ...given(),
      provision: async () => {
        const ec2 = await cloud.session().ec2();
        const { Reservations } = await ec2.send(
          new DescribeInstancesCommand({ Filters: [{ Name: "instance-state-name", Values: ["running"] }] }),
        );
        launched = toTagRecord(Reservations?.[0]?.Instances?.[0]?.Tags);
      },
    });
    expect(error).toBeUndefined();
    expect(launched).toMatchObject({ ...tags(given_), [TAG.owner]: OWNER, [TAG.run]: "run-1" });
    expect(artifact).toMatchObject({ missing: [] });
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
    for (const region of REGIONS) {
      const [image] = await imagesIn(region);
      expect(image?.tags).toMatchObject({
        ...tags(given_),
        [TAG.owner]: OWNER,
        [TAG.repository]: "example/images",
        [TAG.fingerprint]: hash,
      });
      expect(image && seriesOf(image)).toMatchObject({ image: "web", build: "web", namePattern: `${series}-*` });
      for (const removed of [TAG.unfinished, TAG.lease, TAG.expires, TAG.key])
        expect(image?.tags[removed]).toBeUndefined();
    }
  });

  test("is resumed by a later run", async () => {
    cloud.endpoint().faults([{ action: "CopyImage", ...REFUSED }]);
    await bake(cloud, options(given_), given());
    const [left] = await imagesIn("us-east-1");
    expect(left?.tags).toMatchObject({ [TAG.unfinished]: "copy:eu-west-1", [TAG.run]: "run-1" });
    cloud.endpoint().forget();
    const second = amis(await bake(cloud, options(given_), given()));
    expect([count("RunInstances"), second.missing]).toEqual([0, []]);
    expect(held()).toEqual(["eu-west-1/web-1", "us-east-1/web-1"]);
  });
});

describe.each(SOME)("a template with %i tags", (given_) => {
  test("is left to the live run that holds it, whose ledger ends the lease", async () => {
    cloud.endpoint().faults([{ action: "DescribeImages", nth: 4, ...REFUSED }]);
    const first = await bake(cloud, options(given_), { ...given(), release: false });
    expect(first.error).toBeDefined();
    const [image] = await imagesIn("us-east-1");
    const other = { runId: "other", attempt: "1" };
    expect(image && isHeld(image.tags, other, Date.now())).toBe(true);
    const ownership = { ...settings().ownership, runId: "other" };
    amis(await bake(cloud, options(given_, "2"), { ...given(), settings: { ownership } }));
    expect(ofUsEast1()).toEqual(["us-east-1/web-1", "us-east-1/web-2"]);
    const ledger = openLedger({ append: () => undefined }, Date.now, first.records);
    await releaseEntries(ledger.entries(), {
      ...{ ledger, narrator: narrator([], Date.now), now: () => Date.now() + 60_000, env: {} },
      ...{ signal: new AbortController().signal, openSession: (account) => cloud.session(account.region) },
    });
    expect(ledger.entries().filter(({ state }) => state === "open")).toEqual([]);
    const [kept] = (await imagesIn("us-east-1")).filter(({ id }) => id === image?.id);
    expect(kept?.tags[TAG.unfinished]).toBe("copy:eu-west-1");
    expect(kept?.tags[TAG.lease]).toBeUndefined();
  });

  test("is found by its fingerprint, and not baked again with skip-unchanged", async () => {
    const first = amis(await bake(cloud, options(given_), given()));
    const places = { regions: [], home: "us-east-1", all: async () => REGIONS, scope: cloud.scope };
    const found = await findArtifact({ kind: "fingerprint", hash: hash }, places);
    expect([...found]).toEqual(expect.arrayContaining(first.images.map(({ region, imageId }) => [region, imageId])));
    cloud.endpoint().forget();
    const skipUnchanged = { enabled: true, maxAge: undefined };
    const second = amis(await bake(cloud, options(given_, "2"), { ...given(), settings: { skipUnchanged } }));
    expect([count("RunInstances"), count("CreateTags")]).toEqual([0, 0]);
    expect(second.images).toEqual(first.images);
  });

  test("is pruned with its snapshots, also after an interruption", async () => {
    const names = ["1", "2", "3"];
    for (const [index, name] of names.entries()) {
      ahead = index * HOUR;
      amis(await bake(cloud, options(given_, name), { ...given(), fingerprint: `${series} ${index}` }));
    }
    const selection = ownSelection({
      names: [],
      build: "web",
      series: {
        ...{ image: "web", build: "web", repository: "example/images", architecture: "x86_64" },
        ...{ imageName: `${series}-3`, namePattern: `${series}-*` },
      },
    });
    const retention = {
      ...{ policy: { keep: 1, keepDays: undefined, disableFirst: undefined }, regions: REGIONS, selection },
      ...{ spared: new Map(), spareShared: true, dryRun: false, now: () => Date.now() + ahead },
      ...{ scopeOf: cloud.scope, onDone: () => undefined },
    };
    const disabled = { ...retention, policy: { ...retention.policy, disableFirst: 30 * 24 * HOUR } };
    expect((await applyRetention(disabled)).left).toEqual([]);
    expect((await imagesIn("eu-west-1")).filter(({ state }) => state === "disabled")).toHaveLength(2);
    cloud.endpoint().faults([{ action: "DeregisterImage", times: 4, ...REFUSED }]);
    expect((await applyRetention(retention)).left).toHaveLength(4);
    expect((await applyRetention(retention)).left).toEqual([]);
    expect(held()).toEqual(["eu-west-1/web-3", "us-east-1/web-3"]);
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
  });

  test("is swept when its run is lost: all but an available image", async () => {
    cloud.endpoint().faults([{ action: "TerminateInstances", times: 99, ...REFUSED }]);
    cloud.endpoint().faults([{ action: "StopInstances", ...REFUSED }]);
    await bake(cloud, options(given_), { ...given(), release: false });
    expect(Object.keys(cloud.endpoint().held())).toEqual(expect.arrayContaining(["instances", "volumes"]));
    cloud.endpoint().forget();
    cloud.endpoint().faults([]);
    const sweep = { regions: REGIONS, signal: new AbortController().signal, sessionIn: cloud.session };
    expect((await findExpired(cloud.session(), sweep)).filter(({ verdict }) => verdict === "remove")).toEqual([]);
    ahead = 25 * HOUR;
    const findings = await findExpired(cloud.session(), sweep);
    const removed: string[] = [];
    const left = await removeExpired(findings, sweep, ({ kind, tags: { [TAG.run]: run } }) =>
      removed.push(`${kind} ${run}`),
    );
    expect(left).toEqual([]);
    expect(removed).toContain("instance run-1");
    expect(cloud.endpoint().held()).toEqual({});
  });
});

test("an image of an earlier template with few tags gets the 47 of today's, and stays readable", async () => {
  const record = { [TAG.source]: "ami-1", [TAG.parts]: "abc", [`${TAG.parts}-2`]: "def" };
  const first = amis(await bake(cloud, options(3), { ...given(), known: { ...given().known, record } }));
  const skipUnchanged = { enabled: true, maxAge: undefined };
  const second = amis(await bake(cloud, options(47), { ...given(), settings: { skipUnchanged } }));
  expect(second.images).toEqual(first.images);
  for (const region of REGIONS) {
    const [image] = await imagesIn(region);
    expect(image).toMatchObject({ isPacked: true, tags: { ...tags(47), [TAG.fingerprint]: hash, [TAG.image]: "web" } });
  }
  const third = amis(await bake(cloud, options(47), { ...given(), settings: { skipUnchanged } }));
  expect(third.images).toEqual(first.images);
});

const LONG = "2026-11-30-10-00-00-with-a-long-name";

test("an encrypted image under a temporary name is resumed with 47 tags, and has its final name", async () => {
  cloud.endpoint().faults([{ action: "CopyImage", times: 2, ...REFUSED }]);
  const encrypted = { ...options(47, LONG), encrypt_boot: true };
  await bake(cloud, encrypted, given());
  const [left] = await imagesIn("us-east-1");
  expect(left).toMatchObject({ isPacked: true, tags: { [TAG.finalName]: encrypted.ami_name } });
  cloud.endpoint().forget();
  const second = amis(await bake(cloud, encrypted, given()));
  expect([count("RunInstances"), second.imageName]).toEqual([0, encrypted.ami_name]);
  expect(held()).toEqual([`eu-west-1/web-${LONG}`, `us-east-1/web-${LONG}`]);
});

test.each([48, 49, 50])("%i tags are refused before anything is created, with the numbers", async (number) => {
  const { error } = await bake(cloud, options(number), given());
  expect(error).toMatchObject({
    code: "too-many-tags",
    message: `Too many tags on the instance: the template sets ${number}, bake-ami needs 3, and EC2 allows 50`,
    hint: `Remove ${number - 47} of the tags in "run_tags".`,
  });
  expect(cloud.endpoint().held()).toEqual({});
});

test("an image whose tags somebody changes while it is baked is finished as it is", async () => {
  const { error } = await bake(cloud, options(44), {
    ...given(),
    publish: async () => {
      const [image] = await imagesIn("us-east-1");
      if (image) await setTags(cloud.scope(), [image.id], { "added-1": "x", "added-2": "x" });
    },
  });
  expect(error).toBeUndefined();
  const [image] = await imagesIn("us-east-1");
  expect(image?.tags).toMatchObject({ "added-1": "x", [TAG.fingerprint]: hash });
  expect(image?.tags[TAG.unfinished]).toBeUndefined();
});
