import { describe, expect, test } from "@jest/globals";
import { parameterName } from "../../src/publish/parameter-name.js";

const parts = { image: "web", build: "amazon-ebs", region: "eu-west-1", arch: "x86_64" };

describe("parameterName", () => {
  test.each([
    ["/images/{image}/latest", "/images/web/latest"],
    ["/{region}/{arch}/{image}-{build}", "/eu-west-1/x86_64/web-amazon-ebs"],
    ["latest", "latest"],
  ])("%s becomes %s", (pattern, name) => {
    expect(parameterName(pattern, parts)).toBe(name);
  });

  test("other characters of a build name are replaced", () => {
    expect(parameterName("/i/{build}", { ...parts, build: "my build: web" })).toBe("/i/my-build-web");
  });

  test.each([
    ["/images/{imag}/latest", 'Unknown placeholder "{imag}"'],
    ["/aws/{image}", "reserved"],
    ["/ssmx/{image}", "reserved"],
    ["/a b", "characters"],
    ["images/{image}", 'does not start with "/"'],
    ["/images//x", "empty level"],
    [`/${"a/".repeat(16)}b`, "15 levels"],
    [`/${"a".repeat(1011)}`, "1011"],
  ])("%s is rejected: %s", (pattern, complaint) => {
    expect(() => parameterName(pattern, parts)).toThrow(complaint);
  });
});
