import { describe, expect, test } from "@jest/globals";
import type { Ssm } from "../../../src/aws/client/clients.js";
import { readParameterHistory } from "../../../src/aws/parameter.js";
import { messageOf } from "../../../src/core/errors.js";
import type { Endpoint } from "../../../src/local/endpoint/server.js";
import { parameterPointer } from "../../../src/publish/promotion/parameter-pointer.js";
import { movePointers, type ScopeOf } from "../../../src/publish/promotion/promote.js";
import { testCloud } from "../../support/cloud.js";
import { type ImagesByRegion, list, promotions, REGIONS } from "../../support/promotion.js";

describe("two promotions at the same time", () => {
  const cloud = testCloud();
  const { name, images, promote, values, order } = promotions(cloud);

  async function pointers(by: string) {
    const made = REGIONS.map(async (region) => {
      const history = await readParameterHistory(cloud.scope(region), name());
      return parameterPointer(name(), history, order({}, "promote", by).mover);
    });
    const [us, eu] = await Promise.all(made);
    if (!us || !eu) throw new Error("there are two regions");
    return { us, eu };
  }

  test("cannot both succeed in half of the Regions: the second one fails and restores the other's image", async () => {
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
      `Another writer set "${name()}" to ${a.get("us-east-1")}`,
    );
    await expect(one.eu.check(eu, to(a, "eu-west-1"))).rejects.toThrow(
      `Another writer set "${name()}" to ${b.get("eu-west-1")}`,
    );
    expect(await two.us.restore(us)).toContain(to(a, "us-east-1"));
    expect(await values()).toEqual([a.get("us-east-1"), a.get("eu-west-1")]);
  });

  test.each([1, 2, 3, 4, 5, 6])("leave all Regions at the image of the one that succeeded (%i)", async () => {
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
      if (each?.status === "rejected") expect(messageOf(each.reason)).toMatch(/Another writer set/);
    }
    await promote(a);
    expect(await values()).toEqual(list(a));
  });
});

describe("two promotions of one label at the same time", () => {
  const cloud = testCloud({ scale: 0 });
  const { name, images, promote, values, order, scopeOf } = promotions(cloud);
  const label = "prod";
  const prod = (by: string) => order({ label }, "promote", by);

  /** Three images with one version each; the label is on the first. */
  async function threeVersions() {
    const [old, a, b] = [await images("old"), await images("a"), await images("b")];
    for (const each of [old, a, b]) await promote(each);
    await promote(old, { label });
    return { old, a, b };
  }

  /** Returns scopes that run `before` ahead of calls to Parameter Store. */
  function hooked(before: (command: string, region: string) => Promise<unknown> | undefined): ScopeOf {
    return (region, purpose) => {
      const scope = scopeOf(region, purpose);
      const ssm = async (): Promise<Ssm> => {
        const caller = await scope.session.ssm(region);
        return {
          ...caller,
          async send(call, signal) {
            await before(call.constructor.name.replace(/Command$/, ""), region);
            return caller.send(call, signal);
          },
        };
      };
      return { ...scope, session: { ...scope.session, ssm } };
    };
  }

  const names = (region: string, given: ImagesByRegion, version: number) =>
    `  ${region}: ${name()}:${label} is ${given.get(region)} (version ${version})`;

  test("a move while the other reads: the other moves nothing and reports the state of each Region", async () => {
    const { old, a, b } = await threeVersions();
    let done: Promise<unknown> | undefined;
    // The second promotion has finished its checks when it reads the labels again.
    const slow = hooked((action) => {
      if (action === "GetParameter") done ??= promote(a, { label });
      return done;
    });
    await expect(movePointers(b, prod("run 2"), slow)).rejects.toMatchObject({
      code: "promotion-contended",
      message: expect.stringContaining(`Another writer set "${name()}:${label}" to version 2 at the same time`),
      hint: expect.stringContaining(["Current state:", ...REGIONS.map((region) => names(region, a, 2))].join("\n")),
    });
    // A rollback goes to the image before the first promotion.
    expect([await values(":prod"), await values(":prod-previous")]).toEqual([list(a), list(old)]);
  });

  test("a move before the other reads back: the last move stays and the first one fails", async () => {
    const { a, b } = await threeVersions();
    let reads = 0;
    const first = hooked((action, region) => {
      const isRead = action === "GetParameter" && region === "us-east-1";
      return isRead && ++reads === 2 ? promote(b, { label }) : undefined;
    });
    await expect(movePointers(a, prod("run 1"), first)).rejects.toMatchObject({
      code: "promotion-contended",
      hint: expect.stringContaining(REGIONS.map((region) => names(region, b, 3)).join("\n")),
    });
    expect(await values(":prod")).toEqual(list(b));
    await promote(a, { label });
    expect(await values(":prod")).toEqual(list(a));
  });

  test("a move between the other's last read and its move: reported by Region, and a rerun repairs it", async () => {
    const { old, a, b } = await threeVersions();
    let second: Promise<unknown> | undefined;
    const moveOnceOneIsHalfWay = async () => {
      while ((await values(":prod"))[0] !== a.get("us-east-1")) await new Promise(setImmediate);
      await promote(b, { label });
    };
    const first = hooked((action, region) => {
      if (action !== "LabelParameterVersion" || region === "us-east-1") return undefined;
      second ??= moveOnceOneIsHalfWay();
      return second;
    });
    await expect(movePointers(a, prod("run 1"), first)).rejects.toMatchObject({
      code: "promotion-contended",
      hint: expect.stringContaining([names("us-east-1", b, 3), names("eu-west-1", old, 1)].join("\n")),
    });
    await promote(b, { label });
    expect(await values(":prod")).toEqual(list(b));
  });
});

describe("Parameter Store with a slow validation", () => {
  const times = { parameter: 0.3, register: 0, snapshot: 0, volume: 0, consistency: 0, mapping: 0 };
  const cloud = testCloud({ times });
  const { images, promote, values, order, scopeOf, name } = promotions(cloud);
  const putsOf = (endpoint: Endpoint) => endpoint.calls().filter(({ action }) => action === "PutParameter");

  /** Interrupts a promotion after the put of each Region, before any is visible. */
  function interruptible() {
    const stop = new AbortController();
    const timer = setInterval(() => {
      if (putsOf(cloud.endpoint()).length === REGIONS.length) stop.abort();
    }, 5);
    return { signal: stop.signal, end: () => clearInterval(timer) };
  }

  test.each([["over an earlier image"], ["that is new"]])("an interruption restores a parameter %s", async (kind) => {
    const [old, next] = [await images("old"), await images("next")];
    const isNew = kind === "that is new";
    if (!isNew) await promote(old);
    cloud.endpoint().forget();
    const { signal, end } = interruptible();
    const scopes = (region: string, purpose: "move" | "restore") =>
      purpose === "move" ? { ...scopeOf(region, purpose), signal } : scopeOf(region, purpose);
    await expect(movePointers(next, order(), scopes)).rejects.toThrow("Interrupted. All Regions were restored");
    end();
    expect(await values()).toEqual(isNew ? [undefined, undefined] : list(old));
    const versions = await readParameterHistory(cloud.scope(), name());
    expect(versions.map(({ value }) => value)).toEqual(
      isNew ? [] : [old, next, old].map((each) => each.get("us-east-1")),
    );
  });
});
