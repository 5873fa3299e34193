import { describe, expect, test } from "@jest/globals";
import { toTagList, toTagRecord, toTagSpecifications } from "../../src/aws/tags.js";

describe("tags", () => {
  test("are converted to the SDK's list and back", () => {
    const tags = { Name: "x", Empty: "" };
    expect(toTagRecord(toTagList(tags))).toEqual(tags);
    expect(toTagSpecifications({ image: tags, snapshot: {} })).toEqual([
      { ResourceType: "image", Tags: toTagList(tags) },
    ]);
  });
});
