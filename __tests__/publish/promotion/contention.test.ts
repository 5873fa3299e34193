import { describe, expect, test } from "@jest/globals";
import { parameterHistory } from "../../../src/aws/parameter.js";
import { messageOf } from "../../../src/core/errors.js";
import type { Endpoint } from "../../../src/local/endpoint/server.js";
import { parameterPointer } from "../../../src/publish/promotion/parameter-pointer.js";
import { promote as promoteWith } from "../../../src/publish/promotion/promote.js";
import { testCloud } from "../../support/cloud.js";
import { list, promotions, REGIONS } from "../../support/promotion.js";

describe("two movers at the same time", () => {
  const cloud = testCloud();
  const { name, images, promote, values, order } = promotions(cloud);

  async function pointers(by: string) {
    const made = REGIONS.map(async (region) => {
      const history = await parameterHistory(cloud.scope(region), name());
      return parameterPointer(name(), history, order({}, "promote", by).mover);
    });
    const [us, eu] = await Promise.all(made);
    if (!us || !eu) throw new Error("there are two regions");
    return { us, eu };
  }

  test("cannot both believe in two halves: who came second is told, and puts the other's back", async () => {
    const [old, a, b] = [await images("old"), await images("a"), await images("b")];
    await promote(old);
    const [one, two] = [await pointers("run 1"), await pointers("run 2")];
    const [us, eu] = [cloud.scope("us-east-1"), cloud.scope("eu-west-1")];
    const to = (given: ReadonlyMap<string, string>, region: string) => given.get(region) ?? "";
    await one.us.move(us, to(a, "us-east-1"));
    await one.us.check(us, to(a, "us-east-1"));
    await two.us.move(us, to(b, "us-east-1"));
    await two.eu.move(eu, to(b, "eu-west-1"));
    await two.eu.check(eu, to(b, "eu-west-1"));
    await one.eu.move(eu, to(a, "eu-west-1"));
    expect(await values()).toEqual([b.get("us-east-1"), a.get("eu-west-1")]);
    await expect(two.us.check(us, to(b, "us-east-1"))).rejects.toThrow(
      `another writer set ${name()} to ${a.get("us-east-1")}`,
    );
    await expect(one.eu.check(eu, to(a, "eu-west-1"))).rejects.toThrow(
      `another writer set ${name()} to ${b.get("eu-west-1")}`,
    );
    expect(await two.us.restore(us)).toContain(to(a, "us-east-1"));
    expect(await values()).toEqual([a.get("us-east-1"), a.get("eu-west-1")]);
  });

  test.each([1, 2, 3, 4, 5, 6])("leave all regions at the image of the one that succeeded (%i)", async () => {
    const [old, a, b] = [await images("old"), await images("a"), await images("b")];
    await promote(old);
    const [one, two] = await Promise.allSettled([promote(a), promote(b)]);
    const now = await values();
    if (one?.status === "fulfilled" && two?.status === "fulfilled") expect([list(a), list(b)]).toContainEqual(now);
    else if (one?.status === "fulfilled") expect(now).toEqual(list(a));
    else if (two?.status === "fulfilled") expect(now).toEqual(list(b));
    for (const [index, value] of now.entries()) {
      expect([old, a, b].map((each) => list(each)[index])).toContain(value);
    }
    for (const each of [one, two]) {
      if (each?.status === "rejected") expect(messageOf(each.reason)).toMatch(/another writer set/);
    }
    await promote(a);
    expect(await values()).toEqual(list(a));
  });
});

describe("Parameter Store that takes its time to look at an image", () => {
  const times = { parameter: 0.3, register: 0, snapshot: 0, volume: 0, consistency: 0, mapping: 0 };
  const cloud = testCloud({ times });
  const { images, promote, values, order, scopeOf, name } = promotions(cloud);
  const putsOf = (endpoint: Endpoint) => endpoint.calls().filter(({ action }) => action === "PutParameter");

  /** Interrupts a promotion once each region's put was answered, as long as none is seen. */
  function interruptible() {
    const stop = new AbortController();
    const timer = setInterval(() => {
      if (putsOf(cloud.endpoint()).length === REGIONS.length) stop.abort();
    }, 5);
    return { signal: stop.signal, end: () => clearInterval(timer) };
  }

  test.each([["over an earlier image"], ["that is new"]])("an interrupt takes back a parameter %s", async (kind) => {
    const [old, next] = [await images("old"), await images("next")];
    const isNew = kind === "that is new";
    if (!isNew) await promote(old);
    cloud.endpoint().forget();
    const { signal, end } = interruptible();
    const scopes = (region: string, purpose: "move" | "restore") =>
      purpose === "move" ? { ...scopeOf(region, purpose), signal } : scopeOf(region, purpose);
    await expect(promoteWith(next, order(), scopes)).rejects.toThrow("interrupted; all regions are back");
    end();
    expect(await values()).toEqual(isNew ? [undefined, undefined] : list(old));
    const versions = await parameterHistory(cloud.scope(), name());
    expect(versions.map(({ value }) => value)).toEqual(
      isNew ? [] : [old, next, old].map((each) => each.get("us-east-1")),
    );
  });
});
