import { describe, expect, test } from "@jest/globals";
import { tagList, tagRecord, tagSpecifications } from "../../src/aws/tags.js";

describe("tags", () => {
  test("are converted to the SDK's list and back", () => {
    const tags = { Name: "x", Empty: "" };
    expect(tagRecord(tagList(tags))).toEqual(tags);
    expect(tagSpecifications({ image: tags, snapshot: {} })).toEqual([{ ResourceType: "image", Tags: tagList(tags) }]);
  });
});
