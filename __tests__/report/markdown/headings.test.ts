import { describe, expect, test } from "@jest/globals";
import { imagePath } from "../../../src/report/markdown/headings.js";

describe("the heading", () => {
  test.each([
    ["web.json", "web", "`web`"],
    ["images/web.json", "web", "`images/web`"],
    ["images/web/", "web", "`images/web`"],
    ["images/base/web.pkr.hcl", "web", "`images/base/web`"],
    ["images/base/web.json", "base-web", "`images/base-web`"],
    ["web/main.pkr.hcl", "web", "`web`"],
    ["os/ubuntu/24.04.json", "another", "`os/ubuntu/another`"],
    [".", "image", "`image`"],
  ])("of %s as %s is %s", (template, image, heading) => {
    expect(imagePath({ template, image })).toBe(heading);
  });
});
