import { beforeEach, describe, expect, test } from "@jest/globals";
import { describeOwnImages } from "../../../../src/aws/image.js";
import { type ResourceTags, setTags } from "../../../../src/aws/tags.js";
import { releaseEntries } from "../../../../src/cleanup/release.js";
import { type EventData, narrator } from "../../../../src/core/events.js";
import { openLedger } from "../../../../src/core/ledger.js";
import { TAG } from "../../../../src/core/ownership.js";
import type { Json } from "../../../../src/options/collections.js";
import { testCloud } from "../../../support/cloud.js";
import { settings } from "../../../support/context.js";
import { amis, bake, heldImages } from "../bake.js";

const cloud = testCloud({ scale: 0 });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

const launches = () =>
  cloud
    .endpoint()
    .calls()
    .filter((call) => call.action === "RunInstances").length;
/** The next attempt of the run: the first one was killed, so its lease has not ended. */
const SECOND = { ownership: { ...settings().ownership, attempt: "2" } };
const REPLACES = { force_deregister: true, force_delete_snapshot: true };
const REFUSED = { do: "error", code: "UnauthorizedOperation", status: 403, message: "no" } as const;

describe("an interrupted bake is resumed", () => {
  test("after a failed copy: only that Region is copied to", async () => {
    cloud.endpoint().faults([{ action: "CopyImage", region: "eu-west-1", ...REFUSED }]);
    const options = { ami_name: "continues", ami_regions: ["eu-west-1", "us-west-2"] };
    const first = amis(await bake(cloud, options, { fingerprint: "on" }));
    cloud.endpoint().forget();
    const second = amis(await bake(cloud, options, { fingerprint: "on" }));
    expect(launches()).toBe(0);
    expect(second.missing).toEqual([]);
    expect(second.images).toEqual(expect.arrayContaining([...first.images]));
    expect(second.images).toHaveLength(3);
    expect(heldImages(cloud)).toEqual(["eu-west-1/continues", "us-east-1/continues", "us-west-2/continues"]);
  });

  test("under its first name when the name has a timestamp", async () => {
    cloud.endpoint().faults([{ action: "CopyImage", region: "eu-west-1", ...REFUSED }]);
    await bake(cloud, { ami_name: "nightly 1", ami_regions: ["eu-west-1"] }, { fingerprint: "night" });
    const second = amis(
      await bake(cloud, { ami_name: "nightly 2", ami_regions: ["eu-west-1"] }, { fingerprint: "night" }),
    );
    expect(second.imageName).toBe("nightly 1");
    expect(heldImages(cloud)).toEqual(["eu-west-1/nightly 1", "us-east-1/nightly 1"]);
  });

  test("with a pending image: the run waits for it", async () => {
    cloud.endpoint().faults([{ action: "DescribeImages", nth: 4, ...REFUSED }]);
    const options = { ami_name: "pending" };
    const first = await bake(cloud, options, { fingerprint: "pending", release: false });
    expect(first.error).toBeDefined();
    cloud.endpoint().forget();
    amis(await bake(cloud, options, { fingerprint: "pending", settings: SECOND }));
    expect(launches()).toBe(0);
    expect(heldImages(cloud)).toEqual(["us-east-1/pending"]);
  });

  test("and the first run's ledger does not remove its image", async () => {
    cloud.endpoint().faults([{ action: "DescribeImages", nth: 5, ...REFUSED }]);
    const options = { ami_name: "held", ami_regions: ["eu-west-1"] };
    const first = await bake(cloud, options, { fingerprint: "held", release: false });
    amis(await bake(cloud, options, { fingerprint: "held", settings: SECOND }));
    const held = openLedger({ append: () => undefined }, Date.now, first.records);
    const reported: EventData[] = [];
    await releaseEntries(held.entries(), {
      ledger: held,
      narrator: narrator([(event) => reported.push(event)], Date.now),
      now: Date.now,
      signal: new AbortController().signal,
      env: {},
      openSession: (account) => cloud.session(account.region),
    });
    expect(heldImages(cloud)).toEqual(["eu-west-1/held", "us-east-1/held"]);
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
    expect(reported).toContainEqual(
      expect.objectContaining({ action: "kept", kind: "image", why: "finished by another run" }),
    );
  });

  test.each<[string, ResourceTags, string]>([
    ["owner is different", { [TAG.owner]: "someone" }, "*"],
    ["build is different", { [TAG.build]: "other" }, "*"],
    ["name does not match the template", {}, "web *"],
  ])("but not from an image with the same fingerprint whose %s", async (what, forged, namePattern) => {
    cloud.endpoint().faults([{ action: "CopyImage", region: "eu-west-1", ...REFUSED }]);
    const options = { ami_name: `forged ${what}`, ami_regions: ["eu-west-1"] };
    const first = amis(await bake(cloud, options, { fingerprint: what }));
    await setTags(cloud.scope(), [first.images[0]?.imageId ?? ""], forged);
    cloud.endpoint().forget();
    const known = { namePattern };
    await bake(cloud, { ...options, ami_name: `web ${what}` }, { fingerprint: what, known });
    expect(launches()).toBe(1);
  });

  test("but not from an image of other inputs", async () => {
    cloud.endpoint().faults([{ action: "CopyImage", region: "eu-west-1", ...REFUSED }]);
    const options = { ami_name: "other inputs", ami_regions: ["eu-west-1"] };
    await bake(cloud, options, { fingerprint: "one" });
    const { error } = await bake(cloud, options, { fingerprint: "two" });
    expect(error).toMatchObject({ code: "ami-name-taken", region: "us-east-1" });
  });
});

describe("a bake with an intermediate image and a fixed name", () => {
  const KINDS: readonly (readonly [string, Readonly<Record<string, Json>>, readonly string[]])[] = [
    ["encrypted", { encrypt_boot: true }, ["us-east-1"]],
    [
      "encrypted in two Regions",
      { encrypt_boot: true, ami_regions: ["eu-west-1", "us-west-2"] },
      ["eu-west-1", "us-east-1", "us-west-2"],
    ],
    ["kept only in other Regions", { skip_save_build_region: true, ami_regions: ["eu-west-1"] }, ["eu-west-1"]],
    ["replacing an old image", { ...REPLACES, ami_regions: ["eu-west-1"] }, ["eu-west-1", "us-east-1"]],
  ];
  const failToPublish = async () => {
    throw new Error("the parameters cannot be published");
  };

  async function finishes(options: Readonly<Record<string, Json>> & { ami_name: string }, regions: readonly string[]) {
    cloud.endpoint().forget();
    const again = amis(await bake(cloud, options, { fingerprint: options.ami_name }));
    expect(launches()).toBe(0);
    expect(again.images.map(({ region }) => region)).toEqual(regions);
    expect(heldImages(cloud)).toEqual(regions.map((region) => `${region}/${options.ami_name}`));
    expect(Object.keys(cloud.endpoint().held())).toEqual(["images"]);
    for (const region of regions) {
      const [image] = await describeOwnImages(cloud.scope(region), [{ Name: "name", Values: [options.ami_name] }]);
      expect(image?.tags).not.toHaveProperty(TAG.unfinished);
      expect(image?.tags).not.toHaveProperty(TAG.expires);
    }
  }

  test.each(KINDS)("%s, is resumed when the parameters were not published", async (kind, more, regions) => {
    const options = { ami_name: `not published - ${kind}`, ...more };
    if (more.force_deregister) await bake(cloud, options);
    const first = await bake(cloud, options, { fingerprint: options.ami_name, publish: failToPublish });
    expect(first.error).toMatchObject({ message: "the parameters cannot be published" });
    await finishes(options, regions);
  });

  const MARKS = KINDS.flatMap(([kind, more, regions]) =>
    regions.map((_, index) => [kind, index + 1, more, regions] as const),
  );

  test.each(MARKS)("%s, is resumed when mark %i could not be removed", async (kind, nth, more, regions) => {
    const options = { ami_name: `mark ${nth} - ${kind}`, ...more };
    if (more.force_deregister) await bake(cloud, options);
    cloud.endpoint().forget();
    cloud.endpoint().faults([{ action: "DeleteTags", nth, ...REFUSED }]);
    const first = await bake(cloud, options, { fingerprint: options.ami_name });
    expect(first.error).toMatchObject({ code: "aws-denied" });
    await finishes(options, regions);
  });
});

describe("an AMI name that is in use", () => {
  test.each(["us-east-1", "eu-west-1"])("in %s is reported before anything is created", async (region) => {
    await bake(cloud, { ami_name: `in use ${region}`, region });
    cloud.endpoint().forget();
    const { error } = await bake(cloud, { ami_name: `in use ${region}`, ami_regions: ["eu-west-1"] });
    expect(error).toMatchObject({ code: "ami-name-taken", region, resource: expect.stringMatching(/^ami-/) });
    expect(
      cloud
        .endpoint()
        .calls()
        .every((call) => call.action.startsWith("Describe")),
    ).toBe(true);
  });

  test("by a finished image of the same inputs is a conflict too", async () => {
    await bake(cloud, { ami_name: "same" }, { fingerprint: "same" });
    const { error } = await bake(cloud, { ami_name: "same" }, { fingerprint: "same" });
    expect(error).toMatchObject({ code: "ami-name-taken" });
  });

  test("is replaced with force_deregister, and the old image is removed last in each Region", async () => {
    const options = {
      ami_name: "replaced",
      ami_regions: ["eu-west-1"],
      force_deregister: true,
      force_delete_snapshot: true,
    };
    const old = amis(await bake(cloud, options));
    cloud.endpoint().forget();
    const { images } = amis(await bake(cloud, options));
    expect(heldImages(cloud)).toEqual(["eu-west-1/replaced", "us-east-1/replaced"]);
    expect(images.map((image) => image.imageId)).not.toEqual(old.images.map((image) => image.imageId));
    expect(cloud.endpoint().held().snapshots).toBeUndefined();
    for (const region of ["us-east-1", "eu-west-1"]) {
      const calls = cloud
        .endpoint()
        .calls()
        .filter((call) => call.region === region)
        .map((call) => call.action);
      const made = calls.findIndex((action) => action === "CreateImage" || action === "CopyImage");
      expect(calls.indexOf("DeregisterImage")).toBeGreaterThan(made);
    }
  });

  test("by a finished image of the same inputs is replaced too", async () => {
    const options = { ami_name: "again", ami_regions: ["eu-west-1"], force_deregister: true };
    const old = amis(await bake(cloud, options, { fingerprint: "again" }));
    const { images } = amis(await bake(cloud, options, { fingerprint: "again" }));
    expect(heldImages(cloud)).toEqual(["eu-west-1/again", "us-east-1/again"]);
    expect(images.map((image) => image.imageId)).not.toEqual(old.images.map((image) => image.imageId));
  });

  test("keeps the old image when the new one cannot be created", async () => {
    const options = { ami_name: "survives", force_deregister: true };
    const old = amis(await bake(cloud, options));
    cloud.endpoint().faults([{ action: "CreateImage", do: "fail", code: "Server.InternalError", message: "disk" }]);
    const { error } = await bake(cloud, options);
    expect(error).toMatchObject({ code: "image-failed" });
    expect(cloud.endpoint().held()).toEqual({ images: [`us-east-1/${old.images[0]?.imageId}:survives`] });
  });
});

describe("runs with unchanged inputs", () => {
  const skipping = { skipUnchanged: { enabled: true, maxAge: undefined } };

  test("reuse the finished image and copy it to new Regions", async () => {
    const first = amis(await bake(cloud, { ami_name: "un 1" }, { settings: skipping, fingerprint: "un" }));
    expect(first.skip).toEqual({ skipped: false, reason: expect.any(String) });
    cloud.endpoint().forget();
    const second = amis(
      await bake(cloud, { ami_name: "un 2", ami_regions: ["eu-west-1"] }, { settings: skipping, fingerprint: "un" }),
    );
    expect(launches()).toBe(0);
    expect(second.skip?.skipped).toBe(true);
    expect(second.images).toContainEqual(first.images[0]);
    expect(heldImages(cloud)).toEqual(["eu-west-1/un 1", "us-east-1/un 1"]);
  });

  test.each([
    ["other inputs", "age 2", undefined],
    ["an image that is too old", "age", -5000],
  ])("bake again with %s", async (_, fingerprint, maxAge) => {
    const name = `age ${fingerprint} ${maxAge}`;
    await bake(cloud, { ami_name: name }, { settings: skipping, fingerprint: "age" });
    cloud.endpoint().forget();
    const again = { skipUnchanged: { enabled: true, maxAge } };
    amis(await bake(cloud, { ami_name: `${name} again` }, { settings: again, fingerprint }));
    expect(launches()).toBe(1);
  });
});
