import { describe, expect, test } from "@jest/globals";
import { OWNER, TAG } from "../../../src/core/ownership.js";
import { movePointers, type Promotion } from "../../../src/publish/promotion/promote.js";
import { testCloud } from "../../support/cloud.js";
import { makeImage } from "../../support/images.js";
import { type ImagesByRegion, promotions, REGIONS } from "../../support/promotion.js";

const cloud = testCloud();
const { name, order, scopeOf, promote, rollback, values } = promotions(cloud);

const list = (images: ImagesByRegion) => REGIONS.map((region) => images.get(region));

let unique = 0;

/** Makes finished images of bake-ami in all regions. */
async function baked(what: string, image: string | undefined, more: Readonly<Record<string, string>> = {}) {
  const tags = {
    ...{ [TAG.owner]: OWNER, [TAG.build]: "amazon-ebs", [TAG.repository]: "acme/images", [TAG.names]: `${what}-*` },
    ...(image === undefined ? {} : { [TAG.image]: image }),
    ...more,
  };
  unique += 1;
  const imageName = `${what}-${unique}`;
  const made = REGIONS.map(async (region) => [region, await makeImage(cloud, imageName, region, tags)] as const);
  return new Map(await Promise.all(made));
}

describe("a promotion to a parameter that has an AMI of another image", () => {
  test("changes nothing and names both, in every Region", async () => {
    const [web, db] = [await baked("web", "web"), await baked("db", "db")];
    await promote(web);
    await expect(promote(db)).rejects.toThrow(
      `us-east-1: "${name()}" names ${web.get("us-east-1")} (web-${unique - 1}), an AMI of the image "web", not of the image "db": set ‹overwrite-parameter› to replace it; eu-west-1: `,
    );
    expect(await values()).toEqual(list(web));
  });

  test("is done with overwrite-parameter, and can be rolled back", async () => {
    const [web, db] = [await baked("web", "web"), await baked("db", "db")];
    await promote(web);
    await promote(db, { overwrite: true });
    expect(await values()).toEqual(list(db));
    await rollback();
    expect(await values()).toEqual(list(web));
  });

  test("is refused for a label too", async () => {
    const [web, db] = [await baked("web", "web"), await baked("db", "db")];
    await promote(web);
    await promote(web, { label: "prod" });
    await promote(db, { overwrite: true });
    await expect(promote(db, { label: "prod" })).rejects.toThrow(`"${name()}:prod" names ${web.get("us-east-1")}`);
    await promote(db, { label: "prod", overwrite: true });
    expect(await values(":prod")).toEqual(list(db));
  });

  test("reads one image more in each Region", async () => {
    const [one, two] = [await baked("web-1", "web"), await baked("web-2", "web")];
    const reads = async (to: ImagesByRegion, more: Partial<Promotion> = {}) => {
      cloud.endpoint().forget();
      await movePointers(to, order(more), scopeOf);
      const calls = cloud.endpoint().calls();
      return calls.filter(({ action }) => action === "DescribeImages").length;
    };
    const first = await reads(one);
    expect([await reads(two), await reads(two)]).toEqual([first + REGIONS.length, first]);
    expect(await reads(one, { overwrite: true })).toBe(first);
  });
});

test.each<[string, readonly [string, string | undefined], readonly [string, string | undefined], boolean]>([
  ["of the same image with other names", ["web", "web"], ["site", "web"], true],
  ["of earlier versions with the same names", ["web", undefined], ["web", undefined], true],
  ["of an earlier version, replaced by a new one", ["web-1.2", undefined], ["web-1.3", "web"], true],
  ["of an earlier version with other names", ["db", undefined], ["web", "web"], false],
])("an AMI %s", async (_, [was, wasImage], [is, isImage], promoted) => {
  const [before, after] = [await baked(was, wasImage), await baked(is, isImage, { [TAG.key]: "2" })];
  await promote(before);
  const done = promote(after).then(
    () => true,
    () => false,
  );
  expect(await done).toBe(promoted);
});
