import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parseAge, parseCidr, parseRegion, parseVariable } from "../../src/core/request-values.js";
import { VERSION } from "../../src/core/version.js";

describe("parseAge", () => {
  test.each([
    ["7d", 604_800_000],
    ["12h", 43_200_000],
    ["1d12h", 129_600_000],
    ["0.5h", 1_800_000],
    ["2w", 1_209_600_000],
  ])("%s", (text, ms) => expect(parseAge(text)).toEqual({ value: ms }));

  test.each(["", "7", "d", "7d ago", "-7d", "7D"])("refuses %j", (text) => {
    expect(parseAge(text)).toHaveProperty("complaint");
  });
});

describe("parseCidr", () => {
  test.each([
    ["203.0.113.7", "203.0.113.7/32"],
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["2001:db8::/32", "2001:db8::/32"],
    ["::1", "::1/128"],
  ])("%s", (text, value) => expect(parseCidr(text)).toEqual({ value }));

  test.each(["", "10.0.0/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "a/8", "::1/129"])("refuses %j", (text) => {
    expect(parseCidr(text)).toHaveProperty("complaint");
  });
});

describe("parseRegion", () => {
  test.each(["us-east-1", "us-gov-west-1", "cn-northwest-1", "eusc-de-east-1", "us-iso-east-1"])("%s", (value) => {
    expect(parseRegion(value)).toEqual({ value });
  });
  test.each(["", "us-east", "US-EAST-1", "us-east-1a", "us_east_1"])("refuses %j", (text) => {
    expect(parseRegion(text)).toHaveProperty("complaint");
  });
});

test("parseVariable keeps everything after the first =", () => {
  expect(parseVariable("a=b=c ")).toEqual({ value: { name: "a", value: "b=c " } });
  expect(parseVariable("=b")).toHaveProperty("complaint");
});

test("the version is package.json's", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(VERSION).toBe(version);
});
