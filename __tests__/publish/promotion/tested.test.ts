import { describe, expect, test } from "@jest/globals";
import { readParameterHistory } from "../../../src/aws/parameter.js";
import { setTags } from "../../../src/aws/tags.js";
import { OWNER, TAG } from "../../../src/core/ownership.js";
import { findArtifact } from "../../../src/publish/promotion/artifact.js";
import { historyOf } from "../../../src/publish/promotion/history.js";
import { rollbackTarget } from "../../../src/publish/promotion/rollback.js";
import { testObstacles } from "../../../src/publish/promotion/tested.js";
import { testCloud } from "../../support/cloud.js";
import { type ImagesByRegion, list, promotions, REGIONS } from "../../support/promotion.js";

const cloud = testCloud();
const { name, images, promote, rollback, scopeOf, values } = promotions(cloud);

const TESTED = { [TAG.owner]: OWNER, [TAG.tested]: "0a1b 2026-11-20T22:13:00.000Z 4711" };
const FAILED = { [TAG.owner]: OWNER, [TAG.testFailed]: "0a1b 2026-11-20T22:13:00.000Z 4711" };

/** Tags the image of each of the Regions. */
async function tag(
  given: ImagesByRegion,
  tags: Readonly<Record<string, string>>,
  regions: readonly string[] = REGIONS,
) {
  for (const region of regions) await setTags(cloud.scope(region), [given.get(region) ?? ""], tags);
}

describe("the tests of an image", () => {
  test.each<[string, Readonly<Record<string, string>>, boolean, RegExp | undefined]>([
    ["passed", TESTED, true, undefined],
    ["not run, and not required", { [TAG.owner]: OWNER }, false, undefined],
    [
      "not run",
      { [TAG.owner]: OWNER },
      true,
      /^ami-1 has no tag "bake-ami:tested": bake with image tests, or remove ‹require-tested›$/,
    ],
    ["of an image of another tool or account", {}, true, /shared by another account, whose tags are not visible$/],
    ["failed", FAILED, false, /^the tests of ami-1 failed \(2026-11-20T22:13:00.000Z, run 4711\): bake again/],
    ["failed after they had passed", { ...TESTED, ...FAILED }, true, /^the tests of ami-1 failed/],
    ["failed, with a tag that was changed", { [TAG.testFailed]: "by hand" }, false, /^the tests of ami-1 failed: bake/],
  ])("%s", (_name, tags, isRequired, expected) => {
    const found = testObstacles({ id: "ami-1", tags }, isRequired);
    expect(found).toEqual(expected === undefined ? [] : [expect.stringMatching(expected)]);
  });
});

describe("a promotion that requires tests", () => {
  test("moves an image that passed, also by a label, and not one that lacks the tag in a Region", async () => {
    const [a, b] = [await images("a"), await images("b")];
    await tag(a, TESTED);
    await tag(b, TESTED, ["us-east-1"]);
    await promote(a, { requireTested: true });
    await promote(a, { requireTested: true, label: "prod" });
    await expect(promote(b, { requireTested: true })).rejects.toThrow(
      /^The checks before the update failed: eu-west-1: ami-\w+ has no tag "bake-ami:tested"/,
    );
    expect([await values(), await values(":prod")]).toEqual([list(a), list(a)]);
    await promote(b);
    expect(await values()).toEqual(list(b));
  });
});

test("an image whose tests failed is never promoted, whatever the settings", async () => {
  const [a, b] = [await images("a"), await images("b")];
  await promote(a);
  await tag(b, FAILED, ["eu-west-1"]);
  for (const more of [{}, { overwrite: true }, { requireTested: true }, { sharedWith: [] }]) {
    await expect(promote(b, more)).rejects.toThrow(/eu-west-1: the tests of ami-\w+ failed/);
  }
  expect(await values()).toEqual(list(a));
  expect(await readParameterHistory(cloud.scope(), name())).toHaveLength(1);
});

test("a fingerprint means the newest image whose tests did not fail", async () => {
  const hash = "f".repeat(64);
  const fingerprint = { [TAG.owner]: OWNER, [TAG.fingerprint]: hash };
  const [good, bad] = [await images("good"), await images("bad")];
  await tag(good, fingerprint);
  await tag(bad, fingerprint);
  await tag(bad, FAILED, ["eu-west-1"]);
  const found = () =>
    findArtifact(
      { kind: "fingerprint", hash },
      { regions: REGIONS, home: "us-east-1", all: async () => REGIONS, scope: (region) => cloud.scope(region) },
    );
  expect(await found()).toEqual(good);
  await tag(good, FAILED);
  // The promotion says why it refuses it.
  expect([...(await found()).keys()].sort()).toEqual([...REGIONS].sort());
});

test("the history has the result of the tests of each image", async () => {
  const all = [await images("a"), await images("b"), await images("c")] as const;
  for (const each of all) await promote(each);
  await tag(all[1], TESTED);
  await tag(all[2], { ...TESTED, ...FAILED });
  const lines = await historyOf(cloud.scope(), name(), 10);
  expect(lines.map(({ imageId, imageName, tests }) => ({ imageId, imageName, tests }))).toEqual(
    ([2, 1, 0] as const).map((index) => ({
      imageId: all[index].get("us-east-1"),
      imageName: `${"abc"[index]} ${name()}`,
      tests: [undefined, "passed", "failed"][index],
    })),
  );
});

describe("a rollback", () => {
  const target = (label?: string) => rollbackTarget({ parameter: name(), label, by: "run 2" }, REGIONS, scopeOf);

  test("passes over images whose tests failed in any Region, and names them", async () => {
    const all = [await images("a"), await images("b"), await images("c"), await images("d")] as const;
    for (const each of all) await promote(each);
    await tag(all[1], FAILED, ["us-east-1"]);
    await tag(all[2], FAILED, ["eu-west-1"]);
    const { skipped } = await target();
    expect(skipped).toEqual(
      REGIONS.flatMap((region) =>
        ([2, 1] as const).map((index) => ({
          region,
          imageId: all[index].get(region),
          name: `${index === 2 ? "c" : "b"} ${name()}`,
        })),
      ),
    );
    await rollback("run 2");
    expect(await values()).toEqual(list(all[0]));
    await rollback("run 2");
    expect(await values()).toEqual(list(all[0]));
  });

  test("from an image whose tests failed later goes to the one before", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const each of [a, b]) await promote(each);
    await tag(b, FAILED);
    await rollback();
    expect(await values()).toEqual(list(a));
  });

  test("after an interrupted promotion of such an image takes it out of all Regions", async () => {
    const [a, b] = [await images("a"), await images("b")];
    await promote(a);
    await promote(new Map([...b].slice(0, 1)));
    await tag(b, FAILED, ["us-east-1"]);
    await rollback();
    expect(await values()).toEqual(list(a));
  });

  test("without another earlier image changes nothing and names the one that it passed over", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const each of [a, b]) await promote(each);
    await tag(a, FAILED);
    await expect(rollback()).rejects.toThrow(
      new RegExp(`us-east-1: now b ${name()}, before nothing, skipped because of failed tests a ${name()}`),
    );
    expect(await values()).toEqual(list(b));
  });

  test("of a label never sets it to an image whose tests failed", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const each of [a, b]) {
      await promote(each);
      await promote(each, { label: "prod" });
    }
    await tag(a, FAILED);
    await expect(rollback("run 2", { label: "prod" })).rejects.toThrow(/skipped because of failed tests a /);
    expect(await values(":prod")).toEqual(list(b));
  });
});
