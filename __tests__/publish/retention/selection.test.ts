import { describe, expect, test } from "@jest/globals";
import { type FoundImage, toFoundImage } from "../../../src/aws/image.js";
import type { ImageSeries } from "../../../src/core/image-series.js";
import { OWNER, TAG } from "../../../src/core/ownership.js";
import {
  commonBeginning,
  joinSeries,
  ownSelection,
  type SeriesKeys,
} from "../../../src/publish/retention/selection.js";

const SERIES: ImageSeries = {
  ...{ image: "web", build: "amazon-ebs", repository: "acme/images", architecture: "x86_64" },
  ...{ imageName: "web-1.3-9", namePattern: "web-1.3-*" },
};

function image(
  name: string,
  tags: Readonly<Record<string, string | undefined>> = {},
  Architecture = "x86_64",
): FoundImage {
  const all = {
    [TAG.owner]: OWNER,
    [TAG.build]: "amazon-ebs",
    [TAG.repository]: "acme/images",
    [TAG.image]: "web",
    [TAG.names]: name.replace(/-\d+$/, "-*"),
    ...tags,
  };
  const Tags = Object.entries(all).flatMap(([Key, Value]) => (Value === undefined ? [] : [{ Key, Value }]));
  return toFoundImage({ ImageId: `ami-${name}`, Name: name, Architecture: Architecture as "x86_64", Tags });
}

const old = (name: string, tags: Readonly<Record<string, string | undefined>> = {}) =>
  image(name, { [TAG.image]: undefined, ...tags });

/** Returns the names of the images by series. */
function grouped(images: readonly FoundImage[], series: ImageSeries | undefined, names: readonly string[] = []) {
  const selection = ownSelection({ names, build: series?.build, series });
  const keys = images.map((each) => [each.name, selection.seriesOf(each)] as const);
  const found = keys.flatMap(([name, each]) => (each ? [[name, each] as const] : []));
  const seriesOf = joinSeries(found.map(([, each]) => each));
  const groups = new Map<string, string[]>();
  for (const [name, each] of found) groups.set(seriesOf(each), [...(groups.get(seriesOf(each)) ?? []), name]);
  return {
    groups: [...groups.values()],
    overlooked: images.filter((each) => selection.isOverlooked(each)).map(({ name }) => name),
  };
}

describe("the images of a series", () => {
  test.each<[string, readonly FoundImage[], readonly string[]]>([
    [
      "with its tag, whatever the version",
      [image("web-1.2-1"), image("web-1.3-2"), image("web-2.0-3")],
      ["web-1.2-1", "web-1.3-2", "web-2.0-3"],
    ],
    [
      "baked on the command line too",
      [image("web-1.3-1", { [TAG.repository]: "laptop" }), image("web-1.3-2")],
      ["web-1.3-1", "web-1.3-2"],
    ],
    ["of an earlier version with its name pattern", [old("web-1.3-1"), image("web-1.3-2")], ["web-1.3-1", "web-1.3-2"]],
    ["not of another image", [image("web-1.3-1", { [TAG.image]: "db" }), image("web-1.3-2")], ["web-1.3-2"]],
    [
      "not of another repository",
      [image("web-1.3-1", { [TAG.repository]: "acme/shop" }), image("web-1.3-2")],
      ["web-1.3-2"],
    ],
    ["not of another build", [image("web-1.3-1", { [TAG.build]: "b" }), image("web-1.3-2")], ["web-1.3-2"]],
    ["not for another architecture", [image("web-1.3-1", {}, "arm64"), image("web-1.3-2")], ["web-1.3-2"]],
    ["not with other names", [image("admin-1.3-1"), image("web-1.3-2")], ["web-1.3-2"]],
    ["not unfinished", [image("web-1.3-1", { [TAG.unfinished]: "finish" }), image("web-1.3-2")], ["web-1.3-2"]],
  ])("are those %s", (_, images, expected) => {
    expect(grouped(images, SERIES).groups).toEqual([expected]);
  });

  test("of an earlier version with another pattern are overlooked, if their names begin alike", () => {
    const images = [image("web-1.3-2"), old("web-1.2-1"), old("db-1.2-1"), image("web-1.1-1", { [TAG.image]: "db" })];
    expect(grouped(images, SERIES)).toEqual({ groups: [["web-1.3-2"]], overlooked: ["web-1.2-1"] });
  });

  test("with keep-names are those with the names, without those of another image", () => {
    const images = [image("web-1.3-2"), old("web-1.2-1"), image("web-1.1-1", { [TAG.image]: "db" }), image("other-1")];
    expect(grouped(images, SERIES, ["web-*"])).toEqual({ groups: [["web-1.3-2", "web-1.2-1"]], overlooked: [] });
  });
});

describe("all images of an account", () => {
  test("are grouped by tag; those of earlier versions join the tagged ones of their pattern, if these are one series", () => {
    const images = [
      image("web-1.2-1"),
      image("web-1.3-2"),
      old("web-1.3-1"),
      image("web-1.3-3", { [TAG.repository]: "laptop" }),
      image("db-1", { [TAG.image]: "db", [TAG.names]: "shared-*" }),
      image("app-1", { [TAG.image]: "app", [TAG.names]: "shared-*" }),
      old("shared-1"),
      old("lonely-1"),
      old("lonely-2"),
    ];
    expect(grouped(images, undefined).groups).toEqual([
      ["web-1.2-1", "web-1.3-2", "web-1.3-1", "web-1.3-3"],
      ["db-1"],
      ["app-1"],
      ["shared-1"],
      ["lonely-1", "lonely-2"],
    ]);
  });

  test("of two repositories with one image name stay apart", () => {
    const images = [image("web-1.3-1"), image("web-1.3-2", { [TAG.repository]: "acme/shop" }), old("web-1.3-3")];
    expect(grouped(images, undefined).groups).toEqual([["web-1.3-1"], ["web-1.3-2"], ["web-1.3-3"]]);
  });

  test("without tag and pattern are overlooked", () => {
    expect(grouped([old("web-1", { [TAG.names]: undefined })], undefined)).toEqual({
      groups: [],
      overlooked: ["web-1"],
    });
  });
});

test("joining does not depend on the order", () => {
  const keys: readonly SeriesKeys[] = [
    [undefined, undefined, "name"],
    [undefined, "image", "name"],
    ["repository", "image", "name"],
  ];
  for (const order of [keys, [...keys].reverse()]) {
    expect(order.map(joinSeries(order))).toEqual(["repository", "repository", "repository"]);
  }
});

test.each([
  [["web-1.2-1", "web-1.3-1"], "web-1."],
  [["web", "web-1"], "web"],
  [["web-1", "db"], ""],
  [["one"], "one"],
  [[], ""],
])("the beginning of %j is %j", (texts, beginning) => {
  expect(commonBeginning(texts)).toBe(beginning);
});
