import { describe, expect, test } from "@jest/globals";
import { type DescribedImage, differenceOf, type ImageSeries, seriesOf } from "../../src/core/image-series.js";
import { OWNER, TAG } from "../../src/core/ownership.js";

const OURS: ImageSeries = {
  image: "web",
  build: "amazon-ebs.web",
  repository: "acme/images",
  architecture: "x86_64",
  imageName: "web-1700000002",
  namePattern: "web-*",
};

/** Returns an image of our series, with other tags where they are given; undefined removes a tag. */
function image(tags: Readonly<Record<string, string | undefined>>, more: Partial<DescribedImage> = {}): DescribedImage {
  const all = {
    [TAG.owner]: OWNER,
    [TAG.image]: "web",
    [TAG.build]: "amazon-ebs.web",
    [TAG.repository]: "acme/images",
    [TAG.names]: "web-*",
    ...tags,
  };
  const set = Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
  return { id: "ami-1", name: "web-1700000001", architecture: "x86_64", tags: Object.fromEntries(set), ...more };
}

/** An image of an earlier version of bake-ami. */
const untagged = (names: string | undefined, name: string, build = "amazon-ebs.web") =>
  image({ [TAG.image]: undefined, [TAG.names]: names, [TAG.build]: build }, { name });

describe("an image is of the same series", () => {
  test.each<[string, DescribedImage, Partial<ImageSeries>]>([
    ["with the same tag and build", image({}), {}],
    ["with the same tag, whatever its name", image({ [TAG.names]: "other-*" }, { name: "other-1" }), {}],
    ["with the tag as EC2 accepts it", image({ [TAG.image]: "web -blue-" }), { image: "web (blue)" }],
    ["of a renamed build with the same names", image({ [TAG.build]: "amazon-ebs" }), {}],
    ["baked on the command line", image({ [TAG.repository]: "build-host-7" }), {}],
    ["if ours is baked on the command line", image({}), { repository: "laptop" }],
    ["if another tool made it", image({ [TAG.owner]: undefined, [TAG.image]: "db" }), {}],
    ["without the tag, of the same name pattern", untagged("web-*", "web-1"), {}],
    [
      "without the tag, of a pattern with another version",
      untagged("web-1.2-*", "web-1.2-1"),
      { namePattern: "web-1.3-*" },
    ],
    [
      "without the tag, of a pattern with another pre-release",
      untagged("web-v2.0.0-rc1-*", "x"),
      { namePattern: "web-v2.0.0-*" },
    ],
    [
      "without the tag, of a pattern with another commit",
      untagged("web-3f2a9c1-*", "x"),
      { namePattern: "web-0d1e2f3a4b-*" },
    ],
    ["without the tag and with a name of our pattern", untagged("old-*", "web-old"), {}],
    ["without the tag, whose pattern has our name", untagged("web-17*", "web-17"), { namePattern: "w*" }],
    ["without the tag and without a pattern", untagged(undefined, "db-1"), {}],
    ["whose pattern is unknown, by our name", untagged("web-*", "x"), { namePattern: undefined }],
    ["of unknown architecture", image({}, { architecture: "" }), {}],
  ])("%s", (_, existing, ours) => {
    expect(differenceOf({ ...OURS, ...ours }, existing)).toBeUndefined();
  });
});

describe("an image is of another series", () => {
  test.each<[string, DescribedImage, string, string]>([
    ["with another tag", image({ [TAG.image]: "db" }), 'of the image "db"', 'of the image "web"'],
    [
      "of another repository",
      image({ [TAG.repository]: "acme/shop" }),
      'of the image "web" of acme/shop',
      'of the image "web" of acme/images',
    ],
    [
      "of another build with other names",
      image({ [TAG.build]: "amazon-ebs.db", [TAG.names]: "db-*" }, { name: "db-1" }),
      'of the build "amazon-ebs.db"',
      'of the build "amazon-ebs.web"',
    ],
    ["of another architecture", image({}, { architecture: "arm64" }), "for arm64", "for x86_64"],
    [
      "without the tag and with other names",
      untagged("db-*", "db-1"),
      'with names like "db-*"',
      'with names like "web-*"',
    ],
    [
      "without the tag, of another build with other names",
      untagged("db-*", "db-1", "amazon-ebs.db"),
      'of the build "amazon-ebs.db"',
      'of the build "amazon-ebs.web"',
    ],
    [
      "without the tag and with a longer name",
      untagged("web-admin-*", "admin-1"),
      'with names like "web-admin-*"',
      'with names like "web-*"',
    ],
  ])("%s", (_, existing, theirs, ours) => {
    expect(differenceOf(OURS, existing)).toEqual({ theirs, ours });
  });
});

test("two images are compared as a bake and an image are", () => {
  expect(differenceOf(seriesOf(image({})), image({}, { name: "web-2" }))).toBeUndefined();
  expect(differenceOf(seriesOf(image({ [TAG.image]: "db" })), image({}))).toMatchObject({ ours: 'of the image "db"' });
  // Neither has the tag.
  expect(
    differenceOf(seriesOf(untagged("web-1.2-*", "web-1.2-1")), untagged("web-1.3-*", "web-1.3-1")),
  ).toBeUndefined();
  expect(differenceOf(seriesOf(untagged("db-*", "db-1")), untagged("web-*", "web-1"))).toBeDefined();
});
