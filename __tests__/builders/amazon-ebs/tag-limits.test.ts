import { beforeEach, describe, expect, test } from "@jest/globals";
import { testCloud } from "../../support/cloud.js";
import { bake } from "./bake.js";

const cloud = testCloud({ scale: 0 });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`tag-${n}`, "x"]));

describe("tags that EC2 refuses are reported before anything is created", () => {
  test.each<[string, Parameters<typeof bake>[1], object]>([
    ["a reserved key", { tags: { "aws:cloudformation:x": "a" } }, { code: "invalid-tag", range: { file: "tags" } }],
    [
      "a reserved key in capitals",
      { run_tags: { "AWS:x": "a" } },
      { code: "invalid-tag", range: { file: "run_tags" } },
    ],
    [
      "an empty key",
      { run_volume_tags: { "": "a" } },
      { message: '"run_volume_tags" has a tag that EC2 refuses: the key is empty' },
    ],
    [
      "a key of 129 characters",
      { snapshot_tags: { ["k".repeat(129)]: "a" } },
      { code: "invalid-tag", range: { file: "snapshot_tags" } },
    ],
    [
      "a value of 257 characters",
      { tags: { long: "v".repeat(257) } },
      { message: '"tags" has a tag that EC2 refuses: the value of "long" has 257 characters' },
    ],
    [
      "more than 50 tags with those of bake-ami",
      { tags: tags(50) },
      {
        code: "too-many-tags",
        message: expect.stringMatching(
          /^Too many tags on the AMI: the template sets 50, bake-ami needs \d+, and EC2 allows 50$/,
        ),
        hint: expect.stringMatching(/^Remove \d+ of the tags in "tags" or "run_tags"\.$/),
      },
    ],
    ["50 tags on the instance", { run_tags: tags(50), skip_ami_run_tags: true }, { code: "too-many-tags" }],
  ])("%s", async (_, given, expected) => {
    const { error } = await bake(cloud, { ami_name: "tagged", ...given });
    expect(error).toMatchObject(expected);
    expect(cloud.endpoint().held()).toEqual({});
    const actions = cloud
      .endpoint()
      .calls()
      .map(({ action }) => action);
    expect(actions.filter((action) => !/^(Describe|Get)/.test(action))).toEqual([]);
  });
});

test("a key of 128 characters and a value of 256 are baked, as characters and not as bytes", async () => {
  const key = "ü".repeat(128);
  const { error, artifact } = await bake(cloud, { ami_name: "limits", tags: { [key]: "é".repeat(256) } });
  expect(error).toBeUndefined();
  expect(artifact).toBeDefined();
});

test("with 36 tags the image is baked, and bake-ami leaves out the tags that it can do without", async () => {
  const { error } = await bake(cloud, { ami_name: "many", tags: tags(36) });
  expect(error).toBeUndefined();
});
