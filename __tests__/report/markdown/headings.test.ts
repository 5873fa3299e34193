import { describe, expect, test } from "@jest/globals";
import { imagePath } from "../../../src/report/markdown/headings.js";

describe("the heading", () => {
  test.each([
    ["web.json", "web", "`web`"],
    ["images/web.json", "web", "`images/web`"],
    ["images/web/", "web", "`images/web`"],
    ["images/base/web.pkr.hcl", "web", "`images/base/web`"],
    [".", "image", "`image`"],
  ])("of %s as %s is %s", (template, image, heading) => {
    expect(imagePath({ template, image })).toBe(heading);
  });
});
