import { DeregisterImageCommand } from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { deprecateImage } from "../../../src/aws/image-attributes.js";
import { labelParameter, readParameterHistory } from "../../../src/aws/parameter.js";
import { movePointers, type ScopeOf } from "../../../src/publish/promotion/promote.js";
import { testCloud } from "../../support/cloud.js";
import { list, promotions, REGIONS } from "../../support/promotion.js";

const cloud = testCloud();
const { name, images, order, promote, rollback, values } = promotions(cloud);

describe("a rollback", () => {
  test("goes back to the earlier image, a second one further, and a rerun no further", async () => {
    const all = [await images("a"), await images("b"), await images("c")] as const;
    for (const each of all) await promote(each);
    await rollback("run 2");
    expect(await values()).toEqual(list(all[1]));
    await rollback("run 2");
    expect(await values()).toEqual(list(all[1]));
    await rollback("run 3");
    expect(await values()).toEqual(list(all[0]));
    await expect(rollback("run 4")).rejects.toThrow(/no earlier image that all Regions had/);
  });

  test("of a label goes back to the version that had it, once", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const each of [a, b]) {
      await promote(each);
      await promote(each, { label: "prod" });
    }
    for (let times = 0; times < 2; times++) {
      await rollback("run 2", { label: "prod" });
      expect([await values(), await values(":prod")]).toEqual([list(b), list(a)]);
    }
  });

  test("of a parameter that does not exist is an error", async () => {
    await expect(rollback()).rejects.toThrow(/Parameter ".*" does not exist in us-east-1, eu-west-1/);
  });

  test("of a label whose promotion was interrupted between its two steps stays at the old image", async () => {
    const all = [await images("z"), await images("a"), await images("b")] as const;
    for (const each of all) await promote(each);
    for (const each of all.slice(0, 2)) await promote(each, { label: "prod" });
    const history = await readParameterHistory(cloud.scope(), name());
    await labelParameter(cloud.scope(), name(), history[1]?.version ?? 0, "prod-previous");
    expect((await rollback("run 2", { label: "prod" })).map(({ moved }) => moved)).toEqual([false, false]);
    expect(await values(":prod")).toEqual(list(all[1]));
  });

  test("to a deprecated image is allowed, a promotion to it is not", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const each of [a, b]) await promote(each);
    const [day, now] = [24 * 3_600_000, Date.now()];
    await deprecateImage(cloud.scope(), a.get("us-east-1") ?? "", new Date(now + day).toISOString());
    const later: ScopeOf = (region) => {
      const scope = cloud.scope(region);
      return { ...scope, session: { ...scope.session, clock: { ...scope.session.clock, now: () => now + 2 * day } } };
    };
    await expect(movePointers(a, order(), later)).rejects.toThrow(/us-east-1: ami-\w+ has been deprecated since 20/);
    await movePointers(a, order({}, "rollback", "run 2"), later);
    expect(await values()).toEqual(list(a));
  });

  test("to an image that does not exist names the image and changes nothing", async () => {
    const [a, b] = [await images("a"), await images("b")];
    for (const each of [a, b]) await promote(each);
    for (const region of REGIONS) {
      const ec2 = await cloud.session(region).ec2();
      await ec2.send(new DeregisterImageCommand({ ImageId: a.get(region) }));
    }
    await expect(rollback()).rejects.toThrow(`before ${a.get("us-east-1")} (does not exist)`);
    expect(await values()).toEqual(list(b));
  });
});
