import { describe, expect, test } from "@jest/globals";
import type { RetentionPolicy } from "../../../src/core/retention.js";
import { chooseImages, imageKey, type Obstacles, type RetainedImage } from "../../../src/publish/retention/choose.js";
import { fc } from "../../support/properties.js";

const DAY = 86_400_000;
const NOW = Date.parse("2026-03-01T00:00:00Z");

const ageOf = ({ name }: RetainedImage) => Number(name.split("-").at(-1));

/** `web-3` is three days old. */
function image(name: string, more: Partial<RetainedImage> = {}): RetainedImage {
  const age = Number(name.split("-").at(-1));
  return {
    region: "us-east-1",
    id: `ami-${name}`,
    name,
    series: "web",
    createdAt: NOW - age * DAY,
    rank: { createdAt: NOW - age * DAY, id: `ami-${name}` },
    state: "available",
    disabledAt: undefined,
    isTestFailed: false,
    isWindows: false,
    snapshotIds: [],
    ...more,
  };
}

const policy = (more: Partial<RetentionPolicy>): RetentionPolicy => ({
  keep: undefined,
  keepDays: undefined,
  disableFirst: undefined,
  ...more,
});

const fates = (images: readonly RetainedImage[], wanted: RetentionPolicy, obstacles: Obstacles = new Map()) =>
  chooseImages(images, wanted, NOW, obstacles).map(({ image: { name, region }, fate }) =>
    region === "us-east-1" ? `${fate} ${name}` : `${fate} ${name} ${region}`,
  );

const FOUR = ["web-1", "web-2", "web-3", "web-4"].map((name) => image(name));

describe("chooseImages", () => {
  test.each<[string, RetentionPolicy, readonly string[]]>([
    ["keep", policy({ keep: 2 }), ["keep web-1", "keep web-2", "remove web-3", "remove web-4"]],
    ["more than there are", policy({ keep: 9 }), ["keep web-1", "keep web-2", "keep web-3", "keep web-4"]],
    ["keep-days", policy({ keepDays: 3 }), ["keep web-1", "keep web-2", "remove web-3", "remove web-4"]],
    ["either", policy({ keep: 1, keepDays: 4 }), ["keep web-1", "keep web-2", "keep web-3", "remove web-4"]],
    [
      "disable-first",
      policy({ keep: 3, disableFirst: DAY }),
      ["keep web-1", "keep web-2", "keep web-3", "disable web-4"],
    ],
  ])("%s", (_name, wanted, expected) => {
    expect(fates(FOUR, wanted)).toEqual(expected);
    expect(fates([...FOUR].reverse(), wanted)).toEqual(expected);
  });

  test("the newest is kept whatever its age", () => {
    expect(fates([image("web-90"), image("web-99")], policy({ keepDays: 5 }))).toEqual([
      "keep web-90",
      "remove web-99",
    ]);
  });

  const failed = (age: number, more: Partial<RetainedImage> = {}) =>
    image(`web-${age}`, { isTestFailed: true, ...more });

  test.each<[string, readonly RetainedImage[], RetentionPolicy, readonly string[]]>([
    [
      "takes the place of no other, and stays as long as one of its age would",
      [failed(0), ...FOUR],
      policy({ keep: 2 }),
      ["keep web-0", "keep web-1", "keep web-2", "remove web-3", "remove web-4"],
    ],
    [
      "is removed when as many as are kept are newer",
      [failed(2.5), ...FOUR],
      policy({ keep: 2 }),
      ["keep web-1", "keep web-2", "remove web-2.5", "remove web-3", "remove web-4"],
    ],
    [
      "counts among others that failed, so that they do not accumulate",
      [failed(1), failed(2), failed(3), image("web-4")],
      policy({ keep: 2 }),
      ["keep web-1", "keep web-2", "remove web-3", "keep web-4"],
    ],
    [
      "is not kept as the newest, and the newest of the others is",
      [failed(8), image("web-9")],
      policy({ keepDays: 5 }),
      ["remove web-8", "keep web-9"],
    ],
    ["stays by its age", [failed(2), image("web-9")], policy({ keepDays: 5 }), ["keep web-2", "keep web-9"]],
    [
      "is disabled first as others",
      [failed(8), image("web-9")],
      policy({ keepDays: 5, disableFirst: DAY }),
      ["disable web-8", "keep web-9"],
    ],
    [
      "does not count when it is disabled either",
      [failed(1, { state: "disabled", disabledAt: NOW - DAY / 2 }), image("web-2")],
      policy({ keep: 1, disableFirst: DAY }),
      ["keep web-1", "keep web-2"],
    ],
  ])("an image whose tests failed %s", (_name, images, wanted, expected) => {
    expect(fates(images, wanted)).toEqual(expected);
  });

  test("an image whose tests failed stays if something uses it, and its reason says that they failed", () => {
    const images = [failed(8), failed(9), image("web-1"), failed(0)];
    const used: Obstacles = new Map([[imageKey(failed(8)), "used by instance i-1"]]);
    const choices = chooseImages(images, policy({ keep: 1 }), NOW, used);
    expect(choices.map(({ image: { name }, fate, why }) => `${fate} ${name}: ${why}`)).toEqual([
      "keep web-0: the newest, but its tests failed",
      "keep web-1: the newest",
      "keep web-8: used by instance i-1",
      "remove web-9: its tests failed, 3 newer ones",
    ]);
  });

  test("series are counted separately", () => {
    const other = image("db-9", { series: "db" });
    expect(fates([...FOUR, other], policy({ keep: 1 }))).toContain("keep db-9");
  });

  test("a copy has the age of the oldest image of its name", () => {
    const copies = FOUR.map((each) => ({ ...each, region: "eu-west-1", id: `${each.id}-copy` }));
    const late = copies.map((each) =>
      each.name === "web-4" ? { ...each, createdAt: NOW, rank: { createdAt: NOW, id: each.id } } : each,
    );
    expect(fates([...FOUR, ...late], policy({ keep: 3 })).slice(-2)).toEqual([
      "remove web-4 eu-west-1",
      "remove web-4",
    ]);
  });

  test("a region that lacks the newest keeps as many as the others", () => {
    const there = FOUR.slice(2).map((each) => ({ ...each, region: "eu-west-1" }));
    expect(fates([...FOUR, ...there], policy({ keep: 1 })).filter((fate) => fate.endsWith("eu-west-1"))).toEqual([
      "keep web-3 eu-west-1",
      "remove web-4 eu-west-1",
    ]);
  });

  test("an image in use is kept and does not count as one of the newest", () => {
    const used = new Map([[imageKey(image("web-3")), "used by instance i-1"]]);
    expect(fates(FOUR, policy({ keep: 2 }), used)).toEqual(["keep web-1", "keep web-2", "keep web-3", "remove web-4"]);
    expect(chooseImages(FOUR, policy({ keep: 2 }), NOW, used)[2]?.why).toBe("used by instance i-1");
  });

  test.each<[string, Partial<RetainedImage>, string, RegExp]>([
    ["long enough ago", { disabledAt: NOW - 7 * DAY }, "remove", /3 newer ones, disabled since 2026-02-22/],
    ["lately", { disabledAt: NOW - 6 * DAY }, "keep", /will be removed after 2026-03-02T00:00:00.000Z/],
    ["by somebody else", { disabledAt: undefined }, "keep", /not by bake-ami/],
  ])("an image that was disabled %s", (_name, more, fate, why) => {
    const images = [...FOUR.slice(0, 3), image("web-4", { state: "disabled", ...more })];
    const last = chooseImages(images, policy({ keep: 2, disableFirst: 7 * DAY }), NOW, new Map()).at(-1);
    expect(last).toMatchObject({ fate, why: expect.stringMatching(why) });
  });

  test("a disabled image does not count before an available one", () => {
    const images = [image("web-1", { state: "disabled" }), image("web-2"), image("web-3"), image("web-4")];
    expect(fates(images, policy({ keep: 2 }))).toEqual(["keep web-1", "keep web-2", "keep web-3", "remove web-4"]);
  });
});

const anyImages = fc
  .uniqueArray(
    fc.record({
      region: fc.constantFrom("us-east-1", "eu-west-1", "ap-northeast-1"),
      age: fc.integer({ min: 1, max: 12 }),
      series: fc.constantFrom("web", "db"),
      state: fc.constantFrom("available" as const, "available" as const, "disabled" as const),
      disabledAt: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
      isTestFailed: fc.constantFrom(false, false, true),
      used: fc.boolean(),
    }),
    { selector: ({ region, age, series }) => `${region} ${series} ${age}`, maxLength: 40 },
  )
  .map((drawn) =>
    drawn.map(({ region, age, series, state, disabledAt, isTestFailed, used }) => ({
      used,
      image: image(`${series}-${age}`, {
        region,
        series,
        id: `ami-${region}-${series}-${age}`,
        state,
        isTestFailed,
        disabledAt: disabledAt === undefined ? undefined : NOW - disabledAt * DAY,
      }),
    })),
  );

const anyPolicy = fc.record({
  keep: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  keepDays: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  disableFirst: fc.option(fc.integer({ min: 1, max: 9 * DAY }), { nil: undefined }),
});

/**
 * Returns the newer available images of the series and Region; for a disabled image also those that retention disabled, and only for an
 * image whose tests failed those whose tests failed.
 */
function newerThan(one: RetainedImage, all: readonly RetainedImage[]): number {
  const counts = ({ state, disabledAt, isTestFailed }: RetainedImage) =>
    (one.isTestFailed || !isTestFailed) &&
    (state === "available" || (one.state === "disabled" && disabledAt !== undefined));
  return all.filter(
    (each) => each.series === one.series && each.region === one.region && ageOf(each) < ageOf(one) && counts(each),
  ).length;
}

test("for any images: none in use is removed, exactly the newest are kept, and a second run changes nothing", () => {
  fc.assert(
    fc.property(anyImages, anyPolicy, (drawn, wanted) => {
      const images = drawn.map((each) => each.image);
      const used = new Map(drawn.filter((each) => each.used).map((each) => [imageKey(each.image), "used"]));
      const choices = chooseImages(images, wanted, NOW, used);
      expect(choices).toHaveLength(images.length);
      for (const { image: one, fate } of choices) {
        const least = one.isTestFailed ? 0 : 1;
        const stays = newerThan(one, images) < (wanted.keep ?? least) || ageOf(one) < (wanted.keepDays ?? 0);
        if (stays || used.has(imageKey(one))) expect(fate).toBe("keep");
        else if (one.state === "available") expect(fate).toBe(wanted.disableFirst === undefined ? "remove" : "disable");
        else if (one.disabledAt === undefined) expect(fate).toBe("keep");
      }
      const after = choices.flatMap(({ image: one, fate }): RetainedImage[] => {
        if (fate === "remove") return [];
        return [fate === "disable" ? { ...one, state: "disabled", disabledAt: NOW } : one];
      });
      expect(chooseImages(after, wanted, NOW, used).filter(({ fate }) => fate !== "keep")).toEqual([]);
    }),
  );
});
